"""Exclamation and question marks: what has a dot below it is no digit.

All thresholds are shares of the height of a line's digits.
"""

from __future__ import annotations

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ocr.ink.pieces import Boxes, union

DOT = 0.2  # how large the dot is at most
ASIDE = 0.12  # how far it lies beside the middle of what is above it, at most
GAP = 0.05  # how much ground is between the two at least: less is where a line of the paper cut a digit
# How far above the foot of the line the straight part of an exclamation mark ends, and the bow of a question mark.
STRAIGHT_ENDS, CURVED_ENDS = 0.08, 0.2
SLIM = 0.25  # of its height: so narrow a body is straight, however thick the pen
BOW = 0.82  # how high such a bow is at most: a 7 written high, with a decimal point below its bar, is higher


def find_dotted(
    line: list[list[int]], boxes: Boxes, leans: NDArray[np.float64], others: list[int], curved: bool
) -> dict[int, tuple[str, list[int]]]:
    """Find what was taken for digits of a line, and has a dot below it.

    Args:
        line: The digits from left to right, each with the numbers of its pieces.
        boxes: float64 (N, 4), the boxes of all pieces.
        leans: float64 (N,), as `ocr.ink.pieces.lean_of` tells them.
        others: The numbers of the pieces that are in no digit.
        curved: Whether to look for question marks, too. On pictures a skipping pen and blur leave 1s with a flag so,
            and what else has a dot looks like no digit with it.

    Returns:
        By its place in the line the text of each, "!" or "?", and its pieces with the dot.
    """
    if len(line) < 2:
        return {}
    found = {}
    for position, digit in enumerate(line):
        rest = np.array([union(boxes[other]) for other in line if other is not digit])
        foot = float(np.median(rest[:, 3]))
        height = float(np.median(rest[:, 3] - rest[:, 1]))
        body = max(digit, key=lambda i: float(boxes[i, 3] - boxes[i, 1]))
        wide, high = boxes[body, 2:] - boxes[body, :2]
        ends = foot - boxes[body, 3]
        # The dot may have gone to the digit beside it, which is nearer.
        dots = [i for i in [*chain(*line), *others] if _is_under(boxes[i], boxes[body], foot, height)]
        straight = bool(not np.isnan(leans[body]) or wide <= SLIM * high)
        short = ends >= STRAIGHT_ENDS * height if straight else ends >= CURVED_ENDS * height and high <= BOW * height
        if len(dots) == 1 and short and (straight or curved) and not {*digit} - {body, *dots}:
            found[position] = ("!" if straight else "?", [body, *dots])
    return found


def _is_under(dot: NDArray[np.float64], body: NDArray[np.float64], foot: float, height: float) -> bool:
    """Tell whether a box is that of a dot between another one and the foot of the line."""
    aside = abs((dot[0] + dot[2]) - (body[0] + body[2])) / 2
    small = max(dot[2] - dot[0], dot[3] - dot[1]) <= DOT * height
    return bool(
        small and dot[1] >= body[3] + GAP * height and abs(dot[3] - foot) <= DOT * height and aside <= ASIDE * height
    )
