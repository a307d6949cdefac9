"""Which pieces of ink make up which digit, line by line and from left to right.

A digit comes in pieces: strokes of the pen, or connected patches of ink. Pieces become digits by their boxes alone.
Tall pieces make the lines and the digits. Low ones (the bar of a 5, the cross of a 7) go to the tall piece they lie
on. What then stands alone is a small digit, if it is neither flat nor narrow (a minus, a comma, a decimal point).

Boxes are (left, top, right, bottom), x right and y down. All thresholds are shares of the size of the writing, a
typical digit's height; measured on the 7,494 pen-drawn digits of UCI "Pen-Based Recognition of Handwritten Digits".
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.pieces import DOT_GAP, Box, Boxes, Flags, Lines, union, writing_size
from ocr.ink.signs import SLASH_LEAN, high_commas, stand_apart

DOT = 0.28  # of the size: dots are smaller
TALL = 0.45  # of the size: taller pieces are digits or halves of a 4, lower ones bars and signs
SAME_LINE = 0.5  # of the lower one's height: how far two tall pieces of one line overlap vertically
SAME_DIGIT = 0.4  # of the narrower one's width: how far two tall pieces of one digit overlap (all do but those of a 4)
FOUR_GAP = 0.16  # of the size: the widest gap between the two strokes of a 4
FOUR_DROP = 0.1  # of the size: how far the upright of a 4 reaches below its bar
FOUR_UPRIGHT = 0.55  # of the size: the upright of a 4 is narrower
FOUR_TOP = 0.05  # of the size: what leans like a slash, beside the other stroke, and begins so far above it is one
FOUR_BAR = (0.15, 0.75, 0.6)  # the other stroke's width, of the size; it ends this far right and down, of its own box
STACKED = 0.12  # of the size: the widest gap between the two rings of an 8; lines of writing are farther apart
NEAR = 0.16  # of the size: farther from any tall piece, a low piece is a sign of its own (minus, comma)
FLAT = 0.15  # of the size: how low a line is
SHORT_UNDERLINE, WIDE_UNDERLINE = 0.4, 0.9  # of the size: how wide a line below one digit is
WAVY = (0.3, 0.25)  # of the size, and of its width: how low a line is that waves or slopes
BEYOND, CLOSE = 0.05, 0.005  # of the size: so far a line goes on beyond a digit on both sides that it is this close to
OVERLINE = (0.08, 0.03)  # of the size: how far a line above one digit goes on beyond it, and is above it
HALF, HALVES, HALVES_GAP = 0.2, 0.6, 0.25  # of the size: of each half of a broken digit, of both, and between them
SMALL, SMALL_WIDTH = 0.25, 0.17  # of the size: how high and wide the lowest digits are; commas are narrower
BESIDE = 0.04  # of the size: so much ground is between two digits beside each other
SMALL_LOW, SMALL_HIGH = 0.6, 0.15  # of the height of the digit beside it: where a small one ends at least, and begins
PARALLEL, SAME_LEVEL, ONES_APART = 0.25, 0.25, 0.12  # of lean, and of the size: 1s beside each other
TOO_LOW = "too low for a digit"
UNDERLINE = 2.0  # of the size: a wider piece that is flat runs below several digits


def arrange(
    boxes: Boxes,
    tips: NDArray[np.float64],
    seen: Flags,
    leans: NDArray[np.float64],
    rings: Flags,
    brackets: Flags,
) -> tuple[Lines, dict[int, str]]:
    """Find the lines of digits that pieces of ink make up.

    Args:
        boxes: float64 (N, 4), the boxes of N >= 1 pieces.
        tips: float64 (N, T, 2), the points (x, y) where each piece starts or ends.
        seen: bool (N,), which pieces are more than specks, as `more_than_specks` tells.
        leans: float64 (N,), how far straight pieces lean to the right, in pixels a pixel up; NaN for curved ones.
        rings: bool (N,), which pieces are drawn around others.
        brackets: bool (N,), which pieces are brackets, and join no other.

    Returns:
        The lines from top to bottom, each with its digits from left to right, each with the numbers of its pieces; and
        of every piece that is in no digit, by its number, why.
    """
    reasons: dict[int, str] = {}
    if rings.any() and not rings.all():
        reasons = dict.fromkeys(np.flatnonzero(rings).tolist(), "a ring around digits")
    inside = np.flatnonzero(~rings) if reasons else np.arange(len(boxes))
    boxes, tips, leans, seen, brackets = boxes[inside], tips[inside], leans[inside], seen[inside], brackets[inside]
    size = writing_size(boxes)
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    commas = high_commas(boxes, size)
    tall = np.flatnonzero((heights >= TALL * size) & ~commas)  # one is as high as the size: there always are some
    underlines = (widths >= UNDERLINE * size) | _single_underlines(boxes, tall, size)
    low = np.flatnonzero(seen & (heights < TALL * size) & ~underlines & ~commas)
    low = low[~stand_apart(boxes[low], boxes[tall], size)]
    halves = _halves(boxes, low, tall, size)
    low = np.setdiff1d(low, np.array(halves, int).ravel())
    belong = _belong(boxes[tall], tips[tall], leans[tall], size)
    belong &= ~np.logical_or.outer(brackets[tall], brackets[tall])
    beside = low[_are_small(boxes[low], leans[low], size) & _are_beside(boxes[low], boxes[tall], size)]
    digits = _digits(boxes, belong, tall, np.setdiff1d(low, beside), size)
    digits += [sorted(pair) for pair in halves]
    alone = np.setdiff1d(low, np.array([i for digit in digits for i in digit], int))
    small = _small_digits(boxes, tips, leans, alone, digits, size)
    low = np.setdiff1d(low, np.array([i for digit in small for i in digit], int))
    digits = _digits(boxes, belong, tall, low, size) + [sorted(pair) for pair in halves] + small
    left_out = set(range(len(boxes))).difference(*digits)
    reasons |= {
        int(inside[i]): "a speck" if not seen[i] else "an underline" if underlines[i] else TOO_LOW
        for i in sorted(left_out)
    }
    lines = _lines(digits, np.array([union(boxes[digit]) for digit in digits]))
    return [[inside[digit].tolist() for digit in line] for line in lines], dict(sorted(reasons.items()))


def _single_underlines(boxes: Boxes, tall: NDArray[np.intp], size: float) -> Flags:
    """Tell which of N pieces are lines below or above one digit, wider than that digit: (N,)."""
    left, top, right, bottom = boxes.T
    width, height = right - left, bottom - top
    flat = (height <= FLAT * size) | ((height <= WAVY[0] * size) & (height <= WAVY[1] * width))
    covers = (left[:, None] <= left[tall] + 0.1 * size) & (right[:, None] >= right[tall] - 0.1 * size)
    gap = top[:, None] - bottom[tall]
    # The bar of a 5 or a 7 and the foot of a 2 go on beyond their digit on one side only; the foot of a 1 touches it.
    beyond = np.minimum(left[tall] - left[:, None], right[:, None] - right[tall])
    apart = (gap >= 0.05 * size) | ((gap >= CLOSE * size) & (beyond >= BEYOND * size))
    apart &= (width >= SHORT_UNDERLINE * size)[:, None]
    below = ((width >= WIDE_UNDERLINE * size)[:, None] & (gap >= -0.1 * size)) | apart
    over = top[tall] - bottom[:, None]
    above = (beyond >= OVERLINE[0] * size) & (over >= OVERLINE[1] * size) & (over <= 0.5 * size)
    return flat & ((covers & below & (gap <= 0.5 * size)) | above).any(1) & (width > 0)


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


def _small_digits(
    boxes: Boxes,
    tips: NDArray[np.float64],
    leans: NDArray[np.float64],
    alone: NDArray[np.intp],
    digits: list[list[int]],
    size: float,
) -> list[list[int]]:
    """Find digits that are far smaller than the others, among low pieces that stand alone.

    They are neither flat nor narrow nor straight, as signs are, and stand on a line of writing, or on their own.
    """
    if not len(alone):
        return []
    own_size = writing_size(boxes[alone])
    is_core = _are_small(boxes[alone], leans[alone], size) & (boxes[alone, 3] - boxes[alone, 1] >= TALL * own_size)
    if not is_core.any():
        return []
    core = alone[is_core]
    small = _digits(boxes, _belong(boxes[core], tips[core], leans[core], own_size), core, alone[~is_core], own_size)
    outlines = np.array([union(boxes[digit]) for digit in digits])
    return [digit for digit in small if _is_on_a_line(union(boxes[digit]), outlines)]


def _are_small(boxes: Boxes, leans: NDArray[np.float64], size: float) -> Flags:
    """Tell which of N low pieces are as large as a small digit, and no straight line: (N,)."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return np.isnan(leans) & (height >= SMALL * size) & (width >= SMALL_WIDTH * size)


