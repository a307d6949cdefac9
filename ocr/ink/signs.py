"""Signs between digits: a slash, a point, a comma, a colon, a minus. They are no digits, and told where they are sure.

All thresholds are shares of the height of a line's digits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.ink.pieces import Boxes, Lines, union

SLASH_LEAN = 0.18  # pixels to the right a pixel up: a slash leans at least so far, ...
SLASH_HEIGHT = 1.12  # ... and is that much higher than the digits beside it, ...
SLASH_BEYOND = 0.04  # ... beyond them above and below
DOT, DOT_BREADTH = 0.3, 2.0  # how large a point is at most, and how much longer than broad
SMALLEST_DOT = 0.05
LOW = 0.72  # a point's middle lies below this, from the top of the line; above, it may be one of a colon
HIGH = (0.1, 0.62)  # where the upper point of a colon is
MINUS_HEIGHT, MINUS_WIDTH = 0.22, (0.22, 1.3)
MINUS_MIDDLE = (0.3, 0.72)  # where a minus lies, from the top of the line
COMMA_HEIGHT, COMMA_WIDTH = 0.5, 0.35  # how high and how wide a comma is at most
COMMA_TOP, COMMA_BOTTOM = 0.65, 1.06  # where it begins and ends, from the top of the line


@dataclass(frozen=True)
class PlacedSign:
    """A sign that was found.

    Attributes:
        text: "/", ".", ",", ":" or "-".
        pieces: The numbers of its pieces.
        line: The number of its line.
        after: How many digits of that line come before it.
    """

    text: str
    pieces: tuple[int, ...]
    line: int
    after: int


def find_signs(
    boxes: Boxes, leans: NDArray[np.float64], lines: Lines, others: list[int]
) -> tuple[Lines, list[PlacedSign]]:
    """Find the signs among the pieces of a page.

    Args:
        boxes: float64 (N, 4), the boxes of all pieces.
        leans: float64 (N,), as `ocr.ink.pieces.lean_of` tells them.
        lines: The lines of digits, as `ocr.ink.arrange.arrange` finds them; slashes are among the digits.
        others: The numbers of the pieces that are in no digit.

    Returns:
        The lines without their slashes; and the signs.
    """
    kept, signs = [], []
    for number, line in enumerate(lines):
        slashes = [_is_slash(digit, line, boxes, leans) for digit in line]
        digits = [digit for digit, slash in zip(line, slashes, strict=True) if not slash]
        for position, (digit, slash) in enumerate(zip(line, slashes, strict=True)):
            if slash:
                before = position - sum(slashes[:position])
                signs.append(PlacedSign("/", tuple(digit), number, before))
        kept.append(digits)
        signs += _small_signs(number, digits, boxes, others)
    return kept, sorted(signs, key=lambda sign: (sign.line, sign.after, boxes[sign.pieces[0], 0]))


def _is_slash(digit: list[int], line: list[list[int]], boxes: Boxes, leans: NDArray[np.float64]) -> bool:
    """Tell whether a digit of a line is a slash: straight, leaning, and beyond the others above and below."""
    rest = [union(boxes[other]) for other in line if other is not digit and not _leans_alike(other, digit, leans)]
    if len(digit) > 1 or not leans[digit[0]] >= SLASH_LEAN or not rest:  # NaN is not
        return False
    left, top, right, bottom = boxes[digit[0]]
    near = sorted(rest, key=lambda box: abs((box[0] + box[2]) - (left + right)))[:4]
    height = float(np.median([box[3] - box[1] for box in near]))
    tops, bottoms = np.median([box[1] for box in near]), np.median([box[3] for box in near])
    beyond = top <= tops - SLASH_BEYOND * height and bottom >= bottoms + SLASH_BEYOND * height
    return bool(beyond and bottom - top >= SLASH_HEIGHT * height)


def _leans_alike(digit: list[int], slash: list[int], leans: NDArray[np.float64]) -> bool:
    """Tell whether a digit is another straight piece of the same lean: a second slash, or both are 1s."""
    return len(digit) == 1 and bool(abs(leans[digit[0]] - leans[slash[0]]) < 0.1)


def _small_signs(number: int, digits: list[list[int]], boxes: Boxes, others: list[int]) -> list[PlacedSign]:
    """Find the points, commas, colons and minus signs of a line."""
    if not digits:
        return []
    outlines = np.array([union(boxes[digit]) for digit in digits])
    top, bottom = float(np.median(outlines[:, 1])), float(np.median(outlines[:, 3]))
    height = bottom - top
    middles = (outlines[:, 0] + outlines[:, 2]) / 2
    names: list[tuple[str, int]] = []
    for i in others:
        name = _name(boxes[i], top, height)
        middle = (boxes[i, 0] + boxes[i, 2]) / 2
        clear = not any(box[0] < middle < box[2] for box in outlines)
        after = int((middles < middle).sum())
        within = after < len(digits) and (after > 0 or name == "-")
        near = np.abs(np.concatenate([outlines[:, 0], outlines[:, 2]]) - middle).min() < 1.5 * height
        if name and clear and within and near:
            names.append((name, i))
    signs: list[PlacedSign] = []
    for name, i in names:
        middle = (boxes[i, 0] + boxes[i, 2]) / 2
        after = int((middles < middle).sum())
        if name == "'":
            partner = next((j for other, j in names if other == "." and _above(boxes[i], boxes[j], height)), None)
            if partner is not None:
                signs = [sign for sign in signs if sign.pieces != (partner,)]
                signs.append(PlacedSign(":", (i, partner), number, after))
        elif not any(i in sign.pieces for sign in signs):
            signs.append(PlacedSign(name, (i,), number, after))
    return signs


def _above(upper: NDArray[np.float64], lower: NDArray[np.float64], height: float) -> bool:
    """Tell whether a piece stands above another."""
    return abs((upper[0] + upper[2]) - (lower[0] + lower[2])) / 2 < 0.2 * height


def _name(box: NDArray[np.float64], top: float, height: float) -> str:
    """Name a small piece by its size and place: "'" is a point that lies high."""
    left, upper, right, lower = box
    width, tall = right - left, lower - upper
    middle = ((upper + lower) / 2 - top) / height
    low_in_line = (lower - top) / height
    if tall <= MINUS_HEIGHT * height and MINUS_WIDTH[0] * height <= width <= MINUS_WIDTH[1] * height:
        return "-" if MINUS_MIDDLE[0] <= middle <= MINUS_MIDDLE[1] else ""
    if max(width, tall) <= DOT * height and max(width, tall) <= DOT_BREADTH * max(min(width, tall), 0.06 * height):
        if HIGH[0] <= middle <= HIGH[1]:
            return "'"
        return "." if LOW <= middle <= 1.15 else ""
    small = tall <= COMMA_HEIGHT * height and width <= COMMA_WIDTH * height
    if small and (upper - top) / height >= COMMA_TOP and low_in_line >= COMMA_BOTTOM:
        return ","
    return ""
