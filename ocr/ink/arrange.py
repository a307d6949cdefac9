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
FLAT, SHORT_UNDERLINE, WIDE_UNDERLINE = 0.15, 0.4, 0.9  # of the size: how low and wide a line below one digit is
RING_CLEAR, RING_CONTENT = 0.06, 0.35  # of a ring's lesser side free around its content, of its height that is high
HALF, HALVES, HALVES_GAP = 0.2, 0.6, 0.25  # of the size: of each half of a broken digit, of both, and between them
PARALLEL, SAME_LEVEL, ONES_APART = 0.25, 0.25, 0.12  # of lean, and of the size: 1s beside each other
ZERO_SLASH = 0.3  # of lean: what is as slanted and straight in a ring is its slash, not a 1
LYING = 0.3  # of what it goes across, so far up a straight piece goes at least to lean and not to lie
STRAIGHT = 0.1  # of its length: how broad a straight piece is (standard deviations)
UNDERLINE = 2.0  # of the size: a wider piece that is flat runs below several digits

Box = tuple[float, float, float, float]
Boxes = NDArray[np.float64]  # (N, 4)
Lines = list[list[list[int]]]  # of digits, each a list of the numbers of its pieces
Flags = NDArray[np.bool_]


def arrange(
    boxes: Boxes, tips: NDArray[np.float64], seen: Flags, leans: NDArray[np.float64], rings: Flags
) -> tuple[Lines, dict[int, str]]:
    """Find the lines of digits that pieces of ink make up.

    Args:
        boxes: float64 (N, 4), the boxes of N >= 1 pieces.
        tips: float64 (N, T, 2), the points (x, y) where each piece starts or ends.
        seen: bool (N,), which pieces are more than specks, as `more_than_specks` tells.
        leans: float64 (N,), how far straight pieces lean to the right, in pixels a pixel up; NaN for curved ones.
        rings: bool (N,), which pieces are drawn around others.

    Returns:
        The lines from top to bottom, each with its digits from left to right, each with the numbers of its pieces; and
        of every piece that is in no digit, by its number, why.
    """
    reasons: dict[int, str] = {}
    if rings.any() and not rings.all():
        reasons = dict.fromkeys(np.flatnonzero(rings).tolist(), "a ring around digits")
    inside = np.flatnonzero(~rings) if reasons else np.arange(len(boxes))
    boxes, tips, seen, leans = boxes[inside], tips[inside], seen[inside], leans[inside]
    size = writing_size(boxes)
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    tall = np.flatnonzero(heights >= TALL * size)  # the piece whose height is the size is one, so there always are some
    underlines = (widths >= UNDERLINE * size) | _single_underlines(boxes, tall, size)
    low = np.flatnonzero(seen & (heights < TALL * size) & ~underlines)
    halves = _halves(boxes, low, tall, size)
    low = np.setdiff1d(low, np.array(halves, int).ravel())
    digits = _digits(boxes, _belong(boxes[tall], tips[tall], leans[tall], size), tall, low, size)
    digits += [sorted(pair) for pair in halves]
    left_out = set(range(len(boxes))).difference(*digits)
    reasons |= {
        int(inside[i]): "a speck" if not seen[i] else "an underline" if underlines[i] else "too low for a digit"
        for i in sorted(left_out)
    }
    lines = _lines(digits, np.array([union(boxes[digit]) for digit in digits]))
    return [[inside[digit].tolist() for digit in line] for line in lines], dict(sorted(reasons.items()))


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


def _single_underlines(boxes: Boxes, tall: NDArray[np.intp], size: float) -> Flags:
    """Tell which of N pieces are lines below one digit, wider than that digit: (N,)."""
    left, top, right, bottom = boxes.T
    width = right - left
    flat = bottom - top <= FLAT * size
    covers = (left[:, None] <= left[tall] + 0.1 * size) & (right[:, None] >= right[tall] - 0.1 * size)
    gap = top[:, None] - bottom[tall]
    apart = (width >= SHORT_UNDERLINE * size)[:, None] & (gap >= 0.05 * size)  # the foot of a 1 touches it
    below = ((width >= WIDE_UNDERLINE * size)[:, None] & (gap >= -0.1 * size)) | apart
    return flat & (covers & below & (gap <= 0.5 * size)).any(1) & (width > 0)


def _halves(boxes: Boxes, low: NDArray[np.intp], tall: NDArray[np.intp], size: float) -> list[tuple[int, int]]:
    """Find pairs of low pieces, one above the other, that are one digit, broken across by a skip of the pen."""
    left, top, right, bottom = boxes[low].T
    width, height = right - left, bottom - top
    overlap = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    gap = top - bottom[:, None]  # each row as the upper piece, each column as the lower one
    fits = (overlap >= 0.5 * np.minimum.outer(width, width)) & (gap >= -0.05 * size) & (gap <= HALVES_GAP * size)
    fits &= (np.minimum.outer(height, height) >= HALF * size) & (bottom - top[:, None] >= HALVES * size)
    pairs: list[tuple[int, int]] = []
    for upper, lower in sorted(np.argwhere(fits).tolist(), key=lambda pair: gap[pair[0], pair[1]]):
        pair = int(low[upper]), int(low[lower])
        distances, _ = _relation(np.array(union(boxes[list(pair)])), boxes[tall])
        if distances.all() and not {*pair} & {piece for taken in pairs for piece in taken}:
            pairs.append(pair)
    return pairs


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


def _belong(boxes: Boxes, tips: NDArray[np.float64], leans: NDArray[np.float64], size: float) -> Flags:
    """Tell which of N tall pieces are of one digit: (N, N)."""
    left, top, right, bottom = boxes.T
    width = right - left
    overlap = np.minimum.outer(right, right) - np.maximum.outer(left, left)  # negative: a gap
    apart = np.maximum.outer(top, top) - np.minimum.outer(bottom, bottom)
    over = (overlap >= SAME_DIGIT * np.minimum.outer(width, width)) & (apart <= STACKED * size)
    # Slanted 1s stand beside each other, though their boxes overlap.
    with np.errstate(invalid="ignore"):
        parallel = np.abs(np.subtract.outer(leans, leans)) < PARALLEL
    level_with = (np.abs(np.subtract.outer(top, top)) < SAME_LEVEL * size) & (apart < -SAME_LINE * size)
    middles = (left + right) / 2
    ones = parallel & level_with & (np.abs(np.subtract.outer(middles, middles)) > ONES_APART * size)
    over &= ~ones
    # A 4 in two strokes: each row as the bar on the left, each column as the upright.
    wide, far_right, far_down = FOUR_BAR
    corners = boxes.reshape(-1, 2, 2)
    inside = (tips - corners[:, :1]) / np.maximum(corners[:, 1:] - corners[:, :1], 1e-9)  # (N, T, 2) of 0..1
    bar = (width >= wide * size) & ((inside[..., 0] >= far_right) & (inside[..., 1] >= far_down)).any(1)
    upright = (bottom - bottom[:, None] >= FOUR_DROP * size) & (right > right[:, None]) & (width <= FOUR_UPRIGHT * size)
    crossed = (over.sum(1) > 1)[:, None]  # a bar that has its upright looks for no other
    four = bar[:, None] & upright & ~crossed & ~ones & (overlap >= -FOUR_GAP * size) & (apart < 0)
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
