"""Straight lines that somebody drew over digits: those that touch them from below, and those that cross them out.

A drawn line has two free ends: it sticks out of what it was drawn over, on both sides, and nothing else is near its
ends. Of digits only few strokes are such lines, and shorter ones: the bar of a 7, the foot of a 1, the upright of a 4.
"""

from __future__ import annotations

import numpy as np
import scipy

from ocr.ink.baselines import find_baseline
from ocr.ink.drawn_lines import Line, box_of, free_lines, middle_of, share_below, sticks_out, without_lines
from ocr.ink.ink_map import Mask
from ocr.ink.patches import Labels, connected, patch_boxes
from ocr.ink.picture_file import Map
from ocr.ink.pieces import Boxes

SMALLEST = 0.02  # of the picture's longer side: lower patches are no digits with a line
LEAST_REST = 0.1  # of a patch is left without its lines, or they are all of it
LEVEL, UNDER_LEVEL = 15.0, 6.0  # degrees: a line that slopes less is level; so is an underline, the foot of a 2 slopes
CROSSING = (20.0, 72.0)  # degrees: so steep is a line that crosses something out; steeper is the upright of a 4
LINE_LENGTH = 0.9  # of the height of what it is drawn over: the bar of a 7 and the foot of a 1 are shorter
UNDER = 0.85  # of the height of what it is drawn over, from the top: lower is an underline
PAIR = 0.4  # of its length: as far as this, both ends together, another line is from the first of a pair
BEYOND = 0.12  # of that height: so far an underline goes on, on both sides; the foot of a 2 does to the right
BEYOND_BENT = 0.06  # so far one does that bends, of which more is known
BEYOND_STEM = 0.15  # so far a line above does: the bar of a 7 goes on beyond its stem a little
FOOT = 0.46  # of its length: to the foot of a 2 the stroke comes down left of this, ...
FOOT_LEAN = (0.6, 2.0)  # ... and leans so far to the right, in pixels a pixel up: steeper is a 7, flatter is a 3, ...
FOOT_RISE = 0.15  # ... as it is seen up to this, of that height
MIDDLE = (0.2, 0.8)  # of that height: between these it crosses out
BOTH_SIDES = 0.25  # of it is on either side of what crosses it out: of a 7 nothing, of a 4 little is right of its stem
STICKS_OUT = 0.06  # of that height, at both ends
# A single line that rises is a slash through a digit, and no stroke of a 4 or an 8, if more holds:
RISING, RISING_LENGTH = (20.0, 64.0), (1.0, 1.7)  # degrees; of that height: steeper and longer are stems of 4s
RISING_OUT, RISING_MIDDLE, RISING_SIDES = 0.12, (0.35, 0.65), 0.28  # as above
RISING_REACH = 0.18  # of that height: so broad a pen does not show it
RING = 0.1  # of its box are holes of a slashed 0, and of an 8 whose last stroke goes on beyond it


def without_marks(ink: Map) -> tuple[Map, Boxes, Boxes]:
    """Take underlines that touch digits, and digits that are crossed out, out of an ink map.

    What is crossed out stays if there is nothing else.

    Args:
        ink: float32 (H, W) of 0..1.

    Returns:
        float32 (H, W), the ink map without them; float64 (N, 4), the boxes of the underlines, and (M, 4), those of
        what is crossed out, in pixels.
    """
    labels, _ = scipy.ndimage.label(ink > 0.5, np.ones((3, 3)))
    cleaned, whole = ink.copy(), 0
    underlines: list[Boxes] = []
    crossed: list[Boxes] = []
    for number, place in _large(labels):
        rows, columns = place
        patch = labels[place] == number
        lines = free_lines(patch)
        if _crossed_out(patch, lines):
            _erase(cleaned, place, patch)
            crossed.append(np.array([columns.start, rows.start, columns.stop, rows.stop], float))
        else:
            underlines += _erase_underlines(cleaned, place, patch, lines)
            whole += 1
    if not whole:
        cleaned, crossed = ink.copy(), []
    # Over a gap as fine as a hair a line would join digits to one patch.
    labels, _ = connected(cleaned)
    for number, place in _large(labels):
        patch = labels[place] == number
        if scipy.ndimage.label(patch & (cleaned[place] > 0.5), np.ones((3, 3)))[1] > 1:
            underlines += _erase_underlines(cleaned, place, patch, free_lines(patch))
    return cleaned, np.array(underlines, float).reshape(-1, 4), np.array(crossed, float).reshape(-1, 4)


