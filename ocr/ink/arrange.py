"""Which pieces of ink make up which digit, line by line and from left to right.

A digit comes in pieces: strokes of the pen, or connected patches of ink. Pieces become digits by their boxes alone.
Tall pieces make the lines and the digits. Low ones (the bar of a 5, the cross of a 7) go to the tall piece they lie
on. What then stands alone and is small or flat (a decimal point, a minus sign, a speck) is no digit.

Boxes are (left, top, right, bottom), x right and y down. All thresholds are shares of the size of the writing, a
typical digit's height; measured on the 7,494 pen-drawn digits of UCI "Pen-Based Recognition of Handwritten Digits".
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

SPECK = 0.15  # of the size, on the longer side: dots; the shortest bar of a 5 is a fifth
DOT_ASIDE, DOT_GAP = 0.05, 0.3  # of the size: how far aside and above or below a dot may lie that belongs to a digit
DOT = 0.28  # of the size: dots are smaller
TALL = 0.45  # of the size: taller pieces are digits or halves of a 4, lower ones bars and signs
SAME_LINE = 0.5  # of the lower one's height: how far two tall pieces of one line overlap vertically
SAME_DIGIT = 0.4  # of the narrower one's width: how far two tall pieces of one digit overlap (all do but those of a 4)
FOUR_GAP = 0.16  # of the size: the widest gap between the two strokes of a 4
FOUR_DROP = 0.1  # of the size: how far the upright of a 4 reaches below its bar
FOUR_UPRIGHT = 0.55  # of the size: the upright of a 4 is narrower
FOUR_BAR = (0.15, 0.75, 0.6)  # the other stroke's width, of the size; it ends this far right and down, of its own box
STACKED = 0.12  # of the size: the widest gap between the two rings of an 8; lines of writing are farther apart
NEAR = 0.16  # of the size: farther from any tall piece, a low piece is a sign of its own (minus, comma)
UNDERLINE = 2.0  # of the size: a wider piece that is flat runs below several digits

Box = tuple[float, float, float, float]
Boxes = NDArray[np.float64]  # (N, 4)
Lines = list[list[list[int]]]  # of digits, each a list of the numbers of its pieces
Flags = NDArray[np.bool_]


def arrange(boxes: Boxes, tips: NDArray[np.float64], seen: Flags) -> tuple[Lines, dict[int, str]]:
    """Find the lines of digits that pieces of ink make up.

    Args:
        boxes: float64 (N, 4), the boxes of N >= 1 pieces.
        tips: float64 (N, T, 2), the points (x, y) where each piece starts or ends.
        seen: bool (N,), which pieces are more than specks, as `more_than_specks` tells.

    Returns:
        The lines from top to bottom, each with its digits from left to right, each with the numbers of its pieces; and
        of every piece that is in no digit, by its number, why.
    """
    size = writing_size(boxes)
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    tall = np.flatnonzero(heights >= TALL * size)  # the piece whose height is the size is one, so there always are some
    underlines = widths >= UNDERLINE * size
    low = np.flatnonzero(seen & (heights < TALL * size) & ~underlines)
    digits = _digits(boxes, _belong(boxes[tall], tips[tall], size), tall, low, size)
    left_out = set(range(len(boxes))).difference(*digits)
    reasons = {
        i: "a speck" if not seen[i] else "an underline" if underlines[i] else "too low for a digit"
        for i in sorted(left_out)
    }
    return _lines(digits, np.array([union(boxes[digit]) for digit in digits])), reasons


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


def _digits(boxes: Boxes, belong: Flags, tall: NDArray[np.intp], low: NDArray[np.intp], size: float) -> list[list[int]]:
    """Join tall pieces that belong together, and give each low one to the tall piece it lies on or nearest to."""
    count, labels = scipy.sparse.csgraph.connected_components(belong, directed=False)
    digits = [[int(i) for i in tall[labels == label]] for label in range(count)]
    for i in low:
        distances, overlaps = _relation(boxes[i], boxes[tall])
        nearest = int(np.lexsort((-overlaps, distances))[0])
        is_dot = (boxes[i, 2:] - boxes[i, :2]).max() < DOT * size and overlaps[nearest] > 0
        if distances[nearest] <= (DOT_GAP if is_dot else NEAR) * size:
            digits[labels[nearest]].append(int(i))
    return [sorted(digit) for digit in digits]


def _belong(boxes: Boxes, tips: NDArray[np.float64], size: float) -> Flags:
    """Tell which of N tall pieces are of one digit: (N, N)."""
    left, top, right, bottom = boxes.T
    width = right - left
    overlap = np.minimum.outer(right, right) - np.maximum.outer(left, left)  # negative: a gap
    apart = np.maximum.outer(top, top) - np.minimum.outer(bottom, bottom)
    over = (overlap >= SAME_DIGIT * np.minimum.outer(width, width)) & (apart <= STACKED * size)
    # A 4 in two strokes: each row as the bar on the left, each column as the upright.
    wide, far_right, far_down = FOUR_BAR
    corners = boxes.reshape(-1, 2, 2)
    inside = (tips - corners[:, :1]) / np.maximum(corners[:, 1:] - corners[:, :1], 1e-9)  # (N, T, 2) of 0..1
    bar = (width >= wide * size) & ((inside[..., 0] >= far_right) & (inside[..., 1] >= far_down)).any(1)
    upright = (bottom - bottom[:, None] >= FOUR_DROP * size) & (right > right[:, None]) & (width <= FOUR_UPRIGHT * size)
    crossed = (over.sum(1) > 1)[:, None]  # a bar that has its upright looks for no other
    four = bar[:, None] & upright & ~crossed & (overlap >= -FOUR_GAP * size) & (apart < 0)
    return over | four


def _relation(box: NDArray[np.float64], boxes: Boxes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure the distances (N,) of a box to others, 0 where they overlap, and the horizontal overlaps (N,)."""
    overlap = np.minimum(boxes[:, 2], box[2]) - np.maximum(boxes[:, 0], box[0])
    down = np.maximum(boxes[:, 1], box[1]) - np.minimum(boxes[:, 3], box[3])
    return np.hypot(np.maximum(-overlap, 0), np.maximum(down, 0)), overlap


def _lines(digits: list[list[int]], boxes: Boxes) -> Lines:
    """Sort digits, with their boxes (N, 4), into lines from top to bottom and each line from left to right."""
    _, top, _, bottom = boxes.T
    overlap = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    height = bottom - top
    _, labels = scipy.sparse.csgraph.connected_components(
        overlap >= SAME_LINE * np.minimum.outer(height, height), directed=False
    )
    middles = boxes[:, [0, 2]].mean(1)
    lines = [sorted(np.flatnonzero(labels == label), key=lambda i: middles[i]) for label in range(labels.max() + 1)]
    lines.sort(key=lambda line: (top[line] + bottom[line]).mean())
    return [[digits[i] for i in line] for line in lines]
