"""Which digits may be several whose boxes overlap, as slanted ones do that stand close to each other.

Boxes alone do not tell: what looks like a digit decides, in `ocr.reading.overlapping`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations

import numpy as np

from ocr.ink.pieces import Boxes, Lines, union

TALL = 0.4  # of a digit's height: no digit beside another is lower; bars and dots are, and go with what they lie on
# Of the lower one's height: so far tall pieces beside each other overlap vertically; the rings of an 8 do not.
LEVEL = 0.5
ONWARD = 0.08  # of the height: so much farther right each begins and ends than the last; a line through an S does not
MOST = 4  # tall pieces of what is taken apart: more are a scribble, and there are too many ways

Way = list[list[int]]  # digits from left to right, each with the numbers of its pieces


def find_overlaps(boxes: Boxes, lines: Lines) -> Iterator[tuple[int, int, list[Way]]]:
    """Find the digits that may be several, one beside the other.

    Args:
        boxes: float64 (N, 4), the boxes of all pieces.
        lines: The lines of digits, as `ocr.ink.arrange.arrange` finds them.

    Yields:
        Its position among all digits, its line, and the ways to take it apart.
    """
    digits = [(digit, number) for number, line in enumerate(lines) for digit in line]
    for position, (digit, number) in enumerate(digits):
        groups = _from_the_left(boxes, digit) if len(digit) > 1 else []
        if 2 <= len(groups) <= MOST and _are_beside(boxes[[group[0] for group in groups]]):
            yield position, number, _ways(groups)


def _from_the_left(boxes: Boxes, digit: list[int]) -> Way:
    """Give the tall pieces of a digit from left to right, each with the low ones that lie on it or next to it."""
    _, top, _, bottom = union(boxes[digit])
    is_tall = {i: boxes[i, 3] - boxes[i, 1] >= TALL * (bottom - top) for i in digit}
    tall = sorted((i for i in digit if is_tall[i]), key=lambda i: boxes[i, 0] + boxes[i, 2])
    groups = {i: [i] for i in tall}
    for low in (i for i in digit if not is_tall[i] and tall):
        common = {i: min(boxes[i, 2], boxes[low, 2]) - max(boxes[i, 0], boxes[low, 0]) for i in tall}
        groups[max(tall, key=lambda i: common[i])].append(low)
    return list(groups.values())


def _are_beside(boxes: Boxes) -> bool:
    """Tell whether each of the pieces (N, 4), from left to right, is beside the next one, not above, below or in it."""
    top, bottom = boxes[:, 1], boxes[:, 3]
    common = np.minimum(bottom[1:], bottom[:-1]) - np.maximum(top[1:], top[:-1])
    lower = np.minimum(bottom[1:] - top[1:], bottom[:-1] - top[:-1])
    onward = np.diff(boxes[:, [0, 2]], axis=0).min(1)
    return bool(((common >= LEVEL * lower) & (onward >= ONWARD * lower)).all())


def _ways(groups: Way) -> list[Way]:
    """Give the ways to make two or more digits of groups of pieces, each of groups that follow each other."""
    ends = range(1, len(groups))
    ways = []
    for cuts in (cuts for count in ends for cuts in combinations(ends, count)):
        parts = zip((0, *cuts), (*cuts, len(groups)), strict=True)
        ways.append([sorted(chain.from_iterable(groups[first:end])) for first, end in parts])
    return ways
