"""The sheet, board or screen that a photo shows on something else: where it is, and the photo without its surroundings.

A sheet is the large evenly toned part of a photo that another tone surrounds: paper on a desk, a blackboard in its
frame, a screen in its bezel. Marks on it are thin beside it, so that it is looked for on a small copy of the photo in
which thin things have been closed.
"""

from __future__ import annotations

import numpy as np
import scipy

from ocr.ink.ink_map import Mask, otsu, resize
from ocr.ink.picture_file import Map

LOOK_SIZE = 240  # pixels of the longer side that a sheet is looked for at
THICKEST_MARK = 1 / 10  # of the longer side; a stroke of the thickest pen is thinner
SMALLEST = 0.15  # of the picture; what is smaller is a label or a mark, not what the photo is of
SOLID = 0.9  # of a sheet's outline (its convex hull) is sheet, but for marks: a letter or a ring is not
SURROUNDED = 0.3  # of the picture's border has the tone of the surroundings: a sheet may run out of the picture
CONTRAST = 0.1  # of full scale between a sheet and its surroundings at least
SHARP = 0.75  # of a sheet's edge is a jump by half the contrast at least, within few pixels of the small copy
MOSTLY = 0.7  # of a sheet has its own tone, the rest are marks
WHOLE_MARK = 0.06  # of the longer side: lower is no digit
ANGULAR = 0.85  # of the rectangle around it is a sheet, seen askew too; of that around a disc, 0.79
RIM = 0.012  # of the longer side: what is that near to a sheet's edge is edge, its shadow and its blur


def find_sheet(grey: Map, one_digit: bool = False) -> Mask | None:
    """Find the sheet that a photo shows.

    Args:
        grey: float32 (H, W) of 0..1.
        one_digit: Whether a single digit is on it, which may fill the picture. Then a sheet has corners, and a mark
            that lies on it as a whole: the round of a broad 0 has none, nor has what shows between strokes.

    Returns:
        bool (H, W), its pixels, the marks on it among them and its rim not; None if the photo shows nothing but one
        surface.
    """
    height, width = grey.shape
    small = resize(grey, LOOK_SIZE)
    candidates = [sheet for light in (True, False) if (sheet := _sheet_of_tone(small, light, one_digit)) is not None]
    if not candidates:
        return None
    sheet = max(candidates, key=np.count_nonzero)
    large = scipy.ndimage.zoom(sheet.astype(np.float32), (height / sheet.shape[0], width / sheet.shape[1]), order=1)
    rim = max(2, round(RIM * max(height, width)))
    return np.asarray(scipy.ndimage.binary_erosion(large[:height, :width] > 0.5, iterations=rim, border_value=1))


def without_surroundings(grey: Map, sheet: Mask) -> Map:
    """Continue a sheet over all that surrounds it.

    Args:
        grey: float32 (H, W) of 0..1.
        sheet: bool (H, W), as `find_sheet` gives it.

    Returns:
        float32 (H, W) of 0..1: beyond the sheet lies the tone of the sheet nearby.
    """
    blurred = _tone_of_sheet(grey, sheet)
    _, (rows, columns) = scipy.ndimage.distance_transform_edt(~sheet, return_indices=True)
    return np.where(sheet, grey, blurred[rows, columns]).astype(np.float32)


