"""Straight lines that somebody drew over a patch of ink: they have two free ends, and nothing else is near these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.ink_map import Mask
from ocr.ink.picture_file import Map

LONG = 0.6  # of its patch's height: a shorter line is looked for only where it is said
THICKEST = 0.2  # of its patch's height
INKED = 0.97  # of a line is ink
FREE = 0.1  # of its patch's height: so far from its end nothing else is near a line


@dataclass(frozen=True)
class Line:
    """A straight line with two free ends.

    Attributes:
        start: float64 (2,), the left end, x and y in pixels.
        end: float64 (2,), the right one.
        thickness: Pixels.
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    thickness: float

    @property
    def length(self) -> float:
        """Pixels from end to end."""
        return float(np.hypot(*(self.end - self.start)))

    @property
    def reach(self) -> float:
        """How far from its middle, in pixels, nothing of it is left."""
        return 0.65 * self.thickness + 2

    @property
    def slope(self) -> float:
        """Degrees by which it climbs to the right."""
        across, down = self.end - self.start
        return float(np.degrees(np.arctan2(-down, across)))

    def distance(self, shape: tuple[int, int]) -> Map:
        """Measure how far each pixel of (H, W) is from it, float32 (H, W)."""
        y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        across, down = (self.end - self.start) / self.length
        along = np.clip((x - self.start[0]) * across + (y - self.start[1]) * down, 0, self.length)
        return np.hypot(x - self.start[0] - along * across, y - self.start[1] - along * down).astype(np.float32)


def free_lines(patch: Mask, least: float = LONG) -> list[Line]:
    """Find the straight lines of a patch that end freely.

    Args:
        patch: bool (H, W), a connected patch of ink.
        least: How long they are at least, as a share of its height.

    Returns:
        The lines, in pixels of the patch, the longest first.
    """
    height = patch.shape[0]
    inside = scipy.ndimage.distance_transform_edt(np.pad(patch, 1))[1:-1, 1:-1]
    near = scipy.ndimage.binary_dilation(patch, iterations=max(1, round(0.02 * height)))  # hands do not draw by a ruler
    tips = _tips(patch, 0.1 * height)
    lines = []
    for i, start in enumerate(tips):
        for end in tips[i + 1 :]:
            length = float(np.hypot(*(end - start)))
            if length < least * height:
                continue
            points = start + np.linspace(0, 1, max(8, int(length)))[:, None] * (end - start)
            on_it = tuple(np.round(points[:, ::-1]).astype(int).T)  # rows and columns, none outside
            if near[on_it].mean() < INKED:
                continue
            thickness = 2 * float(np.median(inside[on_it]))
            line = Line(*((start, end) if start[0] <= end[0] else (end, start)), thickness)
            if thickness <= THICKEST * height and _is_free(patch, line):
                lines.append(_to_its_ends(patch, line))
    return sorted(lines, key=lambda line: -line.length)


def without_lines(patch: Mask, lines: list[Line]) -> Mask:
    """Give what a patch (H, W) is without lines, crumbs along them excepted."""
    rest = patch.copy()
    for line in lines:
        rest &= line.distance(patch.shape) > line.reach
    return rest


def sticks_out(rest: Mask, line: Line) -> float:
    """Measure how far, in pixels, the nearer end of a line is beyond the box of a rest (H, W); negative inside."""
    left, top, right, bottom = box_of(rest)
    return float(min(max(left - x, x - right, top - y, y - bottom) for x, y in (line.start, line.end)))


def share_below(rest: Mask, line: Line) -> float:
    """Give what share of a rest (H, W) lies below a line."""
    y, x = np.nonzero(rest)
    across, down = line.end - line.start
    return float((((y - line.start[1]) * across - (x - line.start[0]) * down) > 0).mean())


def middle_of(rest: Mask, line: Line) -> float:
    """Tell at which share of the height of a rest (H, W), from its top, the middle of a line lies."""
    _, top, _, bottom = box_of(rest)
    return float((0.5 * (line.start[1] + line.end[1]) - top) / (bottom - top))


def box_of(mask: Mask) -> tuple[int, int, int, int]:
    """Give the box of what is set in a mask (H, W)."""
    rows, columns = np.nonzero(mask)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


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


def _is_free(patch: Mask, line: Line) -> bool:
    """Tell whether nothing but a line itself is near both of its ends."""
    forward = (line.end - line.start) / line.length
    aside = np.array([-forward[1], forward[0]]) * (0.5 * line.thickness + 0.04 * patch.shape[0] + 1)
    along = np.linspace(0, FREE * patch.shape[0], 8)[:, None]
    for end, inwards in ((line.start, forward), (line.end, -forward)):
        beside = np.concatenate([end + along * inwards + aside, end + along * inwards - aside])
        if _at(patch, beside).mean() > 0.1:
            return False
    return True


def _to_its_ends(patch: Mask, line: Line) -> Line:
    """Make a line as long as its ink."""
    forward = (line.end - line.start) / line.length
    steps = np.arange(0, 0.2 * patch.shape[0])[:, None]
    back, on = (
        int(_at(patch, end + steps * way).cumprod().sum()) for end, way in ((line.start, -forward), (line.end, forward))
    )
    return Line(line.start - back * forward, line.end + on * forward, line.thickness)


def _at(values: NDArray, points: NDArray[np.float64]) -> NDArray:
    """Look up values (H, W) at points (N, 2), x and y; 0 outside."""
    x, y = np.round(points).astype(int).T
    height, width = values.shape
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return np.where(inside, values[y.clip(0, height - 1), x.clip(0, width - 1)], 0)
