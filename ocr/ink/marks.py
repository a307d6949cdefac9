"""Straight lines that somebody drew over digits: those that touch them from below, and those that cross them out.

A drawn line has two free ends: it sticks out of what it was drawn over, on both sides, and nothing else is near its
ends. Of digits only few strokes are such lines, and shorter ones: the bar of a 7, the foot of a 1, the upright of a 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.ink_map import Mask
from ocr.ink.picture_file import Map
from ocr.ink.pieces import Boxes

SMALLEST = 0.02  # of the picture's longer side: lower patches are no digits with a line
LONG = 0.6  # of its patch's height: a shorter line is not looked for
THICKEST = 0.2  # of its patch's height
INKED = 0.97  # of a line is ink
FREE = 0.1  # of its patch's height: so far from its end nothing else is near a line
LEAST_REST = 0.1  # of a patch is left without its lines, or they are all of it
LEVEL, UNDER_LEVEL = 15.0, 6.0  # degrees: a line that slopes less is level; so is an underline, the foot of a 2 slopes
CROSSING = (20.0, 72.0)  # degrees: so steep is a line that crosses something out; steeper is the upright of a 4
LINE_LENGTH = 0.9  # of the height of what it is drawn over: the bar of a 7 and the foot of a 1 are shorter
UNDER = 0.85  # of the height of what it is drawn over, from the top: lower is an underline
BEYOND = 0.12  # of that height: so far an underline goes on, on both sides; the foot of a 2 does to the right
FOOT = 0.46  # of its length: to the foot of a 2 the stroke comes down left of this, ...
FOOT_LEAN = (0.6, 2.0)  # ... and leans so far to the right, in pixels a pixel up: steeper is a 7, flatter is a 3, ...
FOOT_RISE = 0.15  # ... as it is seen up to this, of that height
MIDDLE = (0.2, 0.8)  # of that height: between these it crosses out
BOTH_SIDES = 0.25  # of it is on either side of what crosses it out: of a 7 nothing, of a 4 little is right of its stem
STICKS_OUT = 0.06  # of that height, at both ends


@dataclass(frozen=True)
class _Line:
    """A straight line with two free ends, the left one first: (x, y) in pixels, and its thickness."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    thickness: float

    @property
    def length(self) -> float:
        return float(np.hypot(*(self.end - self.start)))

    @property
    def slope(self) -> float:
        """Degrees by which it climbs to the right."""
        across, down = self.end - self.start
        return float(np.degrees(np.arctan2(-down, across)))

    def distance(self, shape: tuple[int, int]) -> Map:
        """The distance of each pixel of (H, W) from it."""
        y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        across, down = (self.end - self.start) / self.length
        along = np.clip((x - self.start[0]) * across + (y - self.start[1]) * down, 0, self.length)
        return np.hypot(x - self.start[0] - along * across, y - self.start[1] - along * down).astype(np.float32)


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
    cleaned, underlines, crossed, whole = ink.copy(), [], [], 0
    for number, place in enumerate(scipy.ndimage.find_objects(labels), 1):
        rows, columns = place
        if rows.stop - rows.start < SMALLEST * max(ink.shape):
            continue
        patch = labels[place] == number
        corner = np.array([columns.start, rows.start] * 2, float)
        lines = _free_lines(patch)
        if _crossed_out(patch, lines):
            gone = patch
            crossed.append(np.add(corner, (0, 0, patch.shape[1], patch.shape[0])))
        elif (line := _underline(patch, lines)) is not None:
            gone = patch & (line.distance(patch.shape) <= 0.6 * line.thickness + 1)
            underlines.append(np.add(corner, [*np.minimum(line.start, line.end), *np.maximum(line.start, line.end)]))
            whole += 1
        else:
            whole += 1
            continue
        soft = scipy.ndimage.binary_dilation(gone, iterations=2) & (labels[place] == 0)
        cleaned[place] = np.where(gone | soft, np.float32(0), cleaned[place])
    if not whole:
        cleaned, crossed = ink, []
    return cleaned, np.array(underlines, float).reshape(-1, 4), np.array(crossed, float).reshape(-1, 4)


def _free_lines(patch: Mask) -> list[_Line]:
    """Find the straight lines of a patch (H, W) that end freely."""
    height = patch.shape[0]
    inside = scipy.ndimage.distance_transform_edt(np.pad(patch, 1))[1:-1, 1:-1]
    near = scipy.ndimage.binary_dilation(patch, iterations=max(1, round(0.02 * height)))  # hands do not draw by a ruler
    tips = _tips(patch, 0.1 * height)
    lines = []
    for i, start in enumerate(tips):
        for end in tips[i + 1 :]:
            length = float(np.hypot(*(end - start)))
            if length < LONG * height:
                continue
            points = start + np.linspace(0, 1, max(8, int(length)))[:, None] * (end - start)
            if _at(near, points).mean() < INKED:
                continue
            thickness = 2 * float(np.median(_at(inside, points)))
            line = _Line(*((start, end) if start[0] <= end[0] else (end, start)), thickness)
            if thickness <= THICKEST * height and _is_free(patch, line):
                lines.append(_to_its_ends(patch, line))
    return sorted(lines, key=lambda line: -line.length)