def _large(labels: Labels) -> list[tuple[int, tuple[slice, slice]]]:
    """Give the numbers and places of the patches (H, W) that are high enough for a digit with a line."""
    least = SMALLEST * max(labels.shape)
    places = enumerate(scipy.ndimage.find_objects(labels), 1)
    return [(number, place) for number, place in places if place[0].stop - place[0].start >= least]


def _erase(ink: Map, place: tuple[slice, slice], gone: Mask) -> None:
    """Take what is gone, with its soft edges, out of a part of an ink map (H, W)."""
    soft = scipy.ndimage.binary_dilation(gone, iterations=2) & (ink[place] <= 0.5)
    ink[place][gone | soft] = 0


def _erase_underlines(ink: Map, place: tuple[slice, slice], patch: Mask, lines: list[Line]) -> list[Boxes]:
    """Take underlines out of an ink map (H, W), bent ones or straight ones, and give their boxes in it."""
    bent = _bent_underline(patch)
    if bent is None:
        return _erase_lines(ink, place, patch, _underlines(patch, lines))
    _erase(ink, place, bent)
    left, top, right, bottom = box_of(bent)
    return [np.array([place[1].start + left, place[0].start + top, place[1].start + right, place[0].start + bottom])]


def _erase_lines(ink: Map, place: tuple[slice, slice], patch: Mask, lines: list[Line]) -> list[Boxes]:
    """Take lines over a patch out of an ink map (H, W), and give their boxes in it."""
    if not lines:
        return []
    gone = patch & np.any([line.distance(patch.shape) <= 0.6 * line.thickness + 1 for line in lines], 0)
    _erase(ink, place, gone)
    corner = np.array([place[1].start, place[0].start] * 2, float)
    return [corner + box for box in _wide_boxes(gone)]


def _underlines(patch: Mask, lines: list[Line]) -> list[Line]:
    """Find the lines that a patch (H, W) stands on, one or two, or hangs from: wider than what else there is."""
    level = [line for line in lines if abs(line.slope) <= UNDER_LEVEL]
    for line in level:
        marking = [line, *(other for other in level if _is_beside(other, line))]
        rest = without_lines(patch, marking)
        if rest.sum() < LEAST_REST * patch.sum():
            continue
        left, top, right, bottom = box_of(rest)
        height, middle = bottom - top, 0.5 * float(line.start[1] + line.end[1])
        beyond = min(left - line.start[0], line.end[0] - right) - line.reach
        is_above = middle - top <= (1 - UNDER) * height
        outside = is_above or middle - top >= UNDER * height
        wide = beyond >= (BEYOND_STEM if is_above else BEYOND) * height and line.length >= LINE_LENGTH * height
        if outside and wide and not _is_foot(rest, line, height):
            return marking
    return []


def _bent_underline(patch: Mask) -> Mask | None:
    """Find what of a patch (H, W) is nothing but a line that it stands on, and no foot of a 2."""
    found = find_baseline(patch)
    if found is None:
        return None
    rest = patch & ~found.ink
    if rest.sum() < LEAST_REST * patch.sum() or _is_foot(rest, found.line, patch.shape[0]):
        return None
    left, _, right, _ = box_of(rest)
    # The pointed corner of a 2 is no free end: the strokes that meet there are one as far as they touch.
    return found.ink if min(left, patch.shape[1] - right) >= BEYOND_BENT * patch.shape[0] else None


