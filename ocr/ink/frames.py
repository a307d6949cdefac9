"""The boxes and combs of forms are found in an ink map and taken out of it: what stands in them stays."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.ink_map import Mask
from ocr.ink.picture_file import Map
from ocr.ink.pieces import Boxes
from ocr.ink.rulings import FAINT, find_lines, level_rows, run_lengths

SMALLEST = 0.025  # of the picture's longer side: lower frames are too small to write in, or are the feet of combs
THICKEST = 1 / 6  # of a frame's lesser side: thicker lines are strokes
STEEPEST = 0.3  # pixels down a pixel to the right
STRAIGHT = 0.4  # of a frame's side: so long its lines are straight at least
WHOLE = 0.94  # of a frame's side: one of its lines at least is that long
DOUBLE = 2.4  # times as thick are lines between two cells that lie beside each other
AT_EDGE = 0.2  # of a frame's width and height: that near to its edges it has lines, on all four sides
NEAR_EDGE, THROUGH = 0.12, 0.92  # of its lesser side and its length: the bar of a 4 lies farther in, and is shorter
OWN = 10  # per cent of a line's pixels at least show its own thickness, though strokes lie along the rest
OUTER = 1.2  # times as thick as a frame's outer line is at most what belongs to it and to no stroke that touches it
CONTENT = 0.3  # of a frame's height: lower ink in it is nothing that it was drawn for
BESIDE, MOSTLY = 3, 0.7  # pixels from a line lies most of what is left of that line
ALIKE = 0.2  # of its width and its height: so much an empty box may differ from one that is filled in
CRUMB = 0.15  # of a frame's height: smaller pieces of it that are left are its corners and crossings


def without_frames(ink: Map) -> tuple[Map, Boxes]:
    """Take the boxes round numbers, round digits, and combs of cells out of an ink map.

    A frame is a patch of ink with a line along each of its four sides, or three of them, and with something in it.
    Beside such, an empty box that is as large is one that nobody filled in; alone it may be a 0.

    Args:
        ink: float32 (H, W) of 0..1.

    Returns:
        float32 (H, W), the ink map without them; and float64 (N, 4), the boxes of the frames, in pixels.
    """
    labels, _ = scipy.ndimage.label(ink > FAINT, np.ones((3, 3)))
    least = SMALLEST * max(ink.shape)
    frames, empty = [], []
    for number, place in enumerate(scipy.ndimage.find_objects(labels), 1):
        rows, columns = place
        if min(rows.stop - rows.start, columns.stop - columns.start) < least:
            continue
        patch = labels[place] == number
        lines, height, is_open = _frame_lines(np.where(patch, ink[place], np.float32(0)))
        if lines is None:
            continue
        if _has_content(ink[place], patch, lines, height, is_open):
            frames.append((place, patch, lines))
        elif not is_open:
            empty.append((place, patch, lines))
    sizes = [patch.shape for _, patch, _ in frames]
    frames += [frame for frame in empty if any(_are_alike(frame[1].shape, size) for size in sizes)]
    cleaned = ink.copy() if frames else ink
    for place, patch, lines in frames:
        gone = lines | _crumbs(patch & ~lines, lines)
        soft_edges = scipy.ndimage.binary_dilation(gone, iterations=2) & ~(ink[place] > 0.5)
        cleaned[place] = np.where(gone | soft_edges, np.float32(0), cleaned[place])
    boxes = [(columns.start, rows.start, columns.stop, rows.stop) for (rows, columns), _, _ in frames]
    return cleaned, np.array(boxes, float).reshape(-1, 4)


def _are_alike(shape: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell whether two boxes are as large as each other."""
    return all(abs(ours - theirs) <= ALIKE * theirs for ours, theirs in zip(shape, other, strict=True))