def _tips(patch: Mask, radius: float) -> list[NDArray[np.float64]]:
    """Find where a patch (H, W) sticks out: the middles (x, y) of its ink around the corners of its convex hull."""
    rows, columns = np.nonzero(patch & ~scipy.ndimage.binary_erosion(patch))
    points = np.stack([columns, rows], 1).astype(float)
    if np.ptp(points, 0).min() < 2:
        return []
    ink = np.argwhere(patch)[:, ::-1].astype(float)
    tips: list[NDArray[np.float64]] = []
    for corner in points[scipy.spatial.ConvexHull(points).vertices]:
        tip = ink[np.hypot(*(ink - corner).T) <= radius].mean(0)
        if all(np.hypot(*(tip - other)) > 0.5 * radius for other in tips):
            tips.append(tip)
    return tips


def _is_free(patch: Mask, line: _Line) -> bool:
    """Tell whether nothing but a line itself is near both of its ends."""
    forward = (line.end - line.start) / line.length
    aside = np.array([-forward[1], forward[0]]) * (0.5 * line.thickness + 0.04 * patch.shape[0] + 1)
    along = np.linspace(0, FREE * patch.shape[0], 8)[:, None]
    for end, inwards in ((line.start, forward), (line.end, -forward)):
        beside = np.concatenate([end + along * inwards + aside, end + along * inwards - aside])
        if _at(patch, beside).mean() > 0.1:
            return False
    return True


def _to_its_ends(patch: Mask, line: _Line) -> _Line:
    """Make a line as long as its ink."""
    forward = (line.end - line.start) / line.length
    steps = np.arange(0, 0.2 * patch.shape[0])[:, None]
    back, on = (
        int(_at(patch, end + steps * way).cumprod().sum()) for end, way in ((line.start, -forward), (line.end, forward))
    )
    return _Line(line.start - back * forward, line.end + on * forward, line.thickness)


def _at(values: NDArray, points: NDArray[np.float64]) -> NDArray:
    """Look up values (H, W) at points (N, 2), x and y; 0 outside."""
    x, y = np.round(points).astype(int).T
    height, width = values.shape
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return np.where(inside, values[y.clip(0, height - 1), x.clip(0, width - 1)], 0)


def _underline(patch: Mask, lines: list[_Line]) -> _Line | None:
    """Find the line that a patch (H, W) stands on, wider than what stands on it."""
    for line in lines:
        rest = _without(patch, [line])
        if abs(line.slope) > UNDER_LEVEL or rest.sum() < LEAST_REST * patch.sum():
            continue
        left, top, right, bottom = _box(rest)
        height, middle = bottom - top, 0.5 * float(line.start[1] + line.end[1])
        beyond = min(left - line.start[0], line.end[0] - right)
        beyond -= _reach(line)
        under = middle - top >= UNDER * height and beyond >= BEYOND * height and line.length >= LINE_LENGTH * height
        if under and not _is_foot(rest, line, height):
            return line
    return None


def _is_foot(rest: Mask, line: _Line, height: int) -> bool:
    """Tell whether a line is the foot of a 2: one stroke of the rest (H, W) comes down to it, from the right."""
    above = line.distance(rest.shape) - _reach(line)
    touching, higher = (rest & (above > far) & (above <= far + 1.5) for far in (0, FOOT_RISE * height))
    if scipy.ndimage.label(touching, np.ones((3, 3)))[1] != 1 or not higher.any():
        return False
    x, x_higher = np.nonzero(touching)[1].mean(), np.nonzero(higher)[1].mean()
    near_left = x - line.start[0] <= FOOT * (line.end[0] - line.start[0])
    return bool(near_left and FOOT_LEAN[0] <= (x_higher - x) / (FOOT_RISE * height) <= FOOT_LEAN[1])


def _crossed_out(patch: Mask, lines: list[_Line]) -> bool:
    """Tell whether a patch (H, W) is a digit, or digits, with one line or more through it."""
    through = [line for line in lines if _goes_through(patch, line, lines)]
    # One line that rises may be the slash of a 0 or the stem of a 4: it takes another that falls.
    return any(abs(line.slope) <= LEVEL or line.slope < 0 for line in through)


def _goes_through(patch: Mask, line: _Line, lines: list[_Line]) -> bool:
    """Tell whether one of the lines of a patch (H, W) goes through all of its rest, and sticks out at both ends."""
    if abs(line.slope) > LEVEL and not CROSSING[0] <= abs(line.slope) <= CROSSING[1]:
        return False
    rest = _without(patch, [other for other in lines if (abs(other.slope) > LEVEL) == (abs(line.slope) > LEVEL)])
    if rest.sum() < LEAST_REST * patch.sum():
        return False
    left, top, right, bottom = _box(rest)
    room = STICKS_OUT * (bottom - top) + _reach(line)
    for x, y in (line.start, line.end):
        if left - room < x < right + room and top - room < y < bottom + room:
            return False
    y, x = np.nonzero(rest)
    across, down = line.end - line.start
    below = float((((y - line.start[1]) * across - (x - line.start[0]) * down) > 0).mean())
    if not BOTH_SIDES <= below <= 1 - BOTH_SIDES:
        return False
    middle = (0.5 * (line.start[1] + line.end[1]) - top) / (bottom - top)
    return bool(MIDDLE[0] <= middle <= MIDDLE[1] and line.length >= LINE_LENGTH * (bottom - top))


def _without(patch: Mask, lines: list[_Line]) -> Mask:
    """Give what a patch (H, W) is without lines, crumbs along them excepted."""
    rest = patch.copy()
    for line in lines:
        rest &= line.distance(patch.shape) > _reach(line)
    return rest


def _reach(line: _Line) -> float:
    """Give how far from its middle, in pixels, nothing of a line is left."""
    return 0.65 * line.thickness + 2


def _box(mask: Mask) -> tuple[int, int, int, int]:
    """Give the box of what is set in a mask (H, W)."""
    rows, columns = np.nonzero(mask)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1