def _wide_boxes(mask: Mask) -> Boxes:
    """Give the boxes (N, 4) of what is connected in a mask (H, W), crumbs excepted."""
    boxes = patch_boxes(scipy.ndimage.label(mask, np.ones((3, 3)))[0])
    widths = boxes[:, 2] - boxes[:, 0]
    return boxes[widths > widths.max() / 2]


def _is_beside(other: Line, line: Line) -> bool:
    """Tell whether a line is the second of a pair that lies below digits."""
    apart = float(np.abs(other.start - line.start).max() + np.abs(other.end - line.end).max()) / line.length
    return 0 < apart <= PAIR


def _is_foot(rest: Mask, line: Line, height: int) -> bool:
    """Tell whether a line is the foot of a 2: one stroke of the rest (H, W) comes down to it, from the right."""
    above = line.distance(rest.shape) - line.reach
    touching, higher = (rest & (above > far) & (above <= far + 1.5) for far in (0, FOOT_RISE * height))
    if scipy.ndimage.label(touching, np.ones((3, 3)))[1] != 1 or not higher.any():
        return False
    x, x_higher = np.nonzero(touching)[1].mean(), np.nonzero(higher)[1].mean()
    near_left = x - line.start[0] <= FOOT * (line.end[0] - line.start[0])
    return bool(near_left and FOOT_LEAN[0] <= (x_higher - x) / (FOOT_RISE * height) <= FOOT_LEAN[1])


def _crossed_out(patch: Mask, lines: list[Line]) -> bool:
    """Tell whether a patch (H, W) is a digit, or digits, with one line or more through it."""
    through = [line for line in lines if _goes_through(patch, line, lines)]
    # One line that rises may be the slash of a 0 or the stem of a 4: it takes another that falls, or a look of its own.
    if any(abs(line.slope) <= LEVEL or line.slope < 0 for line in through):
        return True
    return any(_is_slash_through(patch, line, lines) for line in lines if RISING[0] <= line.slope <= RISING[1])


def _goes_through(patch: Mask, line: Line, lines: list[Line]) -> bool:
    """Tell whether one of the lines of a patch (H, W) goes through all of its rest, and sticks out at both ends."""
    if abs(line.slope) > LEVEL and not CROSSING[0] <= abs(line.slope) <= CROSSING[1]:
        return False
    rest = without_lines(patch, [other for other in lines if (abs(other.slope) > LEVEL) == (abs(line.slope) > LEVEL)])
    if rest.sum() < LEAST_REST * patch.sum():
        return False
    top, bottom = box_of(rest)[1::2]
    return (
        sticks_out(rest, line) >= STICKS_OUT * (bottom - top) + line.reach
        and BOTH_SIDES <= share_below(rest, line) <= 1 - BOTH_SIDES
        and MIDDLE[0] <= middle_of(rest, line) <= MIDDLE[1]
        and line.length >= LINE_LENGTH * (bottom - top)
    )


def _is_slash_through(patch: Mask, line: Line, lines: list[Line]) -> bool:
    """Tell whether a line of a patch (H, W) that rises strikes its rest out."""
    rest = without_lines(patch, [other for other in lines if abs(other.slope) > LEVEL])
    if rest.sum() < LEAST_REST * patch.sum():
        rest = without_lines(patch, [line])
    if rest.sum() < LEAST_REST * patch.sum():
        return False
    left, top, right, bottom = box_of(rest)
    height = bottom - top
    holes = int((scipy.ndimage.binary_fill_holes(patch) & ~patch).sum())
    return (
        sticks_out(rest, line) >= RISING_OUT * height
        and RISING_SIDES <= share_below(rest, line) <= 1 - RISING_SIDES
        and RISING_MIDDLE[0] <= middle_of(rest, line) <= RISING_MIDDLE[1]
        and RISING_LENGTH[0] <= line.length / height <= RISING_LENGTH[1]
        and line.reach <= RISING_REACH * height
        and holes < RING * height * (right - left)
    )