def _frame_lines(patch: Map) -> tuple[Mask | None, int, bool]:
    """Find the lines that a patch of ink (H, W) consists of, if it has one along three sides at least.

    Args:
        patch: float32 (H, W) of 0..1, with no other ink.

    Returns:
        bool (H, W), or None; the height of the frame when it is level; and whether one of its sides is open.
    """
    level, slope, as_before = level_rows(patch, STEEPEST)
    rows = np.flatnonzero((level > FAINT).any(1))
    if not len(rows):
        return None, 0, False
    trimmed = level[rows[0] : rows[-1] + 1]
    thickest = max(3.0, THICKEST * min(trimmed.shape))
    # Of a box that is turned, the upper and lower sides are shorter than the whole.
    height, width = patch.shape
    side = max(STRAIGHT, (1 - abs(slope) * height / width) / (1 - slope**2))
    lines = _of_frame(find_lines(trimmed, thickest, STRAIGHT * side, WHOLE * side)[0], trimmed, side)
    level_sides = _sides(lines)
    if not level_sides:
        return None, 0, False
    across = np.where(lines, np.float32(0), trimmed).T
    uprights = _of_frame(find_lines(across, thickest, STRAIGHT, WHOLE, DOUBLE, STEEPEST)[0], across, 1.0).T
    sides = level_sides + _sides(uprights.T)
    if sides < 3:
        return None, 0, False
    found = np.zeros(level.shape, bool)
    found[rows[0] : rows[-1] + 1] = lines | uprights
    return as_before(found), len(trimmed), sides < 4


def _of_frame(numbers: NDArray[np.int32], ink: Map, share: float) -> Mask:
    """Tell which pixels of numbered lines (H, W) are a frame's: in the middle only lines that run through all of it.

    What is thicker belongs to strokes: such as touch an outer line, and the 1 that reaches from one to the other.
    """
    height, width = numbers.shape
    edge = NEAR_EDGE * min(height, width)
    thickness = run_lengths(ink > FAINT)
    found = np.zeros(numbers.shape, bool)
    inner, thinnest = [], np.inf
    for number, place in enumerate(scipy.ndimage.find_objects(numbers), 1):
        if not place:
            continue
        rows, columns = place
        line = numbers[place] == number
        usual = float(np.percentile(thickness[place][line], OWN))
        through = columns.stop - columns.start >= THROUGH * share * width
        along_edge = through and (rows.start <= 1 or rows.stop >= height - 1)
        if along_edge or rows.stop <= edge or rows.start >= height - edge:
            found[place] |= line & (thickness[place] <= OUTER * usual + 1)
            thinnest = min(thinnest, usual)
        elif through:
            inner.append((place, line, usual))
    for place, line, usual in inner:
        found[place] |= line & (usual <= DOUBLE * thinnest)
    return found


def _sides(lines: Mask) -> int:
    """Count at how many of its two ends, top and bottom, there are lines in (H, W)."""
    rows = np.flatnonzero(lines.any(1))
    edge = AT_EDGE * len(lines)
    return int(rows[0] < edge) + int(rows[-1] >= len(lines) - edge) if len(rows) else 0


def _has_content(ink: Map, patch: Mask, lines: Mask, height: int, is_open: bool) -> bool:
    """Tell whether something stands in a frame of so many pixels' height; if it is not open, touching it or not."""
    inside = ~patch if is_open else scipy.ndimage.binary_fill_holes(patch) & ~lines
    labels, _ = scipy.ndimage.label((ink > 0.5) & inside, np.ones((3, 3)))
    heights = [rows.stop - rows.start for rows, _ in scipy.ndimage.find_objects(labels)]
    return max(heights, default=0) >= CONTENT * height


def _crumbs(rest: Mask, lines: Mask) -> Mask:
    """Find what is left of a frame itself, bool (H, W): small pieces, and those that lie along its lines."""
    labels, count = scipy.ndimage.label(rest, np.ones((3, 3)))
    numbers = np.arange(1, count + 1)
    extents = np.array([max(y.stop - y.start, x.stop - x.start) for y, x in scipy.ndimage.find_objects(labels)])
    along = scipy.ndimage.mean(scipy.ndimage.binary_dilation(lines, iterations=BESIDE), labels, numbers)
    gone = (extents < CRUMB * len(rest)) | (np.asarray(along) > MOSTLY)
    return np.append(False, gone)[labels]
