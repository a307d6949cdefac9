"""Which digits may be the halves of one: broken across by a skipping pen or a bad scan, or a 0 drawn as two arcs.

Boxes alone do not tell halves from whole digits: what looks like a digit decides, in `ocr.reading.broken`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocr.ink.pieces import Boxes, Lines, union

GAP = 0.8  # of the lower half's height: how wide a break is at most; lines of writing are seldom nearer
PAST = 0.1  # of the same: so far the halves of a slanted break reach past each other
OVERLAP = 0.3  # of the narrower half's width; halves of a slanted stroke overlap little
BESIDE, LEVEL = 0.2, 0.7  # of the lower half's height: between halves side by side, and how far these are level


@dataclass(frozen=True)
class Halves:
    """Two digits that lie closely above or beside each other, in one line or in two that follow each other.

    Attributes:
        first: The number of the upper or left one among all digits.
        second: That of the other.
        pieces: The numbers of the pieces of both.
        line: The line of the first.
    """

    first: int
    second: int
    pieces: list[int]
    line: int


def find_halves(boxes: Boxes, lines: Lines) -> list[Halves]:
    """Find pairs of digits that may be halves.

    Args:
        boxes: float64 (N, 4), the boxes of all pieces.
        lines: The lines of digits, as `ocr.ink.arrange.arrange` finds them.

    Returns:
        The pairs. No digit is in two of them: the nearest are paired first.
    """
    digits = [digit for line in lines for digit in line]
    line = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    left, top, right, bottom = np.array([union(boxes[digit]) for digit in digits]).T
    width, height = right - left, bottom - top
    below = np.subtract.outer(line, line)  # each row as the first, each column as the second
    gap = top - bottom[:, None]
    least = np.minimum.outer(height, height)
    overlap = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    fits = (gap >= -PAST * least) & (gap <= GAP * least) & (overlap >= OVERLAP * np.minimum.outer(width, width))
    fits &= np.isin(below, (0, -1))
    level = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top) >= LEVEL * least
    fits |= level & (below == 0) & (np.abs(left - right[:, None]) <= BESIDE * least)
    apart = np.maximum(gap, -overlap)
    pairs: list[Halves] = []
    taken: set[int] = set()
    for first, second in sorted(np.argwhere(fits).tolist(), key=lambda pair: float(apart[pair[0], pair[1]])):
        if not {first, second} & taken:
            taken |= {first, second}
            pairs.append(Halves(first, second, sorted(digits[first] + digits[second]), int(line[first])))
    return pairs
