"""Ink that is no digit: what familiarity learns to tell from digits, and what it is measured with.

The families of `FITTED` are for fitting, those of `MEASURED` for measuring; they have no shape in common, so that
the measured rate is that of things never seen. Letters that are drawn like digits (B, D, g, I, l, O, o, q, S, Z and
the like) are in neither: nobody can tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray

from ocr.ink import HALF_WIDTH
from ocr.styles import CAREFUL, DIGITS, deform, ink_chains, spline, write

Drawings = Callable[[int, torch.Generator], NDArray[np.uint8]]  # (count, generator) -> (about count, 28, 28)

LETTERS = (
    "09 40! 89 / 16 66",  # A
    "80! 10! 19! 89 / 14 64",  # E
    "80! 10! 19 / 14 64",  # F
    "10 19 / 80 89 / 14 84",  # H
    "10 19 / 80! 15! 89",  # K
    "09 10! 45! 80! 99",  # M
    "19 10! 89! 80",  # N
    "19 10! 61 73 54 14",  # P
    "19 10! 61 73 54 14! 89",  # R
    "00 90 / 50 59",  # T
    "00 29! 40! 69! 90",  # W
    "00 89 / 80 09",  # X
    "73 44 15 18 39 68 73! 79",  # a
    "15 75 63 33 15 18 39 79",  # e
    "70 50 42 49 / 24 74",  # f
    "10 19! 15 44 65 69",  # h
    "13 19! 15 33 49! 45 63 79",  # m
    "13 19! 15 43 65 79",  # n
    "00 44 / 90 44 49",  # Y
    "50 59 / 14 84",  # t, +
    "73 34 26 38 79 89 / 80 79",  # d-like u
    "80 30 03 07 49 88 75! 55",  # G
    "00 49! 90",  # V
    "10 16 39 69 86 80",  # U
    "13 28! 45! 68! 83",  # w
    "13 79 / 73 19",  # x
    "40 15 49 84 40 / 66 99",  # Q
    "13 19! 14 43 65 57 18",  # p
)
SYMBOLS = (
    "40 11 05 18 49 78 95 81 50 / 33 34 / 63 64 / 26 48 76",  # a face
    "40 11 05 18 49 78 95 81 50 / 22 43 / 62 53 / 28 46 68",
    "00 09! 99! 90! 00",  # a square
    "50 09! 99! 50",  # a triangle
    "00 99 / 90 09 / 05 95 / 50 59",  # an asterisk
    "05 95! 62 / 95 68",  # an arrow
    "50 59! 26 / 59 86",
    "04 13 34 55 76 95 / 07 16 37 58 79 98",  # waves
    "20 29 / 70 79 / 03 93 / 06 96",  # hash
    "45 54 65 46 34 43 62 84 77 48 16 13 30 70",  # a spiral
    "50 18 94! 04! 88! 50",  # a five-pointed star in one line
    "00 05 09 / 00 90",  # corner lines
    "15 44 75 95 / 33 / 66",
    "42 20 03 15 49! 85 93 70 42",  # a heart
    "09! 04 50 94 99! 09 / 39 36 66 69",  # a house
    "40! 53 93! 66 79! 47 19! 36 03! 43 40",  # a star's outline
    "00 10 / 80 90 / 05 28 58 85",  # a face without a head
)
PARTS = (
    "00 90",
    "00 99",
    "40 49",
    "40 11 05 18 49 78 95 81 50",  # a ring
    "00 09! 99! 90! 00",
    "50 09! 99! 50",
    "05 50! 95",
    "05 28 68 95",
    "00 90! 99",
    "44",
)
FILLED = (
    "42 20 03 15 49! 85 93 70 42 / 44 46",
    "00 09! 99! 90! 00 / 33 66",
    "50 09! 99! 50 / 46 56",
    "50 05 49 94 50 / 44 55",
)
MEASURED_LETTERS = (
    "80 40 13 16 49 89",  # C
    "70 77 59 28 16",  # J
    "10 19! 13 / 70! 15! 79",  # k
    "13 19 / 15 33 64",  # r
    "13 59! 93",  # v
    "10 19 / 80 89 / 10 89",  # N, in three strokes
)
MEASURED_SYMBOLS = (
    "45 06 02 20 52 45 82 96 78 45 49",  # a flower
    "00 09 90! 99 / 05 95",
    "00 90! 90 99! 09! 00 / 00 99",  # a crossed box
    "50 05 59 95 50 / 50 59 / 05 95",  # a wheel
    "30 32! 02! 06! 36! 39! 94! 30",  # a block arrow
    "02 32 / 05 65 / 08 98",  # text lines
    "45 23 02 05 24 45 64 93 96 75 45",  # a bow, infinity
    "10 02 26 49 66 92 80 / 32 33 / 62 63 / 45 46 / 37 57",  # a cat
    "50! 40! 14! 54! 39! 72! 42! 60",  # a lightning
    "04 94 / 00 94 / 09 94",
)


def draw_nondigits(families: dict[str, Drawings], count: int, seed: int) -> dict[str, NDArray[np.uint8]]:
    """About `count` images, uint8 (n, 28, 28), of each family; the same seed gives the same."""
    generator = torch.Generator().manual_seed(seed)
    return {name: draw(count, generator) for name, draw in families.items()}


def of(templates: Sequence[str], pen: float = HALF_WIDTH) -> Drawings:
    """Draws templates, each equally often."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        each = max(1, count // len(templates))
        return np.concatenate([ink_chains(deform(one, each, generator, CAREFUL), generator, pen) for one in templates])

    return draw


