"""The shape of a sheet on a photo: its corners, its slope, its edges, and whether these are the edges of a shadow."""

from __future__ import annotations

import numpy as np
import scipy

from ocr.ink.ink_map import Mask, resize
from ocr.ink.picture_file import Colours, Map

LOOK_SIZE = 240  # pixels of the longer side that a sheet is looked for at
ANGULAR = 0.85  # of the rectangle around it is a sheet, seen askew too; of that around a disc, 0.79
SLOPING = 2.0  # degrees, below which a sheet is not turned
STRAIGHT = 1.5  # pixels of the small copy: so far an edge strays from a straight line (standard deviation)
# Of the sheet's light so much is left in its shadow, and of all colours alike; a desk is darker or of another colour.
SHADE, OF_ITS_COLOUR = (0.35, 0.9), 0.12
EDGE, AT_EDGE = 0.025, 2  # of the longer side, and pixels: so deep and near are marks that are left of a sheet's edge


def sheet_slope(sheet: Mask) -> float:
    """Find by how many degrees the sides of a sheet, bool (H, W), climb to the right; 0 where it has no corners."""
    small = resize(sheet.astype(np.float32), LOOK_SIZE) > 0.5
    degrees, filled = _rectangle(small)
    return degrees if filled >= ANGULAR and abs(degrees) >= SLOPING else 0.0


def is_angular(hull: Mask) -> bool:
    """Tell whether a convex part of a picture (H, W) nearly fills a rectangle around it, however that is turned."""
    return _rectangle(hull)[1] >= ANGULAR


def is_lit_part(sheet: Mask, colours: Colours | Map) -> bool:
    """Tell whether a sheet is the part of one that no shadow lies on: its edges run straight through the picture.

    Args:
        sheet: bool (h, w), on a small picture.
        colours: uint8 (H, W, 3) or float32 (H, W), the same picture.
    """
    sheet = convex_hull(sheet)  # what reaches into it does not bend its edges
    edges, _ = scipy.ndimage.label(sheet & ~scipy.ndimage.binary_erosion(sheet, border_value=1), np.ones((3, 3)))
    for edge in range(1, edges.max() + 1):
        points = np.argwhere(edges == edge)
        if np.linalg.svd(points - points.mean(0), compute_uv=False)[-1] > STRAIGHT * np.sqrt(len(points)):
            return False
    height, width = sheet.shape
    channels = [np.asarray(channel, np.float32) for channel in np.atleast_3d(colours).transpose(2, 0, 1)]
    small = np.stack([resize(channel, LOOK_SIZE)[:height, :width] for channel in channels])
    inner, outer = scipy.ndimage.binary_erosion(sheet, iterations=4, border_value=1), ~sheet
    outer = scipy.ndimage.binary_erosion(outer, iterations=4, border_value=1)
    near = scipy.ndimage.binary_dilation(sheet, iterations=12) & scipy.ndimage.binary_dilation(~sheet, iterations=12)
    if not (inner & near).any() or not (outer & near).any():
        return False
    shade = np.median(small[:, outer & near], axis=1) / np.maximum(np.median(small[:, inner & near], axis=1), 1e-6)
    return bool(SHADE[0] <= shade.min() and shade.max() <= SHADE[1] and np.ptp(shade) <= OF_ITS_COLOUR * shade.mean())


def without_edge(ink: Map, sheet: Mask) -> Map:
    """Take what is not on a sheet out of an ink map, and what is left of its edge: marks there that go no farther.

    Args:
        ink: float32 (H, W) of 0..1.
        sheet: bool (H, W), as `find_sheet` gives it.

    Returns:
        float32 (H, W) of 0..1.
    """
    labels, count = scipy.ndimage.label(ink > 0.5, np.ones((3, 3)))
    if not count:
        return ink
    depth = scipy.ndimage.distance_transform_edt(np.pad(sheet, 1))[1:-1, 1:-1]
    numbers = np.arange(1, count + 1)
    nearest, farthest = scipy.ndimage.minimum(depth, labels, numbers), scipy.ndimage.maximum(depth, labels, numbers)
    is_edge = (np.asarray(nearest) <= AT_EDGE) & (np.asarray(farthest) <= EDGE * max(ink.shape))
    edge = np.append(False, is_edge)[labels]
    return np.where(scipy.ndimage.binary_dilation(edge, iterations=AT_EDGE) | ~sheet, np.float32(0), ink)


def convex_hull(part: Mask) -> Mask:
    """Fill the convex hull of a part of a picture, bool (H, W); a part that is a straight line is its own."""
    rows, columns = np.nonzero(part & ~scipy.ndimage.binary_erosion(part))
    points = np.stack([columns, rows], 1).astype(float)
    try:
        hull = scipy.spatial.ConvexHull(points)
    except scipy.spatial.QhullError:
        return part
    y, x = np.mgrid[: part.shape[0], : part.shape[1]]
    inside = np.ones(part.shape, bool)
    for a, b, c in hull.equations:
        inside &= a * x + b * y + c <= 0.5
    return inside


def _rectangle(part: Mask) -> tuple[float, float]:
    """Find the smallest rectangle around a part of a picture (H, W).

    Returns:
        The degrees by which its sides climb to the right, -45 to 45; and how much of it the part is, 0..1.
    """
    points = np.argwhere(part)[:, ::-1].astype(float)
    degrees = np.arange(-45.0, 45.0)
    angles = np.deg2rad(degrees)
    along = points @ np.stack([np.cos(angles), -np.sin(angles)])  # (N, 90)
    across = points @ np.stack([np.sin(angles), np.cos(angles)])
    areas = (np.ptp(along, axis=0) + 1) * (np.ptp(across, axis=0) + 1)
    best = int(areas.argmin())
    return float(degrees[best]), len(points) / float(areas[best])
