"""Strokes that glare or a drying pen left fainter than the rest of the writing are inked as dark as it is.

One threshold holds for a whole picture. What is fainter is looked for where a digit would stand, beside others, and
gets a threshold of its own, half as dark as it is. Elsewhere what is faint is a stain, a line, or the other side's.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.arrange import TALL
from ocr.ink.ink_map import Mask
from ocr.ink.patches import connected, patch_boxes
from ocr.ink.picture_file import Map
from ocr.ink.pieces import Boxes, Flags, writing_size

FAINTEST = 0.15  # of ink: strokes are told at 0.5; fainter are the other side's writing and the edges of shadows
REACH = 0.2  # of the size of the writing: within so many pixels a stroke is as dark as it is anywhere
LOWEST, LARGEST = 0.5, 1.5  # of the size: as high and wide is what may be a digit
THICKEST = 0.3  # of the size: a broader patch is a shadow, as in the fold of a book
SEEN = 0.75  # of its pixels at most are dark enough to be seen: else the digit is read as it is
ELSEWHERE = 0.2  # of its pixels as many may be seen of another digit: more are what it is the soft edge of
LONG = 3.0  # of the size: as long is no digit
LEAST_DIGITS, MOST = 3, 0.5  # on the picture; of them: where more is faint, it is the paper
NEAR, LEVEL = 1.5, 0.5  # of the size, and of the lower one's height: where the digit beside it is


def with_faint_strokes(ink: Map) -> Map:
    """Ink what is faint and stands beside digits as one of them would.

    Args:
        ink: float32 (H, W) of 0..1, an ink map without the lines of paper and forms.

    Returns:
        float32 (H, W) of 0..1; the same array where there is nothing faint.
    """
    labels, count = connected(ink)
    if count < LEAST_DIGITS:
        return ink
    boxes = patch_boxes(labels)
    size = writing_size(boxes)
    digits = boxes[_like_digits(boxes, TALL * size, size)]
    peak = scipy.ndimage.maximum_filter(ink, max(3, round(REACH * size)))
    numbers, _ = scipy.ndimage.label((ink > 0.5 * peak) & (peak > FAINTEST), np.ones((3, 3)))
    places = scipy.ndimage.find_objects(numbers)
    whole = np.array([(x.start, y.start, x.stop, y.stop) for y, x in places], float).reshape(-1, 4)
    thickest = THICKEST * size
    is_long = np.flatnonzero((whole[:, 2:] - whole[:, :2]).max(1, initial=0) >= LONG * size).tolist()
    if any(_is_faint_line(ink[places[i]], numbers[places[i]] == i + 1, thickest) for i in is_long):
        return ink  # lines of the paper, whose pieces elsewhere are as faint and as large as digits
    as_large = np.flatnonzero(_like_digits(whole, LOWEST * size, size)).tolist()
    may_be = [i for i in as_large if _is_faint(ink[places[i]], numbers[places[i]] == i + 1, thickest)]
    faint = _in_lines(whole, may_be, digits, size)
    if len(digits) < LEAST_DIGITS or not 0 < len(faint) <= MOST * len(digits):
        return ink
    near = scipy.ndimage.binary_dilation(np.isin(numbers, np.array(faint) + 1), iterations=2)
    return np.where(near, np.maximum(ink, np.clip(ink / np.maximum(peak, FAINTEST), 0, 1)), ink).astype(np.float32)


def _like_digits(boxes: Boxes, lowest: float, size: float) -> Flags:
    """Tell which boxes (N, 4) are as large as a digit may be: (N,)."""
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return (heights >= lowest) & (heights <= LARGEST * size) & (widths <= LARGEST * size)


def _is_faint(ink: Map, patch: Mask, thickest: float) -> bool:
    """Tell whether a patch (H, W) of ink is of strokes mostly too faint to be seen, and not the soft edge of others."""
    is_edge = ((ink > 0.5) & ~patch).sum() > ELSEWHERE * patch.sum()
    return not is_edge and ink[patch].mean() >= FAINTEST and _is_faint_line(ink, patch, thickest)


def _is_faint_line(ink: Map, patch: Mask, thickest: float) -> bool:
    """Tell whether a patch (H, W) of ink is of lines mostly too faint to be seen."""
    if ((ink > 0.5) & patch).sum() > SEEN * patch.sum():
        return False
    return bool(2 * scipy.ndimage.distance_transform_edt(np.pad(patch, 1)).max() <= thickest)


def _in_lines(boxes: Boxes, waiting: list[int], digits: Boxes, size: float) -> list[int]:
    """Find which of some boxes (N, 4) stand level with one of the digits (M, 4), or with each other, and beside it."""
    found: list[int] = []
    while beside := [i for i in waiting if _is_beside(boxes[i], digits, size)]:
        found += beside
        waiting = [i for i in waiting if i not in beside]
        digits = np.concatenate([digits, boxes[beside]])
    return found


def _is_beside(box: NDArray[np.float64], digits: Boxes, size: float) -> bool:
    """Tell whether a box stands level with one of the digits (N, 4), and beside it."""
    across = np.maximum(digits[:, 0] - box[2], box[0] - digits[:, 2])
    overlap = np.minimum(digits[:, 3], box[3]) - np.maximum(digits[:, 1], box[1])
    lower = np.minimum(digits[:, 3] - digits[:, 1], box[3] - box[1])
    return bool(((across > 0) & (across <= NEAR * size) & (overlap >= LEVEL * lower)).any())
