"""What glare left of a digit has a digit's place in its line: a number is never silently shorter.

All thresholds are shares of the height of a line's digits.
"""

from __future__ import annotations

import numpy as np

from ocr.ink.pieces import Boxes, Lines, union

LEAST_DIGITS = 2  # of a line: fewer tell neither its height nor its course
MOST = 0.5  # of a line's digits: where more is low, it is a word
LEAST_HEIGHT, LEAST_WIDTH, MOST_WIDTH = 0.23, 0.36, 1.2  # larger than the signs, and not much wider than a digit
NEAR = 1.5  # how far it is from the digit beside it at most
BESIDE = 0.05  # how much ground is between both at least: what is nearer is a part of that digit
HIGH = 0.55  # from the top of the line: what ends above may be a degree sign, ...
HIGH_BROADER = 0.12  # ... that is not so much broader than high
BEYOND = 0.25  # how far it reaches above and below the digits beside it at most: these are not all level


def with_remnants(boxes: Boxes, lines: Lines, low: list[int]) -> Lines:
    """Give low pieces that stand in a line as a digit does a digit's place in it.

    Args:
        boxes: float64 (N, 4), the boxes of all pieces.
        lines: The lines of digits, as `ocr.ink.arrange.arrange` finds them.
        low: The numbers of the pieces that are too low for a digit.

    Returns:
        The lines, with these among their digits.
    """
    filled = []
    for line in lines:
        digits = np.array([union(boxes[digit]) for digit in line])
        found = [i for i in low if len(line) >= LEAST_DIGITS and _stands_in(boxes[i].tolist(), digits)]
        whole = [*line, *([i] for i in found)] if len(found) <= MOST * len(line) else line
        filled.append(sorted(whole, key=lambda digit: boxes[digit, 0].min() + boxes[digit, 2].max()) if found else line)
    return filled


def _stands_in(box: list[float], digits: Boxes) -> bool:
    """Tell whether a box stands in a line of digits (N, 4) where a digit would."""
    left, top, right, bottom = box
    gaps = np.maximum(digits[:, 0] - right, left - digits[:, 2])
    nearest = digits[np.argsort(gaps)[:2]]
    upper, lower = nearest[:, 1].min(), nearest[:, 3].max()
    height = float(np.median(digits[:, 3] - digits[:, 1]))
    is_large = bottom - top >= LEAST_HEIGHT * height and LEAST_WIDTH * height <= right - left <= MOST_WIDTH * height
    is_high = bottom <= upper + HIGH * height and right - left <= bottom - top + HIGH_BROADER * height
    is_level = top >= upper - BEYOND * height and bottom <= lower + BEYOND * height
    return bool(is_large and is_level and not is_high and BESIDE * height <= gaps.min() <= NEAR * height)
