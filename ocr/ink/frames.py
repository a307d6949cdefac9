"""The boxes and combs of forms are found in an ink map and taken out of it: what stands in them stays."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.ink_map import Mask
from ocr.ink.picture_file import Map
from ocr.ink.pieces import Boxes
from ocr.ink.rulings import DARKER, FAINT, find_lines, level_rows, run_lengths
from ocr.ink.touched_boxes import box_lines, where_strokes_meet

SMALLEST = 0.025  # of the picture's longer side: lower frames are too small to write in, or are the feet of combs
THICKEST = 1 / 6  # of a frame's lesser side: thicker lines are strokes
STEEPEST = 0.3  # pixels down a pixel to the right
STRAIGHT = 0.4  # of a frame's side: so long its lines are straight at least
WHOLE = 0.94  # of a frame's side: one of its lines at least is that long
DOUBLE = 2.4  # times as thick are lines between two cells that lie beside each other
AT_EDGE = 0.2  # of a frame's width and height: that near to its edges it has lines, on all four sides
NEAR_EDGE, THROUGH = 0.12, 0.92  # of its lesser side and its length: the bar of a 4 lies farther in, and is shorter
OWN = 10  # per cent of a line's pixels at least show its own thickness, though strokes lie along the rest
COURSE = 0.3  # of its length: so much of a line at once tells its course
MOST = 70  # per cent of a line touch no stroke
THICK = 0.05  # of a frame's lesser side: into thicker lines strokes reach that are cut off there
WOBBLE = 2.0  # times as thick as it is: so far off its course a line may be
OFF = 0.12  # of a cell's height: so far from its place is no line between cells
MORE_BENT = 2.0  # times as bent as the outer lines are those between cells at most: stems of 7s are more
OUTER = 1.2  # times as thick as a frame's outer line is at most what belongs to it and to no stroke that touches it
CONTENT = 0.3  # of a frame's height: lower ink in it is nothing that it was drawn for
BESIDE, MOSTLY = 3, 0.7  # pixels from a line lies most of what is left of that line
ALIKE = 0.2  # of its width and its height: so much an empty box may differ from one that is filled in
CRUMB = 0.15  # of a frame's height: smaller pieces of it that are left are its corners and crossings
HOLLOW, DEEP = 0.4, 2.0  # of its box a loop encloses; times as thick as it is, so far in is its ink at most
LOW_COMB = 1.5  # times as wide as high is a comb of low dividers, whose digits stand above it


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
        box = box_lines(patch, ink[place]) if lines is None or is_open else None
        if box is not None:
            lines, height, is_open = box, len(patch), False
        if lines is None:
            continue
        if _is_loop(patch):
            lines, is_open = patch, False  # the waves of a box drawn by hand, too
        low = is_open and columns.stop - columns.start >= LOW_COMB * (rows.stop - rows.start)
        above = min(rows.stop - rows.start, rows.start) if low else 0
        room = (slice(rows.start - above, rows.stop), columns)
        if _has_content(ink[room], np.pad(patch, ((above, 0), (0, 0))), lines, height, is_open):
            frames.append((place, patch, lines))
        elif not is_open:
            empty.append((place, patch, lines))
    sizes = [patch.shape for _, patch, _ in frames]
    frames += [frame for frame in empty if any(_are_alike(frame[1].shape, size) for size in sizes)]
    cleaned = ink.copy() if frames else ink
    for place, patch, lines in frames:
        gone = lines | _crumbs(patch & ~lines, lines)
        gone &= ~where_strokes_meet(patch & ~gone, lines)
        soft_edges = scipy.ndimage.binary_dilation(gone, iterations=2) & ~(ink[place] > 0.5)
        cleaned[place] = np.where(gone | soft_edges, np.float32(0), cleaned[place])
    boxes = [(columns.start, rows.start, columns.stop, rows.stop) for (rows, columns), _, _ in frames]
    return cleaned, np.array(boxes, float).reshape(-1, 4)


def _is_loop(patch: Mask) -> bool:
    """Tell whether a patch (H, W) is one line all round and nothing in it: no digit touches it."""
    filled = scipy.ndimage.binary_fill_holes(patch)
    depth = scipy.ndimage.distance_transform_edt(np.pad(filled, 1))[1:-1, 1:-1]
    broad = 2 * float(np.median(scipy.ndimage.distance_transform_edt(np.pad(patch, 1))[1:-1, 1:-1][patch]))
    return bool((filled & ~patch).mean() >= HOLLOW and (depth[patch] <= DEEP * broad + 2).all())


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
    lines, ends = _of_frame(find_lines(trimmed, thickest, STRAIGHT * side, WHOLE * side)[0], trimmed, side)
    level_sides = _sides(lines)
    if not level_sides:
        return None, 0, False
    across = np.where(lines, np.float32(0), trimmed).T
    numbers = find_lines(across, thickest, STRAIGHT, WHOLE, DOUBLE, STEEPEST)[0]
    uprights, upright_ends = _of_frame(numbers, across, 1.0)
    sides = level_sides + _sides(uprights)
    if sides < 3:
        return None, 0, False
    found = np.zeros(level.shape, bool)
    found[rows[0] : rows[-1] + 1] = lines | ends | (uprights | upright_ends).T
    return as_before(found), len(trimmed), sides < 4


def _of_frame(numbers: NDArray[np.int32], ink: Map, share: float) -> tuple[Mask, Mask]:
    """Tell which pixels of numbered lines (H, W) are a frame's: in the middle only lines that run through all of it.

    What is thicker belongs to strokes: such as touch an outer line, and the 1 that reaches from one to the other.

    Returns:
        bool (H, W) twice, the lines; and the ends of strokes that run into the outer ones and no farther.
    """
    height, width = numbers.shape
    edge = NEAR_EDGE * min(height, width)
    mask = ink > FAINT
    thickness = run_lengths(mask)
    found, ends = np.zeros(numbers.shape, bool), np.zeros(numbers.shape, bool)
    through_all, thinnest, bends = [], np.inf, []
    for number, place in enumerate(scipy.ndimage.find_objects(numbers), 1):
        if not place:
            continue
        rows, columns = place
        line = numbers[place] == number
        usual = float(np.percentile(thickness[place][line], OWN))
        through = columns.stop - columns.start >= int(THROUGH * share * width)
        along_edge = through and (rows.start <= 1 or rows.stop >= height - 1)
        if along_edge or rows.stop <= edge or rows.start >= height - edge:
            at_top = rows.start < height - rows.stop
            whole = np.s_[:, columns] if at_top else np.s_[::-1, columns]
            line = numbers[whole] == number
            near, within = _course(line, mask[whole], usual)
            found[whole] |= line & near & (thickness[whole] <= OUTER * usual + 1)
            if usual > THICK * min(height, width):
                ends[whole] |= within & (ink[whole] <= float(np.median(ink[place][numbers[place] == number])) + DARKER)
            thinnest = min(thinnest, usual)
            bends.append(_bend(line))
        elif through:
            short = columns.stop - columns.start < THROUGH * share * width
            through_all.append((place, line, usual, short))
    least = min(bends, default=np.inf)
    inner = [
        (place, line, usual, _bend(line) > MORE_BENT * least + 0.3 or short)
        for place, line, usual, short in through_all
    ]
    straight = [place for place, _, _, may_be_stem in inner if not may_be_stem]
    for place, line, usual, may_be_stem in inner:
        if usual <= DOUBLE * thinnest and (not may_be_stem or not _is_off(place, [*straight, place], height)):
            found[place] |= line
    return found, ends


def _course(line: Mask, mask: Mask, usual: float) -> tuple[Mask, Mask]:
    """Tell what is near an upper line of a frame (H, W), and what ink is in it, where it goes on only below it."""
    columns = np.flatnonzero(line.any(0))
    course = np.interp(np.arange(line.shape[1]), columns, line.argmax(0)[columns])
    course = scipy.ndimage.median_filter(course, max(3, round(COURSE * len(course))), mode="nearest")
    below = np.arange(len(line))[:, None] - course
    beyond = (mask & (below < -2)).any(0)
    return (below >= -WOBBLE * usual) & (below <= WOBBLE * usual + 2), mask & ~beyond & (below >= -2) & (below <= usual)


def _bend(line: Mask) -> float:
    """Measure how far, in pixels, most of a line (H, W) from left to right is off a straight one."""
    columns = np.flatnonzero(line.any(0))
    if len(columns) < 3:
        return 0.0
    middles = np.arange(len(line)) @ line[:, columns] / line[:, columns].sum(0)
    beside = np.abs(middles - np.median(middles))
    for _ in range(2):  # without the strokes that touch it
        near = beside <= 2 * np.median(beside) + 0.75
        beside = np.abs(middles - np.polyval(np.polyfit(columns[near], middles[near], 1), columns))
    return float(np.percentile(beside, MOST))


def _is_off(place: tuple[slice, slice], lines: list[tuple[slice, slice]], height: int) -> bool:
    """Tell whether one of the lines in a frame is not at its place, were they between cells as high as each other."""
    middles = np.sort([0.0, *((rows.start + rows.stop) / 2 for rows, _ in lines), height])
    cell = float(np.median(np.diff(middles)))
    cells = (place[0].start + place[0].stop) / 2 / height * round(height / cell)
    return abs(cells - round(cells)) > OFF


def _sides(lines: Mask) -> int:
    """Count at how many of its two ends, top and bottom, there are lines in (H, W)."""
    rows = np.flatnonzero(lines.any(1))
    edge = AT_EDGE * len(lines)
    return int(rows[0] < edge) + int(rows[-1] >= len(lines) - edge) if len(rows) else 0


def _has_content(ink: Map, patch: Mask, lines: Mask, height: int, is_open: bool) -> bool:
    """Tell whether something stands in a frame of so many pixels' height; if it is not open, touching it or not."""
    inside = ~patch if is_open else scipy.ndimage.binary_fill_holes(patch) & ~lines
    cells, _ = scipy.ndimage.label(inside)
    rooms = [rows.stop - rows.start for rows, _ in scipy.ndimage.find_objects(cells)]
    labels, _ = scipy.ndimage.label((ink > 0.5) & inside, np.ones((3, 3)))
    heights = [rows.stop - rows.start for rows, _ in scipy.ndimage.find_objects(labels)]
    return max(heights, default=0) >= CONTENT * (height if is_open else min(height, max(rooms, default=height)))


def _crumbs(rest: Mask, lines: Mask) -> Mask:
    """Find what is left of a frame itself, bool (H, W): small pieces, and those that lie along its lines."""
    labels, count = scipy.ndimage.label(rest, np.ones((3, 3)))
    numbers = np.arange(1, count + 1)
    extents = np.array([max(y.stop - y.start, x.stop - x.start) for y, x in scipy.ndimage.find_objects(labels)])
    along = scipy.ndimage.mean(scipy.ndimage.binary_dilation(lines, iterations=BESIDE), labels, numbers)
    gone = (extents < CRUMB * len(rest)) | (np.asarray(along) > MOSTLY)
    return np.append(False, gone)[labels]
