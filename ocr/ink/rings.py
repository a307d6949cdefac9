"""Rings around digits: those that touch nothing are told among the patches, others are taken out of the ink map."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.ink_map import Mask
from ocr.ink.patches import Labels, connected
from ocr.ink.picture_file import Map
from ocr.ink.pieces import Boxes, Flags, around, lean_of

SMALLEST = 0.04  # of the picture's longer side: smaller rings are those of 0s, 6s, 8s and 9s
OPEN = 0.55  # of a ring's box is ground that it encloses, at least
DEEP = 1.5  # times its thickness: what is farther in is no part of a ring
CONTENT = 0.45  # of a ring's height: lower ink that hangs in it is no digit
DIRECTIONS, ALL_ROUND = 72, 0.85  # of these lie on a ring that is open, as of a stroke that is
THINNEST = 0.2  # of a ring's height: thicker ones are strokes


def patch_rings(labels: Labels, boxes: Boxes, leans: NDArray[np.float64]) -> Flags:
    """Tell which patches are drawn around others.

    Args:
        labels: int32 (H, W) of N patches.
        boxes: float64 (N, 4), their boxes.
        leans: float64 (N,), as `patch_leans` tells them.

    Returns:
        bool (N,).
    """
    rings = np.zeros(len(boxes), bool)
    for outer, inner in around(boxes, leans):
        left, top, right, bottom = boxes[outer].astype(int)
        patch = labels[top:bottom, left:right] == outer + 1
        content = labels[top:bottom, left:right] == inner + 1
        rings[outer] |= bool(scipy.ndimage.binary_fill_holes(patch)[content].all()) or _goes_round(patch, content)
    return rings


def _goes_round(patch: Mask, content: Mask) -> bool:
    """Tell whether a patch (H, W), seen from the middle of another, lies in nearly all directions: it may be open."""
    middle = np.argwhere(content).mean(0)
    y, x = (np.argwhere(patch) - middle).T
    directions = np.floor(np.arctan2(y, x) / (2 * np.pi) * DIRECTIONS).astype(int)
    return len(np.unique(directions)) >= ALL_ROUND * DIRECTIONS


def without_touching_rings(ink: Map) -> tuple[Map, Boxes]:
    """Take the rings out of an ink map that are joined to a digit in them.

    Args:
        ink: float32 (H, W) of 0..1.

    Returns:
        float32 (H, W), the ink map without them; and float64 (N, 4), the boxes of the rings, in pixels.
    """
    labels, _ = connected(ink)
    cleaned, boxes = ink, []
    for number, place in enumerate(scipy.ndimage.find_objects(labels), 1):
        rows, columns = place
        if min(rows.stop - rows.start, columns.stop - columns.start) < SMALLEST * max(ink.shape):
            continue
        patch = labels[place] == number
        ring = _ring(patch)
        if ring is None:
            continue
        if cleaned is ink:
            cleaned = ink.copy()
        soft = scipy.ndimage.binary_dilation(ring, iterations=2) & (labels[place] == 0)
        cleaned[place] = np.where(ring | soft, np.float32(0), cleaned[place])
        boxes.append((columns.start, rows.start, columns.stop, rows.stop))
    return cleaned, np.array(boxes, float).reshape(-1, 4)


def _ring(patch: Mask) -> Mask | None:
    """Find the outer stroke of a patch (H, W), if it goes all round and something tall and curved hangs in it."""
    filled = scipy.ndimage.binary_fill_holes(patch)
    height, width = patch.shape
    if (filled & ~patch).sum() < OPEN * height * width:
        return None
    inside = scipy.ndimage.distance_transform_edt(np.pad(filled, 1))[1:-1, 1:-1]
    holes = scipy.ndimage.distance_transform_edt(~(filled & ~patch))
    outer = patch & (inside <= 1.5)  # its outline: as far from the ground in it as it is thick
    thickness = float(np.median(holes[outer]))
    if thickness > THINNEST * height:
        return None
    ring = patch & (inside <= DEEP * thickness + 1)
    labels, _ = scipy.ndimage.label(patch & ~ring, np.ones((3, 3)))
    for number, (rows, _) in enumerate(scipy.ndimage.find_objects(labels), 1):
        points = np.argwhere(labels == number)[:, ::-1].astype(float)
        if rows.stop - rows.start >= CONTENT * height and np.isnan(lean_of(points)):  # no slash of a 0
            return ring
    return None
