"""Signs between digits: a slash, a point, a comma, a colon, a minus. They are no digits, and told where they are sure.

All thresholds are shares of the height of a line's digits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.ink.dotted import find_dotted
from ocr.ink.pieces import Boxes, Flags, Lines, union

SLASH_LEAN = 0.18  # pixels to the right a pixel up: a slash leans at least so far, ...
SLASH_HEIGHT = 1.12  # ... and is that much higher than the digits beside it, ...
SLASH_BEYOND = 0.04  # ... beyond them above and below
BRACKET_BOW = (0.06, 0.35)  # how far its middle is beside its ends, of its height
BRACKET_HEIGHT = 0.95  # how high it is at least; alone it may be a 1, and is one
BRACKETS_ALIKE, BRACKETS_HIGHER = 0.15, 1.0  # of their height: how level two brackets are; than all between them
DOT, DOT_BREADTH = 0.3, 2.0  # how large a point is at most, and how much longer than broad
LOW = 0.72  # a point's middle lies below this, from the top of the line; above, it may be one of a colon
HIGH = (0.1, 0.62)  # where the upper point of a colon is
MINUS_HEIGHT, MINUS_WIDTH = 0.22, (0.22, 1.3)
MINUS_MIDDLE = (0.25, 0.76)  # where a minus lies, from the top of the line
COMMA_HEIGHT, COMMA_WIDTH = 0.62, 0.35  # how high and how wide a comma is at most
HIGH_COMMA, DIGIT = 0.35, 0.65  # of the size: a comma may be as high as a half of a digit, beside one that is this high
LONG_COMMA = 1.25  # where such a comma ends at least, from the top of that digit
COMMA_TOP, COMMA_BOTTOM = 0.65, 1.06  # where it begins and ends, from the top of the line
LOW_COMMA = 0.78  # where it begins that stands close to a digit; higher, it may be the upright of a 4
BELOW = 0.3  # so far below or above its line a sign or a dot is at most
# Of the size: so much ground is between a sign and what it stands beside; bars of digits lie on or over these.
APART = 0.02
APART_HEIGHT = 0.35  # of the size: lower is a sign that is told by its place; higher, a small digit, or half of one
# Of their width the two lines of an equals sign lie over each other; of the size, how far apart they are at most.
EQUALS = (0.5, 0.5)


@dataclass(frozen=True)
class PlacedSign:
    """A sign that was found.

    Attributes:
        text: "/", ".", ",", ":", "-", "=", "÷", "(", ")", "!", or "?" for a question mark as for all that is in doubt.
        pieces: The numbers of its pieces.
        line: The number of its line.
        after: How many digits of that line come before it.
    """

    text: str
    pieces: tuple[int, ...]
    line: int
    after: int


def stand_apart(low: Boxes, tall: Boxes, size: float) -> Flags:
    """Tell which low pieces are signs between digits, and no bars of digits: they lie neither on nor over any.

    Args:
        low: float64 (N, 4), the boxes of low pieces.
        tall: float64 (M, 4), those of the tall ones, M >= 1.
        size: The size of the writing.

    Returns:
        bool (N,): points, commas and minus signs at their place in a line.
    """
    digits = np.concatenate([tall, low[low[:, 3] - low[:, 1] >= APART_HEIGHT * size]])  # small ones too
    reach = BELOW * (digits[:, 3] - digits[:, 1])
    found = np.zeros(len(low), bool)
    for i, box in enumerate(low):
        line = digits[(digits[:, 1] - reach < box[3]) & (digits[:, 3] + reach > box[1])]
        gaps = np.maximum(line[:, 0] - box[2], box[0] - line[:, 2])
        if len(line) and gaps.min() >= APART * size and box[3] - box[1] < APART_HEIGHT * size:
            _, top, _, bottom = line[gaps.argmin()]
            name = _name(box, float(top), float(bottom - top))
            found[i] = name != "" and (name != "," or box[1] >= top + LOW_COMMA * (bottom - top))
    return found


def high_commas(boxes: Boxes, size: float) -> Flags:
    """Tell which pieces are commas as high as a digit's parts: they begin low beside a digit, and end below it.

    Args:
        boxes: float64 (N, 4), the boxes of all pieces.
        size: The size of the writing.

    Returns:
        bool (N,).
    """
    left, top, right, bottom = boxes.T
    width, height = right - left, bottom - top
    fits = (height >= HIGH_COMMA * size) & (height <= COMMA_HEIGHT * size) & (width <= COMMA_WIDTH * size)
    digits = boxes[height >= DIGIT * size]
    tall = np.maximum(digits[:, 3] - digits[:, 1], 1e-9)
    begins, ends = (top[:, None] - digits[:, 1]) / tall, (bottom[:, None] - digits[:, 1]) / tall
    gap = np.maximum(digits[:, 0] - right[:, None], left[:, None] - digits[:, 2])
    beside = (begins >= LOW_COMMA) & (begins < 1) & (ends >= LONG_COMMA) & (gap <= size)
    return fits & beside.any(1) & (gap >= APART * size).all(1)


def paired_arcs(boxes: Boxes, bows: NDArray[np.float64]) -> Flags:
    """Tell which pieces are two arcs of one height around others, as brackets are: no strokes of a digit beside them.

    Args:
        boxes: float64 (N, 4), the boxes of all pieces.
        bows: float64 (N,), as `ocr.ink.pieces.bow_of` tells them.

    Returns:
        bool (N,).
    """
    heights, middles = boxes[:, 3] - boxes[:, 1], (boxes[:, :2] + boxes[:, 2:]) / 2
    least, most = BRACKET_BOW
    found = np.zeros(len(boxes), bool)
    opening = np.flatnonzero((-bows >= least) & (-bows <= most))
    closing = np.flatnonzero((bows >= least) & (bows <= most))
    for i in opening:
        for j in closing:
            height = float(min(heights[i], heights[j]))
            level = np.abs(boxes[i, [1, 3]] - boxes[j, [1, 3]]).max() <= BRACKETS_ALIKE * height
            between = (middles > (boxes[i, 2], boxes[i, 1])).all(1) & (middles < (boxes[j, 0], boxes[j, 3])).all(1)
            lower = heights[between & (heights > height / 2)]
            if level and len(lower) and height >= BRACKETS_HIGHER * lower.max():
                found[[i, j]] = True
    return found


def find_signs(
    boxes: Boxes,
    leans: NDArray[np.float64],
    bows: NDArray[np.float64],
    lines: Lines,
    others: list[int],
    are_strokes: bool,
) -> tuple[Lines, list[PlacedSign]]:
    """Find the signs among the pieces of a page.

    Args:
        boxes: float64 (N, 4), the boxes of all pieces.
        leans: float64 (N,), as `ocr.ink.pieces.lean_of` tells them.
        bows: float64 (N,), as `ocr.ink.pieces.bow_of` tells them.
        lines: The lines of digits, as `ocr.ink.arrange.arrange` finds them; slashes and brackets are among the digits.
        others: The numbers of the pieces that are in no digit.
        are_strokes: Whether the pieces are strokes of a pen; else they are patches of a picture.

    Returns:
        The lines without their slashes and brackets; and the signs.
    """
    kept, signs = [], []
    for number, line in enumerate(lines):
        names = ["/" if _is_slash(digit, line, boxes, leans) else "" for digit in line]
        names = [name or bracket for name, bracket in zip(names, _brackets(line, boxes, bows), strict=True)]
        dotted = find_dotted(line, boxes, leans, others, curved=are_strokes)
        names = [name or dotted.get(position, ("",))[0] for position, name in enumerate(names)]
        digits = [digit for digit, name in zip(line, names, strict=True) if not name]
        for position, (digit, name) in enumerate(zip(line, names, strict=True)):
            if name and digits:
                pieces = dotted[position][1] if position in dotted else digit
                signs.append(PlacedSign(name, tuple(pieces), number, names[:position].count("")))
        taken = {piece for sign in signs for piece in sign.pieces}
        digits = [left for digit in digits if (left := [piece for piece in digit if piece not in taken])] or line
        kept.append(digits)
        signs += _small_signs(number, digits, boxes, [other for other in others if other not in taken])
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


def _brackets(line: list[list[int]], boxes: Boxes, bows: NDArray[np.float64]) -> list[str]:
    """Name the brackets of a line: arcs that stand around some of its digits as a pair."""
    least, most = BRACKET_BOW
    arcs = [len(digit) == 1 and bool(least <= abs(bows[digit[0]]) <= most) for digit in line]
    outlines = np.array([union(boxes[digit]) for digit in line])
    rest = outlines[[not arc for arc in arcs]]
    if not len(rest):
        return [""] * len(line)
    heights = outlines[:, 3] - outlines[:, 1]
    least_height = BRACKET_HEIGHT * float(np.median(rest[:, 3] - rest[:, 1]))
    opens = [arc and bows[digit[0]] < 0 for arc, digit in zip(arcs, line, strict=True)]
    names = []
    for i, arc in enumerate(arcs):
        partners = range(i + 2, len(line)) if opens[i] else range(i - 1)
        paired = any(arcs[j] and opens[j] != opens[i] and heights[j] >= least_height for j in partners)
        is_bracket = arc and paired and heights[i] >= least_height
        names.append(("(" if opens[i] else ")") if is_bracket else "")
    return names


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
    placed = [
        PlacedSign(name, pieces, number, int((middles < (boxes[pieces[0], 0] + boxes[pieces[0], 2]) / 2).sum()))
        for name, pieces in _put_together(names, boxes, height)
    ]
    return [sign for sign in placed if sign.text != "'"]


def _put_together(names: list[tuple[str, int]], boxes: Boxes, height: float) -> list[tuple[str, tuple[int, ...]]]:
    """Make a colon of two points, an equals sign of two lines, and a division sign of a colon with a line in it."""
    signs: list[tuple[str, tuple[int, ...]]] = []
    left = sorted(names, key=lambda named: boxes[named[1], 1])  # from the top
    while left:
        name, i = left.pop(0)
        below = [(other, j) for other, j in left if _above(boxes[i], boxes[j], height)]
        minus = next((j for other, j in below if other == "-"), None)
        point = next((j for other, j in below if other == "."), None)
        used: tuple[int, ...] = (i,)
        if name == "'" and point is not None:
            name, used = (":", (i, point)) if minus is None else ("÷", (i, minus, point))
        elif name == "-" and minus is not None and _is_equals(boxes[i], boxes[minus], height):
            name, used = "=", (i, minus)
        signs.append((name, used))
        left = [(other, j) for other, j in left if j not in used]
    return signs


def _is_equals(upper: NDArray[np.float64], lower: NDArray[np.float64], height: float) -> bool:
    """Tell whether two lines lie over each other as those of an equals sign do."""
    common = min(upper[2], lower[2]) - max(upper[0], lower[0])
    over, near = EQUALS
    return bool(common >= over * max(upper[2] - upper[0], lower[2] - lower[0]) and lower[1] - upper[3] <= near * height)


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
