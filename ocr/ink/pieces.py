"""Pieces of ink, strokes of the pen or connected patches: how large, how straight, and what they lie around.

Boxes are (left, top, right, bottom), x right and y down. Thresholds are shares of the size of the writing, if they do
not say what else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SPECK = 0.15  # of the size, on the longer side: dots; the shortest bar of a 5 is a fifth
DOT_ASIDE, DOT_GAP = 0.05, 0.3  # of the size: how far aside and above or below a dot may lie that belongs to a digit
RING_CLEAR, RING_CONTENT = 0.06, 0.35  # of a ring's lesser side free around its content, of its height that is high
ZERO_SLASH = 0.3  # of lean: what is as slanted and straight in a ring is its slash, not a 1
LYING = 0.3  # of what it goes across, so far up a straight piece goes at least to lean and not to lie
ARC = 0.06  # of its length: how far an arc is off a parabola (standard deviation)
STRAIGHT = 0.1  # of its length: how broad a straight piece is (standard deviations)

Box = tuple[float, float, float, float]
Boxes = NDArray[np.float64]  # (N, 4)
Lines = list[list[list[int]]]  # of digits, each a list of the numbers of its pieces
Flags = NDArray[np.bool_]


def more_than_specks(boxes: Boxes, least_dot: float) -> Flags:
    """Tell which pieces are more than specks, or dots that were meant: within, above or below what is more.

    So are those of a dotted 0, of i and of ?.

    Args:
        boxes: float64 (N, 4).
        least_dot: Pieces that are smaller than this share of the size of the writing are specks anyway.

    Returns:
        bool (N,).
    """
    size = writing_size(boxes)
    extents, middles = (boxes[:, 2:] - boxes[:, :2]).max(1), (boxes[:, :2] + boxes[:, 2:]) / 2
    seen = extents >= SPECK * size
    around = boxes[seen] + np.array([-DOT_ASIDE, -DOT_GAP, DOT_ASIDE, DOT_GAP]) * size
    meant = (middles[:, None] >= around[:, :2]) & (middles[:, None] <= around[:, 2:])  # (N, M, 2)
    return seen | (meant.all(2).any(1) & (extents >= least_dot * size))


def writing_size(boxes: Boxes) -> float:
    """Give the size of the writing: the median height of the pieces, each weighted by its height squared.

    Specks and bars, however many, weigh next to nothing.

    Args:
        boxes: float64 (N, 4) of N >= 1 pieces.

    Returns:
        The height of one of the pieces, in the boxes' unit.
    """
    heights = np.sort(boxes[:, 3] - boxes[:, 1])
    weights = np.cumsum(heights**2)
    return float(heights[np.searchsorted(weights, weights[-1] / 2)])


def union(boxes: Boxes) -> Box:
    """Give the smallest box around boxes, float64 (N, 4) of N >= 1."""
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def around(boxes: Boxes, leans: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Find the pieces whose boxes lie around those of others, with room on all sides.

    The slash of a 0 is none of these others.

    Args:
        boxes: float64 (N, 4).
        leans: float64 (N,), as `lean_of` tells them.

    Returns:
        Pairs of the numbers of the outer and of the inner piece.
    """
    left, top, right, bottom = boxes.T
    width, height = right - left, bottom - top
    clear = RING_CLEAR * np.minimum(width, height)[:, None]
    within = (left >= left[:, None] + clear) & (right <= right[:, None] - clear)
    within &= (top >= top[:, None] + clear) & (bottom <= bottom[:, None] - clear)
    with np.errstate(invalid="ignore"):
        slash = np.abs(leans) > ZERO_SLASH
    pairs = np.argwhere(within & (height >= RING_CONTENT * height[:, None]) & ~slash)
    return [(int(outer), int(inner)) for outer, inner in pairs]


def lean_of(points: NDArray[np.float64]) -> float:
    """Tell how far a straight piece leans to the right, in pixels a pixel up; NaN if it is curved or lies.

    Args:
        points: float64 (n, 2), x right and y down, evenly along the piece.

    Returns:
        0 for an upright piece, positive for one like a slash.
    """
    if len(points) < 2:
        return np.nan
    centred = points - points.mean(0)
    _, spread, directions = np.linalg.svd(centred, full_matrices=False)
    across, up = directions[0]
    if spread[0] == 0 or spread[1] > STRAIGHT * spread[0] or abs(up) < abs(across) * LYING:
        return np.nan
    return float(-across / up)


def bow_of(points: NDArray[np.float64]) -> float:
    """Tell how far the middle of an upright arc is right of its ends, as a share of its length; NaN if it is none.

    Args:
        points: float64 (n, 2), x right and y down, evenly along the piece.

    Returns:
        Negative for a bracket that opens, positive for one that closes.
    """
    if len(points) < 5 or np.ptp(points[:, 1]) <= 2 * np.ptp(points[:, 0]):
        return np.nan
    x, y = points.T
    length = float(np.ptp(y))
    parabola = np.polynomial.Polynomial.fit(y, x, 2)
    if np.std(x - parabola(y)) > ARC * length:
        return np.nan
    top, middle, bottom = parabola(np.array([y.min(), (y.min() + y.max()) / 2, y.max()]))
    return float((middle - (top + bottom) / 2) / length)