def _tone_of_sheet(grey: Map, sheet: Mask) -> Map:
    """Give the sheet's own tone near each of its pixels, (H, W): the median nearby, so that marks count for nothing."""
    inside = float(np.median(grey[sheet]))
    small = resize(np.where(sheet, grey, np.float32(inside)), LOOK_SIZE)
    tone = scipy.ndimage.median_filter(small, size=max(3, LOOK_SIZE // 12))
    zoomed = scipy.ndimage.zoom(tone, (grey.shape[0] / tone.shape[0], grey.shape[1] / tone.shape[1]), order=1)
    return np.asarray(zoomed[: grey.shape[0], : grey.shape[1]], np.float32)


def _sheet_of_tone(small: Map, light_sheet: bool, one_digit: bool) -> Mask | None:
    """Find a light or a dark sheet on a small picture that another tone surrounds; None if there is none."""
    thick = max(3, round(max(small.shape) * THICKEST_MARK))
    # What surrounds the sheet may be a thin strip along the picture's edge: continued, it is no mark.
    continued = np.pad(small, thick, mode="edge")
    closed = (scipy.ndimage.grey_closing if light_sheet else scipy.ndimage.grey_opening)(continued, size=thick)
    without_marks = closed[thick:-thick, thick:-thick]
    is_light = without_marks > otsu(without_marks)
    if not 0.02 < is_light.mean() < 0.98:
        return None
    low, high = float(without_marks[~is_light].mean()), float(without_marks[is_light].mean())
    own = (small > (low + high) / 2) == light_sheet
    border = np.concatenate([own[0], own[-1], own[:, 0], own[:, -1]])
    if high - low < CONTRAST or 1 - border.mean() < SURROUNDED:
        return None
    labels, count = scipy.ndimage.label(own)
    if not count:
        return None
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    part = scipy.ndimage.binary_fill_holes(labels == areas.argmax())
    hull = convex_hull(part)
    whole = hull.mean() >= SMALLEST and part.sum() >= SOLID * hull.sum() and own[hull].mean() >= MOSTLY
    if not whole or not _is_sharp(small, hull, high - low) or not _has_marks(small, hull):
        return None
    return hull if not one_digit or (_has_whole_mark(own, hull) and _is_angular(hull)) else None


def _is_sharp(small: Map, hull: Mask, contrast: float) -> bool:
    """Whether the tone jumps at a sheet's edge: at the edge of a shadow it slides."""
    inside = scipy.ndimage.binary_erosion(hull, iterations=2, border_value=1)
    beyond = scipy.ndimage.binary_dilation(hull, iterations=3) & ~scipy.ndimage.binary_dilation(hull, iterations=2)
    if not beyond.any() or not inside.any():
        return False
    _, (rows, columns) = scipy.ndimage.distance_transform_edt(~inside, return_indices=True)
    jumps = np.abs(small[rows, columns] - small)[beyond]
    return float((jumps > 0.5 * contrast).mean()) >= SHARP


def _has_marks(small: Map, part: Mask) -> bool:
    """Whether something is written on a part of a picture: a bold digit is a solid part too."""
    inside = scipy.ndimage.binary_erosion(part, iterations=4)
    if inside.sum() < 100:
        return False
    values = small[inside]
    tone = np.median(values)
    spread = 1.48 * float(np.median(np.abs(values - tone)))
    return float((np.abs(values - tone) > max(0.12, 5 * spread)).mean()) > 0.002


def _has_whole_mark(own: Mask, part: Mask) -> bool:
    """Tell whether a mark as large as a digit lies wholly on a part of a picture; `own` has the part's tone: (H, W)."""
    labels, count = scipy.ndimage.label(~own, np.ones((3, 3)))
    if not count:
        return False
    numbers = np.arange(1, count + 1)
    inside = scipy.ndimage.minimum(scipy.ndimage.binary_erosion(part), labels, numbers) > 0
    extents = [max(y.stop - y.start, x.stop - x.start) for y, x in scipy.ndimage.find_objects(labels)]
    return bool((inside & (np.array(extents) >= WHOLE_MARK * max(part.shape))).any())


def _is_angular(hull: Mask) -> bool:
    """Tell whether a convex part of a picture (H, W) nearly fills a rectangle around it, however that is turned."""
    points = np.argwhere(hull).astype(float)
    angles = np.deg2rad(np.arange(0, 90, 3))
    along = points @ np.stack([np.cos(angles), np.sin(angles)])  # (N, 30)
    across = points @ np.stack([-np.sin(angles), np.cos(angles)])
    areas = (np.ptp(along, axis=0) + 1) * (np.ptp(across, axis=0) + 1)
    return len(points) >= ANGULAR * float(areas.min())


def convex_hull(part: Mask) -> Mask:
    """Fill the convex hull of a part of a picture, bool (H, W)."""
    rows, columns = np.nonzero(part & ~scipy.ndimage.binary_erosion(part))
    points = np.stack([columns, rows], 1).astype(float)
    hull = scipy.spatial.ConvexHull(points)
    y, x = np.mgrid[: part.shape[0], : part.shape[1]]
    inside = np.ones(part.shape, bool)
    for a, b, c in hull.equations:
        inside &= a * x + b * y + c <= 0.5
    return inside