def scribbles(strokes: Sequence[int], points: Sequence[int]) -> Drawings:
    """Draws lines through random points: of each number of strokes with each number of points, round and angular."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        each = max(1, count // (2 * len(strokes) * len(points)))
        images = []
        for number, length in product(strokes, points):
            for corners in ([0, length - 1], list(range(length))):
                basis = spline(corners)
                chosen = [(torch.rand(each, length, 2, generator=generator), basis) for _ in range(number)]
                images.append(ink_chains(write(chosen, generator), generator))
        return np.concatenate(images)

    return draw


def in_a_row(templates: Sequence[str], length: int, each: int = 25) -> Drawings:
    """Draws so many templates, chosen at random, beside each other: a number or a word."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        images = []
        for _ in range(max(1, count // each)):
            chosen = torch.randint(len(templates), (length,), generator=generator).tolist()
            chains = [deform(templates[one], each, generator, CAREFUL) for one in chosen]
            gap = 0.9 + 0.3 * float(torch.rand((), generator=generator))
            moved = [chain + torch.tensor([position * gap, 0.0]) for position, chain in enumerate(chains)]
            images.append(ink_chains(torch.cat(moved, 1), generator))
        return np.concatenate(images)

    return draw


def composed(templates: Sequence[str], numbers: Sequence[int], each: int = 25) -> Drawings:
    """Draws pictures of so many templates, chosen, sized and placed at random, as signs and icons are made."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        images = []
        for round_ in range(max(1, count // each)):
            number = numbers[round_ % len(numbers)]
            chosen = torch.randint(len(templates), (number,), generator=generator).tolist()
            parts = []
            for one in chosen:
                size = 0.3 + 0.7 * torch.rand(each, 1, 1, 1, generator=generator)
                shift = torch.rand(each, 1, 1, 2, generator=generator) - 0.5
                parts.append(deform(templates[one], each, generator, CAREFUL) * size + shift)
            images.append(ink_chains(torch.cat(parts, 1), generator))
        return np.concatenate(images)

    return draw


def lines(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draws two to seven parallel lines, with or without as many across them."""
    images = []
    for number in range(2, 8):
        for across in (False, True):
            at = torch.linspace(0, 9, number).round().int().tolist()
            strokes = [f"{x}0 {x}9" for x in at] + [f"0{y} 9{y}" for y in at if across]
            chains = deform(" / ".join(strokes), max(1, count // 12), generator)
            # Lines lie in any direction, but few and upright ones would be an 11, and fewer a 1.
            angle = torch.rand(len(chains), generator=generator).view(-1, 1, 1) * torch.pi
            x, y = chains.unbind(-1)
            turned = [torch.cos(angle) * x - torch.sin(angle) * y, torch.sin(angle) * x + torch.cos(angle) * y]
            images.append(ink_chains(torch.stack(turned, -1), generator))
    return np.concatenate(images)


def dots(numbers: Sequence[int]) -> Drawings:
    """Draws so many separate dots; a single one fills a good part of the image."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        images = []
        for number in numbers:
            places = torch.rand(max(1, count // len(numbers)), number, 1, 2, generator=generator)
            chains = places + 0.01 * torch.randn(*places.shape[:2], 4, 2, generator=generator)
            images.append(ink_chains(chains, generator, pen=2.0 if number > 1 else 4.0))
        return np.concatenate(images)

    return draw


def _bar(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draws single lines that lie: an upright one would be a 1."""
    chains = deform("05 95", count, generator) * torch.tensor([1.0, 0.6])
    return ink_chains(chains, generator)


_DIGITS = tuple(style for styles in DIGITS.values() for style in styles)

FITTED: dict[str, Drawings] = {
    "letters": of(LETTERS),
    "symbols": of(SYMBOLS),
    "broader letters": of(LETTERS, pen=1.7),
    "bold letters": of(LETTERS, pen=2.6),
    "filled": of(FILLED, pen=4.5),
    "few strokes": scribbles((3, 4, 5), (2, 3)),
    "one long stroke": scribbles((1,), (8, 11, 14)),
    "tangles": scribbles((2, 3), (5, 7, 9)),
    "two digits": in_a_row(_DIGITS, 2),
    "letters in a row": in_a_row(LETTERS, 3),
    "signs": composed(PARTS, (3, 4, 5)),
    "lines": lines,
    "lying lines": _bar,
    "dots": dots((1, 2, 3, 5, 8)),
}

MEASURED: dict[str, Drawings] = {
    "other letters": of(MEASURED_LETTERS),
    "other symbols": of(MEASURED_SYMBOLS),
    "other blobs": of(("05 36 95 / 05 33 95", "11 88 / 22 77", "13 45 73 85 58 28 13"), pen=5.0),
    "zigzags": of(("00 19! 20! 39! 40! 59! 60! 79! 80! 99", "00 91! 03! 94! 06! 97! 09! 99", "05 22 47 62 87")),
    "words": in_a_row(MEASURED_LETTERS, 4),
    "three digits": in_a_row(_DIGITS, 3),
    "more dots": dots((4, 6, 12)),
    "scrawls": scribbles((1,), (16, 20)),
}