def _are_beside(boxes: Boxes, tall: Boxes, size: float) -> Flags:
    """Tell which of N pieces lie neither on a tall one of their line nor over or under it: (N,)."""
    across = np.maximum.outer(boxes[:, 0], tall[:, 0]) - np.minimum.outer(boxes[:, 2], tall[:, 2])
    down = np.maximum.outer(boxes[:, 1], tall[:, 1]) - np.minimum.outer(boxes[:, 3], tall[:, 3])
    return np.asarray(((across > BESIDE * size) | (down > NEAR * size)).all(1))


def _is_on_a_line(box: Box, digits: Boxes) -> bool:
    """Tell whether a box is as low as the digit (N, 4) beside it, or beside none: what is high is an exponent."""
    left, top, right, bottom = box
    beside = digits[(digits[:, 1] < bottom) & (digits[:, 3] > top)]
    if not len(beside):
        return True
    nearest = beside[np.abs(beside[:, 0] + beside[:, 2] - left - right).argmin()]
    height = nearest[3] - nearest[1]
    return bool(bottom >= nearest[1] + SMALL_LOW * height and top <= nearest[3] - SMALL_HIGH * height)


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
    slash = (leans >= SLASH_LEAN) & (top[:, None] - top >= FOUR_TOP * size) & (overlap <= 0)
    four = bar[:, None] & upright & ~slash & ~crossed & ~ones & (overlap >= -FOUR_GAP * size) & (apart < 0)
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
