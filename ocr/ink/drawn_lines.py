"""Straight lines that somebody drew over a patch of ink: they have two free ends, and nothing else is near these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.ink_map import Mask
from ocr.ink.picture_file import Map

LONG = 0.6  # of its patch's height: a shorter line is not looked for
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


def free_lines(patch: Mask) -> list[Line]:
    """Find the straight lines of a patch that end freely.

    Args:
        patch: bool (H, W), a connected patch of ink.

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
            if length < LONG * height:
                continue
            points = start + np.linspace(0, 1, max(8, int(length)))[:, None] * (end - start)
            if _at(near, points).mean() < INKED:
                continue
            thickness = 2 * float(np.median(_at(inside, points)))
            line = Line(*((start, end) if start[0] <= end[0] else (end, start)), thickness)
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
