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

from ocr.data.split import to_ink
from ocr.data.synthetic.digit_templates import DIGITS
from ocr.data.synthetic.digits import CAREFUL, HAND, deform, ink_chains, spline, write
from ocr.data.synthetic.nondigit_templates import (
    EYES,
    HEADS,
    LETTERS,
    MEASURED_BLOBS,
    MEASURED_LETTERS,
    MEASURED_OUTLINES,
    MEASURED_SYMBOLS,
    MEASURED_ZIGZAGS,
    MORE,
    MOUTHS,
    OUTLINES,
    PARTS,
    SCRIPTS,
    SYMBOLS,
)
from ocr.ink.image import place, reink
from ocr.ink.strokes import HALF_WIDTH

Drawings = Callable[[int, torch.Generator], NDArray[np.uint8]]  # (count, generator) -> (about count, 28, 28)


def draw_nondigits(families: dict[str, Drawings], count: int, seed: int) -> dict[str, NDArray[np.uint8]]:
    """Draw images of each family.

    Args:
        families: What draws each, by its name.
        count: About how many of each.
        seed: The same gives the same images.

    Returns:
        uint8 (n, 28, 28) by the family's name.
    """
    generator = torch.Generator().manual_seed(seed)
    return {name: draw(count, generator) for name, draw in families.items()}


