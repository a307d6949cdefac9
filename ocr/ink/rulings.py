"""The lines of ruled and squared paper are found in an ink map and taken out of it."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.arrange import Boxes
from ocr.ink.ink_map import Mask
from ocr.ink.picture_file import Map

RULING_RUN = 1 / 12  # of the picture's width: lines may slope so little that they stay in their row that long
RULING_LENGTH = 0.85  # of the picture's width: at least one ruled line is longer
RULING_THICKEST = 1 / 40  # of the picture's width: what is thicker are strokes
RULING_PART = 0.3  # of the picture's width: where there is a ruled line, so long ones are broken or cut off
RULING_MARGIN = 0.04  # of the picture's width: how far they stick out of all the writing, on both sides


def without_rulings(ink: Map) -> tuple[Map, Boxes]:
    """Take the lines of ruled or squared paper out of an ink map; where they cross a stroke, the stroke stays.

    Args:
        ink: float32 (H, W) of 0..1.

    Returns:
        float32 (H, W), the ink map without them; and float64 (N, 4), the boxes of the lines, in pixels.
    """
    mask = ink > 0.5
    lines, across = _rulings(mask)
    uprights, down = _rulings((mask & (lines == 0)).T)
    uprights, down = uprights.T, down.T
    # Writing is what is thicker than lines; a line that ends where the writing does is the bar of a 7 or a tall 1.
    if not _sticks_out(lines > 0, across & (uprights == 0)):
        lines = np.zeros_like(lines)
    if not _sticks_out(uprights.T > 0, (down & (lines == 0)).T):
        uprights = np.zeros_like(uprights)
    gone = (lines > 0) | (uprights > 0)
    boxes = np.concatenate([_boxes(lines), _boxes(uprights)])
    if not gone.any():
        return ink, boxes
    soft_edges = scipy.ndimage.binary_dilation(gone, iterations=2) & ~mask
    return np.where(gone | soft_edges, np.float32(0), ink), boxes


def _rulings(mask: Mask) -> tuple[NDArray[np.int32], Mask]:
    """Find the thin lines that run across a picture.

    Returns:
        int32 (H, W), the number of the line that a pixel of the mask belongs to and to nothing else, or 0; and bool
        (H, W), the pixels that are thicker than such lines are, from top to bottom.
    """
    width = mask.shape[1]
    run = max(3, round(width * RULING_RUN))
    thickened = scipy.ndimage.maximum_filter1d(mask.view(np.uint8), 3, axis=0)  # bridges the steps of a sloping line
    runs = scipy.ndimage.maximum_filter1d(scipy.ndimage.minimum_filter1d(thickened, run, axis=1), run, axis=1)
    numbers, _ = scipy.ndimage.label(runs, np.ones((3, 3)))
    spans = [0, *(columns.stop - columns.start for _, columns in scipy.ndimage.find_objects(numbers))]
    if max(spans) < RULING_LENGTH * width:
        return np.zeros_like(numbers), mask
    candidates = mask & (np.array(spans) >= RULING_PART * width)[numbers]
    thickness = _run_lengths(mask)
    usual = float(np.median(thickness[candidates]))
    if usual > RULING_THICKEST * width:
        return np.zeros_like(numbers), mask
    thin = thickness <= 1.5 * usual + 1
    return np.where(candidates & thin, numbers, 0), mask & ~thin


def _boxes(numbers: NDArray[np.int32]) -> Boxes:
    """Give the boxes (N, 4) of the numbers that occur in (H, W), without 0."""
    places = [place for place in scipy.ndimage.find_objects(numbers) if place]
    return np.array([(x.start, y.start, x.stop, y.stop) for y, x in places], float).reshape(-1, 4)


def _run_lengths(mask: Mask) -> NDArray[np.int64]:
    """Measure for each pixel of a mask (H, W) the length, in pixels, of the vertical run that it lies in."""
    labels, _ = scipy.ndimage.label(mask, [[0, 1, 0], [0, 1, 0], [0, 1, 0]])
    lengths = np.bincount(labels.ravel())
    lengths[0] = 0
    return lengths[labels]


def _sticks_out(lines: Mask, writing: Mask) -> bool:
    """Tell whether lines run on, on both sides, where the writing has ended: the bar of a 7 does not."""
    if not lines.any() or not writing.any():
        return False
    columns = np.flatnonzero(lines.any(0))
    profile = np.cumsum(writing.sum(0))
    first, last = np.searchsorted(profile, [0.02 * profile[-1], 0.98 * profile[-1]])  # specks do not count
    margin = RULING_MARGIN * lines.shape[1]
    return bool(columns[0] + margin <= first and columns[-1] - margin >= last)
