"""Several digits on one drawing: what image each one is, where it lies, and what is no digit.

Of a picture, `ocr.ink.picture` says the same. Boxes are (left, top, right, bottom), x right and y down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.ink.arrange import arrange
from ocr.ink.halves import find_halves
from ocr.ink.overlaps import find_overlaps
from ocr.ink.pieces import Box, Boxes, Flags, Lines, around, bow_of, lean_of, more_than_specks, union
from ocr.ink.signs import PlacedSign, find_signs, paired_arcs
from ocr.ink.strokes import Ink, Strokes, from_strokes, points_of

ALL_ROUND = 1.7 * np.pi  # radians that a stroke turns about what it is drawn around: rings may stay open a little


@dataclass(frozen=True)
class Glyph:
    """What stands for one digit.

    Attributes:
        image: Its ink as `ocr.ink.image` makes it, float32 (28, 28) of 0..1.
        box: Where it lies, in the units of the drawing or in pixels of the upright picture.
        line: The number of its line, from 0 at the top.
        strokes: Its strokes, (n, 2) each; none if it comes from a picture.
        unstruck: Its image without a line that may strike it out; none if there is no such line. Whether it does,
            `ocr.reading.prediction` decides.
        unlined: Its image without a line that it may stand on, as far as that is no part of it; none if there is no
            such line. Whether it is, `ocr.reading.underlined` decides.
    """

    image: Ink
    box: Box
    line: int
    strokes: Strokes = ()
    unstruck: Ink | None = None
    unlined: Ink | None = None


@dataclass(frozen=True)
class Sign:
    """A sign between digits.

    Attributes:
        text: "/", ".", ",", ":", "-", "=", "÷", "(" or ")".
        box: Where it lies, in the units of the drawing or in pixels of the upright picture.
        line: The number of its line, from 0 at the top.
        after: How many digits of that line come before it.
    """

    text: str
    box: Box
    line: int
    after: int


@dataclass(frozen=True)
class LeftOut:
    """A piece of ink that is no digit and no part of one.

    Attributes:
        box: Where it lies, in the units of the drawing or in pixels of the upright picture.
        reason: Why it is left out, as a short phrase: "a speck", "an underline", "too low for a digit"; on pictures
            also "a ruled line", "a dashed line", "a long line", "along the edge of the picture", "cut off by the edge".
    """

    box: Box
    reason: str


@dataclass(frozen=True)
class Broken:
    """Two of the digits, close to each other, that may be halves of one.

    Attributes:
        first: The position of the upper or left one among the digits.
        second: That of the other.
        whole: Both as one digit, in the line of the first.
    """

    first: int
    second: int
    whole: Glyph


@dataclass(frozen=True)
class Overlapping:
    """One of the digits that may be several, side by side.

    Attributes:
        whole: All of it as one digit.
        ways: The ways to take it apart, each the digits from left to right.
    """

    whole: Glyph
    ways: tuple[tuple[Glyph, ...], ...]


@dataclass(frozen=True)
class Segmentation:
    """What a drawing or a picture was taken apart into.

    Attributes:
        glyphs: Its digits in reading order, at least one.
        left_out: The strokes of a drawing, or the patches of ink of a picture, that are in no digit and no sign.
        signs: What stands between its digits.
        broken: Which of the digits may be halves of one: `ocr.reading.broken` decides.
        overlapping: Which of the digits may be several: `ocr.reading.overlapping` decides.
    """

    glyphs: tuple[Glyph, ...]
    left_out: tuple[LeftOut, ...] = ()
    signs: tuple[Sign, ...] = ()
    broken: tuple[Broken, ...] = ()
    overlapping: tuple[Overlapping, ...] = ()

    def text(self, digits: Sequence[int | str]) -> str:
        """Write the page as text.

        Args:
            digits: What each glyph was read as, or what else is to stand for it.

        Returns:
            The lines of the page, separated by a line feed.

        Raises:
            ValueError: There are not as many digits as glyphs.
        """
        lines: dict[int, list[str]] = {}
        for glyph, digit in zip(self.glyphs, digits, strict=True):
            lines.setdefault(glyph.line, []).append(str(digit))
        for sign in reversed(self.signs):
            lines[sign.line].insert(sign.after, sign.text)
        return "\n".join("".join(line) for line in lines.values())


def segment_strokes(strokes: Strokes, single: bool = False) -> Segmentation:
    """Find the digits of a drawing.

    Args:
        strokes: One sequence of points (x, y) for each pen-down, in any unit.
        single: Whether all of it is one digit, but for specks.

    Returns:
        The digits in reading order, with the strokes of each; and the strokes that are in none.

    Raises:
        OCRError: There is no point in `strokes`, or one that is no number.
    """
    arrays = points_of(strokes)
    boxes = np.array([[*array.min(0), *array.max(0)] for array in arrays])
    tips = np.array([array[[0, -1]] for array in arrays])
    seen = more_than_specks(boxes, 0)
    signs: list[PlacedSign] = []
    if single:
        lines = [[np.flatnonzero(seen).tolist()]]
        reasons = dict.fromkeys(np.flatnonzero(~seen).tolist(), "a speck")
    else:
        leans = np.array([lean_of(array) for array in arrays])
        bows = np.array([bow_of(array) for array in arrays])
        rings = _rings_of_strokes(arrays, boxes, leans)
        lines, reasons = arrange(boxes, tips, seen, leans, rings, paired_arcs(boxes, bows))
        lines, signs = find_signs(boxes, leans, bows, lines, list(reasons), are_strokes=True)
        reasons = {i: reason for i, reason in reasons.items() if not any(i in sign.pieces for sign in signs)}

    def glyph(digit: list[int], line: int) -> Glyph:
        own = [arrays[i] for i in digit]
        return Glyph(from_strokes(own), union(boxes[digit]), line, own)

    glyphs = tuple(glyph(digit, number) for number, line in enumerate(lines) for digit in line)
    return Segmentation(
        glyphs,
        tuple(LeftOut(union(boxes[[i]]), reason) for i, reason in reasons.items()),
        tuple(Sign(sign.text, union(boxes[list(sign.pieces)]), sign.line, sign.after) for sign in signs),
        tuple(Broken(pair.first, pair.second, glyph(pair.pieces, pair.line)) for pair in find_halves(boxes, lines)),
        () if single else overlapping_digits(glyphs, boxes, lines, glyph),
    )


def overlapping_digits(
    glyphs: Sequence[Glyph], boxes: Boxes, lines: Lines, glyph: Callable[[list[int], int], Glyph]
) -> tuple[Overlapping, ...]:
    """Find the digits that may be several.

    Args:
        glyphs: The digits of all lines.
        boxes: float64 (N, 4), the boxes of all pieces.
        lines: The lines, as `ocr.ink.arrange.arrange` finds them.
        glyph: Makes the digit of pieces, given their numbers and the number of the line.

    Returns:
        Each with the ways to take it apart.
    """
    return tuple(
        Overlapping(glyphs[position], tuple(tuple(glyph(part, line) for part in way) for way in ways))
        for position, line, ways in find_overlaps(boxes, lines)
    )


def drawn_last(glyphs: Sequence[Glyph], stroke: Sequence[Sequence[float]]) -> int:
    """Find the digit that a stroke is of or, if it is of none, that it is nearest to.

    Args:
        glyphs: The digits of a drawing, at least one, with their strokes.
        stroke: (x, y) of each point of a stroke of that drawing.

    Returns:
        Its position in `glyphs`.
    """

    def distance(glyph: Glyph) -> float:
        boxes = np.array([[*np.min(one, 0), *np.max(one, 0)] for one in glyph.strokes])
        low, high = np.maximum(boxes[:, :2], np.min(stroke, 0)), np.minimum(boxes[:, 2:], np.max(stroke, 0))
        is_of_it = any(np.array_equal(one, stroke) for one in glyph.strokes)
        return -1.0 if is_of_it else float(np.linalg.norm(np.maximum(low - high, 0), axis=1).min())

    return min(range(len(glyphs)), key=lambda i: distance(glyphs[i]))


def _rings_of_strokes(strokes: list[NDArray[np.float64]], boxes: Boxes, leans: NDArray[np.float64]) -> Flags:
    """Tell which strokes go around others: (N,)."""
    rings = np.zeros(len(boxes), bool)
    for outer, inner in around(boxes, leans):
        left, top, right, bottom = boxes[inner]
        x, y = (strokes[outer] - ((left + right) / 2, (top + bottom) / 2)).T
        turned = np.diff(np.unwrap(np.arctan2(y, x))).sum()
        rings[outer] |= abs(turned) >= ALL_ROUND
    return rings
