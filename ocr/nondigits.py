"""Ink that is no digit: what familiarity learns to tell from digits, and what it is measured with.

The families of `FITTED` are for fitting, those of `MEASURED` for measuring: scripts, signs and outlines that are not
among the fitted ones, so that the measured rate is that of things never seen. Letters and signs that are drawn like
digits (b, B, g, I, l, O, o, q, s, S, z, Z, |) are in neither: nobody can tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ocr.data import to_ink
from ocr.ink import HALF_WIDTH, place, reink
from ocr.styles import CAREFUL, DIGITS, HAND, deform, ink_chains, spline, write

Drawings = Callable[[int, torch.Generator], NDArray[np.uint8]]  # (count, generator) -> (about count, 28, 28)

LETTERS = (
    # A to Y, upright
    "09 40! 89 / 16 66",
    "09 05 22 40 62 85 89 / 05 85",
    "80 40 13 16 49 89",
    "72 50 21 06 28 59 77",
    "10! 19! 59 85 74 50! 10",
    "20 29 / 00 50 83 86 59 09",
    "80! 10! 19! 89 / 14 64",
    "80 10 / 10 19 / 14 64 / 19 79",
    "70 30 22 44! 16 39 79",
    "80! 10! 19 / 14 64",
    "10 80 / 40 39 / 14 64",
    "80 30 03 07 49 88 75! 55",
    "71 40 12 07 39 78 75! 45 / 75 79",
    "10 19 / 80 89 / 14 84",
    "70 77 59 28 16",
    "20 80 / 60 67 49 27",
    "10 19 / 80! 15! 89",
    "10 19 / 70 15 / 34 79",
    "20! 29! 79",
    "10 19! 69",
    "60 40 34 38 09 28 89",
    "09 10! 45! 80! 99",
    "19 10! 49 80! 89",
    "09 12 20 44! 70 82 89",
    "19 10! 89! 80",
    "10 19 / 80 89 / 10 89",
    "19 10! 61 73 54 14",
    "20 29 / 01 40 72 64 25",
    "40 15 49 84 40 / 66 99",
    "50 10 05 28 68 94 71 50 / 57 89",
    "19 10! 61 73 54 14! 89",
    "20 29 / 00 50 72 44 14 / 44 89",
    "00 90 / 50 59",
    "10 80 / 40 49",
    "12 10! 80! 82 / 50 59 / 39 69",
    "10 16 39 69 86 80",
    "10 17 49 77 70! 79",
    "00 49! 90",
    "10 38 48 80",
    "00 29! 40! 69! 90",
    "00 27 38 52 67 78 90",
    "00 89 / 80 09",
    "10 42 47 69 / 80 09",
    "00 44 / 90 44 49",
    "00 44! 90 / 44 49",
    # a to y, as one writes them small
    "73 44 15 18 39 68 73! 79",
    "22 50 72 78 89 / 74 35 17 39 68 75",
    "74 43 15 18 49 78",
    "65 34 16 38 69 76 / 80 79",
    "80! 79 / 74 44 16 28 49 77",
    "15 75 63 33 15 18 39 79",
    "16 74 53 25 17 39 78",
    "70 50 42 49 / 24 74",
    "80 60 51 48 29 08 / 34 74",
    "10 19! 15 44 65 69",
    "43 49 / 40",
    "33 38 59 / 40",
    "53 57 39 18 / 50",
    "63 66 49 28 / 60",
    "10 19! / 70 15! 79",
    "30 29 / 74 36 56 79",
    "13 19! 15 33 49! 45 63 79",
    "13 19! 15 43 65 79",
    "15 23 29! 25 43 59! 55 73 79 98",
    "13 19! 14 43 65 57 18",
    "23 29! 25 43 74",
    "13 19 / 15 33 64",
    "50 59 / 14 84",
    "40 47 59 78 / 14 74",
    "13 18 39 68 73! 79",
    "13 59! 93",
    "12 48! 82",
    "13 28! 45! 68! 83",
    "03 17 28 45 57 68 93",
    "13 79 / 73 19",
    "13 34 48 79 / 73 54 38 19",
    "10 45 / 80 45 19",
    "13 46! / 83 28",
    "10 15 36 65 / 70 68 49 18",
)
SYMBOLS = (
    "00 09! 99! 90! 00",  # a square
    "50 09! 99! 50",  # a triangle
    "00 99 / 90 09 / 05 95 / 50 59",  # an asterisk
    "50 59 / 13 86 / 83 16",
    "05 95! 62 / 95 68",  # arrows
    "50 59! 26 / 59 86",
    "50 59 / 14 50! 84",
    "95 05! 42 / 05 48",
    "80 31 15 49 / 26 49! 77",
    "09 90! 50 / 90 94",
    "04 13 34 55 76 95 / 07 16 37 58 79 98",  # waves
    "20 29 / 70 79 / 03 93 / 06 96",  # hash
    "45 54 65 46 34 43 62 84 77 48 16 13 30 70",  # a spiral
    "50 18 94! 04! 88! 50",  # a five-pointed star in one line
    "40! 53 93! 66 79! 47 19! 36 03! 43 40",  # a star's outline
    "00 05 09 / 00 90",  # corner lines
    "15 44 75 95 / 33 / 66",
    "42 20 03 15 49! 85 93 70 42",  # a heart
    "09! 04 50 94 99! 09 / 39 36 66 69",  # a house
    "22 40 62 44 46 / 49",  # ?
    "12 30 70 73 45 46 / 59",
    "40 46 / 49",  # !
    "89 31 40 52 16 29 69 84",  # &
    "64 44 46 65 62! 66 84 71 20 05 28 69",  # @
    "80 20 23 76 79 18 / 50 59",  # $
    "80 09 / 20 02 23 41 20 / 77 59 78 96 77",  # %
    "80 30 05 39 89 / 04 64 / 06 66",  # euro
    "05 85 / 41 49",  # +
    "13 83 / 16 86",  # =
    "80 14! 88",  # <
    "10 84! 18",  # >
    "05 23 46 75 93",  # ~
    "70 40 43 15! 46 49 79",  # {
    "60! 20! 29! 69",  # [
    "20! 60! 69! 29",  # ]
    "08 40! 88",  # ^
    "05 95 / 51 / 58",  # division
    "05 15 39! 50! 90",  # a root
    "05 38! 90",  # a tick
    "10 80 / 30 29 / 60 69",  # pi
    "70! 00! 45! 09! 79",  # a sum
    "40! 09! 89! 40",
    "60 67 / 28 48 57 37 28 / 60 82",  # notes
    "30! 80! 88 / 30 38 / 38 18 28 38 / 88 68 78 88",
    "20 29 / 20! 80! 75! 25",  # a flag
    "05 20 50 70 95! 05 / 50 58 39 27",  # an umbrella
    "12! 18 38 68 62! 12 / 64 84 86 66",  # a cup
    "49 45 / 50! 05! 95! 50",  # trees
    "59 45 / 45 13 20 50 72 75 45",
    "45 34 43 54 45 / 40 42 / 05 22 / 85 65 / 49 47 / 11 33 / 71 53 / 18 36 / 78 56",  # a sun
    "60 21 15 49 79 55 42 60",  # a moon
    "17 04 23 31 60 72 93 97 17",  # a cloud
    "23 02 05 25 44 23 / 44 54 / 73 52 55 75 94 73",  # glasses
    "40 31 42 51 40 / 42 46 / 14 74 / 46 29 / 46 69",  # a figure
    "06! 08! 98! 95 75 62! 32! 25 06 / 28 39 48 / 68 79 88",  # a car
    "06! 28! 78! 96! 06 / 50 56 / 51! 85! 55",  # a boat
    "09 40! 58 / 48 72! 99",  # mountains
    "02! 92! 98! 08! 02 / 02 56! 92",  # a letter
    "50 11 05 28 59 88 95 71 50 / 52 55! 77",  # a clock
    "50 11 05 28 59 88 95 71 50 / 50 59 / 55 18 / 55 88",
    "50 11 05 28 59 88 95 71 50 / 52 34 56 74 52",  # rings
    "05 42 95 48 05 / 45 54 65 56 45",  # an eye
    "24 02 20 42 24! 99 / 77 86",  # a key
    "00 90! 99! 09! 00 / 50 59 / 05 95",  # a window
    "50 54 / 09 54! 99",
    "00 22 / 44 66 / 88 99",
    "50! 95! 59! 15! 50",  # a diamond
    "30! 70! 95 69! 39! 05 30",
    "31! 61! 63! 93! 96! 66! 68! 38! 36! 06! 03! 33! 31",  # a broad cross
)
HEADS = (
    "50 11 05 28 59 88 95 71 50",
    "40 11 05 18 49 78 95 81 50",
    "50 21 13 16 38 59 68 86 83 71 50",
    "10! 80 85 69! 29 05 10",
    "50 02 06 29 79 96 92 50",
)
EYES = ("33 34 / 63 64", "33 / 63", "24 33 44 / 54 63 74", "33 24 35 44 33 / 63 54 65 74 63", "23 43 / 53 73", "32 54")
MOUTHS = ("26 48 76", "27 46 77", "27 77", "46 37 48 57 46", "26! 48 76! 26", "36 47 66", "")
MORE = (
    "",
    "44 46",
    "44 35! 46",
    "00 21 / 90 71",
    "11 00 30 21 / 71 60 90 81",
    "20 10 / 40 41 / 70 80",
    "05 15 / 95 85",
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
    "80 11 18 89",
    "03 32 56 85",
)
OUTLINES = (  # to be filled
    "42 20 03 15 49! 85 93 70 42",
    "00 09! 99! 90! 00",
    "50 09! 99! 50",
    "50 11 05 28 59 88 95 71 50",
    "40! 53! 93! 66! 79! 47! 19! 36! 03! 43! 40",
    "20! 35 65! 80! 99! 79! 74 79! 29! 24 29! 09! 20",  # a coat
    "20! 80! 89! 69! 53 39! 19! 20",  # trousers
    "05! 25 50! 70! 75 98! 99! 09! 05",  # a shoe
    "30! 60! 62 99! 09! 32 30",  # a dress
    "03! 30! 60! 93! 74! 79! 19! 24! 03",  # a shirt
    "12! 82! 99! 09! 12",  # a bag
    "10! 50! 50 55 97! 99! 19! 10",  # a boot
    "17 04 23 31 60 72 93 97 17",
    "05 32 62 85! 97! 93! 85 57 37 05",  # a fish
    "50! 95! 59! 15! 50",
    "60 21 15 49 79 55 42 60",
    "03! 33! 30! 63! 63! 66! 33! 36! 03",
)
MEASURED_LETTERS = (  # of other scripts and hands
    "49 45 / 45 12 / 45 30 41 / 45 82",
    "10 15 38 68 85 80 / 50 59",  # psi
    "29 09 26 12 40 72 66 89! 69",  # omega
    "13 10! 80 / 10 15 / 35 75 88 49",  # a Cyrillic letter
    "00 99 / 90 09 / 50 59",
    "10 19! 59! 69 / 50 59",
    "10 19 / 14 44 / 60 43 46 69 88 95 92 60",
    "80 20 13 45 85 / 80 89 / 45 09",
    "00 74 / 60 33 / 46 09",  # aleph
    "00 80! 89 / 24 29",
    "10 60 83 89! 09",
    "10 19 49 89 80 / 50 49",  # shin
    "13 23 / 53 63 / 04 18 59 85 70",
    "30 26 38 58 / 52 48 / 82 86 79",
    "10 70 34! / 30 36 09",  # kana
    "02 92 / 40 47 59 / 73 48 19 05 44 95",
    "10 80 / 04 94 / 50 59 / 54 09 / 54 99",
    "00 90! 99! 09! 00 / 04 94",
    "01 91 / 50 09 / 44 99",
    "00 50 / 20 29 / 20 59 / 70 79 / 75 95",  # Hangul
    "30 12 33 52 30 / 70 79 / 74 94",
    "89 65 34 16 38 69 99! 81 62 69",  # cursive d and the like
    "08 36 21 40 47 69 98",
    "05 43 47 28 37 55 / 55 43 57 69 97",
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
    "20 14 49 84 70 / 20 24 / 70 74 / 49 47",
    "05 22 52 84! 90 / 84! 98 / 05 37 57 84 / 24",  # a fish
    "02 92 / 12 19 79 82 / 30 60 / 34 37 / 64 67",  # a bin
)
MEASURED_OUTLINES = (
    "50! 64 99! 56 49! 35 00! 44 50",
    "09! 05 14 30 42! 46 75! 99! 09",
    "40 22 04 17 39 79 97 84 62 40",
    "00! 40! 44! 94! 99! 59! 55! 05! 00",
    "45 12 20 41! 70 82 55! 79! 29! 45",
    "10! 90! 55! 59! 45! 44! 10",
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


def faces(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draws heads with eyes, most with a mouth, some with a nose, ears or hair."""
    images = []
    for _ in range(max(1, count // 16)):
        chosen = [each[int(torch.randint(len(each), (), generator=generator))] for each in (HEADS, EYES, MOUTHS, MORE)]
        chains = deform(" / ".join(part for part in chosen if part), 16, generator, CAREFUL)
        images.append(ink_chains(chains, generator))
    return np.concatenate(images)


def scribbles(strokes: Sequence[int], points: Sequence[int], joined: float = 0.0) -> Drawings:
    """Draws lines through random points: of each number of strokes with each number of points, round and angular.

    `joined` is the share of strokes that begin where another one passed, as those of letters do.
    """

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        each = max(1, count // (2 * len(strokes) * len(points)))
        images = []
        for number, length in product(strokes, points):
            for corners in ([0, length - 1], list(range(length))):
                places = torch.rand(each, number, length, 2, generator=generator)
                for i in range(1, number):
                    passed = torch.randint(length, (each, 1, 1), generator=generator).expand(-1, -1, 2)
                    join = torch.rand(each, 1, generator=generator) < joined
                    places[:, i, 0] = torch.where(join, places[:, i - 1].gather(1, passed)[:, 0], places[:, i, 0])
                basis = spline(corners)
                chosen = [(places[:, i], basis) for i in range(number)]
                images.append(ink_chains(write(chosen, generator, CAREFUL if joined else HAND), generator))
        return np.concatenate(images)

    return draw


def wandering(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draws one or two lines whose direction changes little from point to point, as a pen at play goes."""
    images = []
    for strokes in (1, 2, 3):
        shape = (max(1, count // 3), strokes, 60)
        turning = (0.15 + 0.5 * torch.rand(shape[0], strokes, 1, generator=generator)) * torch.randn(
            shape, generator=generator
        )
        angle = turning.cumsum(2) + 6.3 * torch.rand(shape[0], strokes, 1, generator=generator)
        steps = torch.stack([torch.cos(angle), torch.sin(angle)], -1)
        begin = 12 * torch.randn(shape[0], strokes, 1, 2, generator=generator)
        images.append(ink_chains(begin + steps.cumsum(2), generator))
    return np.concatenate(images)


def printed(characters: str) -> Drawings:
    """Prints characters in Pillow's own font, each as often, slanted and turned a little, thin and bold."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        font, images = ImageFont.load_default(64), []
        for i in range(count):
            glyph = Image.new("L", (128, 128))
            ImageDraw.Draw(glyph).text((64, 64), characters[i % len(characters)], 255, font, "mm")
            if bold := int(torch.randint(3, (), generator=generator)):
                glyph = glyph.filter(ImageFilter.MaxFilter(2 * bold + 1))
            slant, turn, stretch = (0.15 * torch.randn(3, generator=generator)).tolist()
            matrix = np.array([[1 + stretch, slant - turn], [turn, 1]])
            shift = np.array([64, 64]) - matrix @ (64, 64)
            glyph = glyph.transform(
                glyph.size,
                Image.Transform.AFFINE,
                (*matrix[0], shift[0], *matrix[1], shift[1]),
                Image.Resampling.BILINEAR,
            )
            images.append(reink(to_ink(np.asarray(glyph))))
        return to_bytes(images)

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


def composed(templates: Sequence[str], numbers: Sequence[int], each: int = 10) -> Drawings:
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


def silhouettes(outlines: Sequence[str], grey: bool) -> Drawings:
    """Fills outlines: as pictures of a flat shape are inked, or (`grey`) as small pictures with light and shade are."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        images = []
        each = max(1, count // len(outlines))
        for outline in outlines:
            for chain in deform(outline, each, generator, CAREFUL)[:, 0]:
                points = ((chain - chain.amin(0)) / (chain.amax(0) - chain.amin(0)).amax() * 50 + 7).flatten().tolist()
                image = Image.new("F", (64, 64), 0.0)
                ImageDraw.Draw(image).polygon(points, 1.0)
                mask = np.asarray(image)
                if grey:
                    shade = 0.5 + 0.5 * field(64, int(torch.randint(3, 24, (), generator=generator)), generator)
                    images.append(place(mask * shade))
                else:
                    images.append(reink(mask))
        return to_bytes(images)

    return draw


def textures(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draws patches of everything: blots and clouds of any grain, stripes, squares, rings and slopes."""
    images: list[NDArray[np.float32]] = []
    rows, columns = np.mgrid[:48, :48] / np.float32(48)
    while len(images) < count:
        a, b, angle = (float(value) for value in torch.rand(3, generator=generator))
        kind = len(images) % 6
        along = columns * np.cos(6.3 * angle) + rows * np.sin(6.3 * angle)
        frequency = 6.3 * (0.5 + 6 * a)
        if kind < 3:
            values = field(48, 2 + int(14 * a), generator)
        elif kind == 3:
            values = 0.5 + 0.5 * np.sin(frequency * along)
        elif kind == 4:
            values = 0.5 + 0.5 * np.sin(frequency * np.hypot(columns - 0.5, rows - 0.5) + 6.3 * b)
        else:
            values = 0.5 + 0.5 * np.sin(frequency * columns + 6.3 * b) * np.sin(frequency * rows + 6.3 * angle)
        if kind in (0, 5):
            values = (values > 0.4 + 0.3 * b).astype(np.float32)
        elif kind == 1:
            values = np.clip(values - b * 0.8, 0, 1) ** 2
        if (values > 0.5).sum() < 30:
            continue
        images.append(reink(values) if kind != 2 and len(images) % 4 < 2 else place(values / values.max()))
    return to_bytes(images)


def field(size: int, grain: int, generator: torch.Generator) -> NDArray[np.float32]:
    """(size, size) of 0..1: a smooth random surface of `grain` bumps a side."""
    values = torch.rand(grain, grain, generator=generator).numpy()
    values = np.asarray(Image.fromarray(values).resize((size, size), Image.Resampling.BICUBIC))
    return np.asarray((values - values.min()) / max(float(np.ptp(values)), 1e-6), np.float32)


def to_bytes(images: Sequence[NDArray[np.float32]] | NDArray[np.float32]) -> NDArray[np.uint8]:
    """Images of 0..1, (H, W) each, as uint8 (N, H, W)."""
    return np.round(np.asarray(images) * 255).astype(np.uint8)


def _bar(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draws single lines that lie: an upright one would be a 1."""
    chains = deform("05 95", count, generator) * torch.tensor([1.0, 0.6])
    return ink_chains(chains, generator)


_DIGITS = tuple(style for styles in DIGITS.values() for style in styles)

FITTED: dict[str, Drawings] = {
    "letters": of(LETTERS),
    "symbols": of(SYMBOLS),
    "broader letters": of(LETTERS, pen=1.7),
    "printed letters": printed("ACDEFGHJKLMNPQRTUVWXYacdefhijkmnprtuvwxy"),
    "printed signs": printed("?!&@#$%+=<>{}[]~*^"),
    "bold letters": of(LETTERS, pen=2.4),
    "bold symbols": of(SYMBOLS, pen=1.9),
    "faces": faces,
    "invented letters": scribbles((2, 3), (2, 3, 4), joined=0.7),
    "invented signs": scribbles((4, 5), (2, 3), joined=0.7),
    "invented curves": scribbles((1, 2), (5, 6, 7), joined=0.7),
    "silhouettes": silhouettes(OUTLINES, False),
    "grey silhouettes": silhouettes(OUTLINES, True),
    "textures": textures,
    "few strokes": scribbles((3, 4, 5), (2, 3)),
    "one long stroke": scribbles((1,), (8, 11, 14)),
    "tangles": scribbles((2, 3), (5, 7, 9)),
    "wandering": wandering,
    "two digits": in_a_row(_DIGITS, 2),
    "letters in a row": in_a_row(LETTERS, 3),
    "signs": composed(PARTS, (2, 3, 4, 5)),
    "lines": lines,
    "lying lines": _bar,
    "dots": dots((1, 2, 3, 5, 8)),
}

MEASURED: dict[str, Drawings] = {
    "other letters": of(MEASURED_LETTERS),
    "other symbols": of(MEASURED_SYMBOLS),
    "other silhouettes": silhouettes(MEASURED_OUTLINES, False),
    "other blobs": of(("05 36 95 / 05 33 95", "11 88 / 22 77", "13 45 73 85 58 28 13"), pen=5.0),
    "zigzags": of(("00 19! 20! 39! 40! 59! 60! 79! 80! 99", "00 91! 03! 94! 06! 97! 09! 99", "05 22 47 62 87")),
    "words": in_a_row(MEASURED_LETTERS, 4),
    "three digits": in_a_row(_DIGITS, 3),
    "more dots": dots((4, 6, 12)),
    "scrawls": scribbles((1,), (16, 20)),
}