def of(templates: Sequence[str], pen: float = HALF_WIDTH) -> Drawings:
    """Draw templates, each equally often."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        drawings = max(1, count // len(templates))
        return np.concatenate(
            [ink_chains(deform(template, drawings, generator, CAREFUL), generator, pen) for template in templates]
        )

    return draw


def faces(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draw heads with eyes, most with a mouth, some with a nose, ears or hair."""
    images = []
    for _ in range(max(1, count // 16)):
        chosen = [
            parts[int(torch.randint(len(parts), (), generator=generator))] for parts in (HEADS, EYES, MOUTHS, MORE)
        ]
        chains = deform(" / ".join(part for part in chosen if part), 16, generator, CAREFUL)
        images.append(ink_chains(chains, generator))
    return np.concatenate(images)


def scribbles(strokes: Sequence[int], points: Sequence[int], joined: float = 0.0) -> Drawings:
    """Draw lines through random points: of each number of strokes with each number of points, round and angular.

    `joined` is the share of strokes that begin where another one passed, as those of letters do.
    """

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        drawings = max(1, count // (2 * len(strokes) * len(points)))
        images = []
        for number, length in product(strokes, points):
            for corners in ([0, length - 1], list(range(length))):
                places = torch.rand(drawings, number, length, 2, generator=generator)
                for i in range(1, number):
                    passed = torch.randint(length, (drawings, 1, 1), generator=generator).expand(-1, -1, 2)
                    join = torch.rand(drawings, 1, generator=generator) < joined
                    places[:, i, 0] = torch.where(join, places[:, i - 1].gather(1, passed)[:, 0], places[:, i, 0])
                basis = spline(corners)
                chosen = [(places[:, i], basis) for i in range(number)]
                images.append(ink_chains(write(chosen, generator, CAREFUL if joined else HAND), generator))
        return np.concatenate(images)

    return draw


def wandering(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draw one or two lines whose direction changes little from point to point, as a pen at play goes."""
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
    """Print characters in Pillow's own font, each as often, slanted and turned a little, thin and bold."""

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


def in_a_row(templates: Sequence[str], length: int, drawings: int = 25) -> Drawings:
    """Draw so many templates, chosen at random, beside each other: a number or a word."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        images = []
        for _ in range(max(1, count // drawings)):
            chosen = torch.randint(len(templates), (length,), generator=generator).tolist()
            chains = [deform(templates[i], drawings, generator, CAREFUL) for i in chosen]
            gap = 0.9 + 0.3 * float(torch.rand((), generator=generator))
            moved = [chain + torch.tensor([position * gap, 0.0]) for position, chain in enumerate(chains)]
            images.append(ink_chains(torch.cat(moved, 1), generator))
        return np.concatenate(images)

    return draw


def composed(templates: Sequence[str], numbers: Sequence[int], drawings: int = 10) -> Drawings:
    """Draw pictures of so many templates, chosen, sized and placed at random, as signs and icons are made."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        images = []
        for round_ in range(max(1, count // drawings)):
            number = numbers[round_ % len(numbers)]
            chosen = torch.randint(len(templates), (number,), generator=generator).tolist()
            parts = []
            for i in chosen:
                size = 0.3 + 0.7 * torch.rand(drawings, 1, 1, 1, generator=generator)
                shift = torch.rand(drawings, 1, 1, 2, generator=generator) - 0.5
                parts.append(deform(templates[i], drawings, generator, CAREFUL) * size + shift)
            images.append(ink_chains(torch.cat(parts, 1), generator))
        return np.concatenate(images)

    return draw


def lines(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draw two to seven parallel lines, with or without as many across them."""
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


def polygons(corners: Sequence[int]) -> Drawings:
    """Draw outlines with so many corners, nearly regular, in any direction."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        images = []
        for number in corners:
            drawings = max(1, count // len(corners))
            angle = 2 * torch.pi * (torch.arange(number) / number + torch.rand(drawings, 1, generator=generator))
            places = torch.stack([torch.cos(angle), torch.sin(angle)], -1)
            places = places * (1 + 0.15 * torch.randn(drawings, 1, 2, generator=generator))
            places = places + 0.03 * torch.randn(places.shape, generator=generator)
            closed = torch.cat([places, places[:, :1]], 1)  # (N, corners + 1, 2)
            along = torch.linspace(0, 1, 12)[:, None]
            sides = closed[:, :-1, None].lerp(closed[:, 1:, None], along)
            images.append(ink_chains(sides.flatten(1, 2)[:, None], generator))
        return np.concatenate(images)

    return draw


def specks(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draw noise: specks of one grey or of many, sparse or dense, to the edge or with a margin, sharp or soft."""
    share = 0.03 + 0.6 * torch.rand(count, 1, 1, generator=generator)
    grey = torch.rand(count, 28, 28, generator=generator)
    values = (torch.rand(count, 28, 28, generator=generator) < share).float()
    values[::2] *= grey[::2]
    third = count // 3
    values[:third] = torch.nn.functional.avg_pool2d(values[:third], 3, 1, 1)
    values[third : 2 * third] *= torch.nn.functional.pad(torch.ones(20, 20), (4, 4, 4, 4))
    return to_bytes((values / values.amax((1, 2), keepdim=True).clamp(min=0.1)).numpy())


def dots(numbers: Sequence[int]) -> Drawings:
    """Draw so many separate dots; a single one fills a good part of the image."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        images = []
        for number in numbers:
            places = torch.rand(max(1, count // len(numbers)), number, 1, 2, generator=generator)
            chains = places + 0.01 * torch.randn(*places.shape[:2], 4, 2, generator=generator)
            images.append(ink_chains(chains, generator, pen=2.0 if number > 1 else 4.0))
        return np.concatenate(images)

    return draw


def silhouettes(outlines: Sequence[str], grey: bool) -> Drawings:
    """Fill outlines: as pictures of a flat shape are inked, or (`grey`) as small pictures with light and shade are."""

    def draw(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
        images = []
        drawings = max(1, count // len(outlines))
        for outline in outlines:
            for chain in deform(outline, drawings, generator, CAREFUL)[:, 0]:
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
    """Draw patches of everything: blots and clouds of any grain, stripes, squares, rings and slopes."""
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
    """Make a smooth random surface.

    Args:
        size: Its side, in pixels.
        grain: How many bumps it has a side.
        generator: Where chance comes from.

    Returns:
        float32 (size, size) of 0..1.
    """
    values = torch.rand(grain, grain, generator=generator).numpy()
    values = np.asarray(Image.fromarray(values).resize((size, size), Image.Resampling.BICUBIC))
    return np.asarray((values - values.min()) / max(float(np.ptp(values)), 1e-6), np.float32)


def to_bytes(images: Sequence[NDArray[np.float32]] | NDArray[np.float32]) -> NDArray[np.uint8]:
    """Turn images (H, W) of 0..1 into uint8 (N, H, W)."""
    return np.round(np.asarray(images) * 255).astype(np.uint8)


def _bar(count: int, generator: torch.Generator) -> NDArray[np.uint8]:
    """Draw single lines that lie: an upright one would be a 1."""
    chains = deform("05 95", count, generator) * torch.tensor([1.0, 0.6])
    return ink_chains(chains, generator)


_DIGITS = tuple(style for styles in DIGITS.values() for style in styles)
# A 1 or a 7 over another digit may be a stroke too many of a hasty hand.
_ROUND_DIGITS = tuple(style for digit in (0, 2, 3, 4, 5, 6, 8, 9) for style in DIGITS[digit])

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
    "other scripts": of(SCRIPTS),
    "digits over each other": composed(_ROUND_DIGITS, (2,)),
    "polygons": polygons((5, 6)),
    "specks": specks,
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
    "other blobs": of(MEASURED_BLOBS, pen=5.0),
    "zigzags": of(MEASURED_ZIGZAGS),
    "words": in_a_row(MEASURED_LETTERS, 4),
    "three digits": in_a_row(_DIGITS, 3),
    "more dots": dots((4, 6, 12)),
    "scrawls": scribbles((1,), (16, 20)),
}
