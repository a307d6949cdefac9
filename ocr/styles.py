"""Digits that nobody wrote: our own templates of how the world writes digits, deformed as hands do, and inked.

MNIST's writers filled in American forms in the 1990s. Flagged and underlined 1s, crossed 7s, slashed 0s, closed 4s
and g-shaped 9s hardly occur there; a network that only saw MNIST misreads them. Here each style is written down
once, as strokes on a 10 x 10 grid, and drawn in as many ways as training needs.

A template is a text. "71" is the point x 7, y 1 (x right, y down); points are joined by a smooth curve; "!" after
a point makes it a corner; "/" lifts the pen. "10 80! 39 / 24 75" is a crossed 7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr.data import IMAGE_SIZE, Split
from ocr.ink import BOX, HALF_WIDTH, ink_segments

GRID = 9.0  # the largest coordinate of a template
POINTS = 20  # a stroke is a chain of so many points
CHUNK = 256  # drawings inked at a time: more do not fit a processor's cache

DIGITS: dict[int, tuple[str, ...]] = {
    0: (
        "50 31 14 17 39 59 77 74 61 40",
        "50 20 03 06 29 59 87 83 60 40",  # round
        "60 41 24 17 29 49 67 74 70 50 41",  # narrow and slanted
        "21 50 72 76 59 29 06 13 40 62",  # begun at the left, ends cross
        "50 31 14 17 39 59 77 74 61 40 / 62 27",  # slashed inside
        "50 31 14 17 39 59 77 74 61 40 / 80 09",  # slashed beyond
        "50 20 03 06 29 59 87 83 60 40 / 71 18",
        "50 31 14 17 39 59 77 74 61 40 / 22 67",  # slashed the other way
        "40 22 15 28 49 68 74 61 30 12 10",  # with a tail at the top
        "70 40 12 16 39 69 86 73 50 30 42",  # curled in at the top
    ),
    1: (
        "50 49",
        "60 29",
        "40 59",
        "33 50! 59",  # flagged
        "23 50! 49",
        "15 60! 59",  # with a long upstroke
        "14 33 60! 69",
        "32 40! 49 / 29 69",  # flagged and underlined
        "23 50! 59 / 19 99",
        "13 40! 49 / 09 79",
        "50 59 / 29 89",  # underlined only
        "31 50! 59! 29! 89",
        "23 32 50! 49! / 18 78",
        "25 60! 49",  # with a long upstroke, slanted
        "06 70! 59",
        "12 32 60! 49",
        "14 50! 39",
        "15 32 60! 39",
        "45 50! 49",  # the upstroke beside the stem
        "32 50! 59",  # with a short flag, nearly level
        "31 50! 49",
        "22 50! 49",
    ),
    2: (
        "12 30 60 73 56 19! 89",
        "22 40 70 73 46 09! 99",
        "13 20 50 63 45 19! 79",
        "12 30 60 73 46 28 09 07 27 59 98",  # looped
        "12 40 71 64 37 19 18 37 58 89",
        "22 50 72 55 18 07 26 48 89 98",
        "10 70! 19! 89",  # like a Z
        "11 50 72 18! 88",
        "23 12 30 70 74 37 09! 49 88",
        "13 11 40 71 64 28 19 48 99",
        "03 11 40 61 64 38 08 48 89 97",
    ),
    3: (
        "11 40 70 72 44! 75 78 49 08",
        "12 30 60 62 34! 65 77 49 18",
        "10 40 71 63 34 65 87 59 29 07",
        "11 40 71 63 34 45 24 54 76 59 09",  # looped in the middle
        "10 70! 44! 75 77 59 29 08",  # flat-topped
        "10 80! 34! 64 87 69 39 17",
        "12 30 60 73 44 54 75 77 49 19",
        "00 40 62 34! 66 48 19",
        "12 30 61 62 45! 66 68 39 18 27",
        "02 20 60 44 64 66 39 18",  # cramped at the top
        "03 20 50 43! 54 57 39 28",
        "11 60 54 74 76 49 29",
    ),
    4: (
        "10 15! 85 / 61 69",  # open
        "20 06! 86 / 52 59",
        "10 14 35 65 / 70 69",
        "20 14 35 64 70! 69",  # open, in one stroke
        "30 05! 75 / 54 49",
        "60 06! 86 / 60 69",  # closed
        "69 60! 06! 96",
        "50 06! 96 / 50 59",
        "40 05! 85 / 42 49",
        "59 50! 16! 76",
        "60 15 16! 86 / 61 58",
        "61 05! 95 / 70 59",
        "20 15! 65 / 70 69",
        "80 06! 76 / 63 49",
        "10 05! 65 80! 59",
        "40 17! 77 / 65 69",  # with a low bar and a short stem
        "30 17! 67 / 54 59",
        "50 27 57 65! 59",
        "40 15 64! / 61 39",  # cut short on the left
        "60 24! 63 / 71 49",
    ),
    5: (
        "70 20! 14! 44 76 58 29 08",
        "80 20! 13! 53 76 58 29 07",
        "20 14! 44 75 78 49 08 / 20 80",  # the bar apart
        "30 24! 53 75 68 39 18 / 30 81",
        "10 14! 43 75 68 39 09 / 21 71",
        "70 40 22 34 65 77 49 08",  # like an S
        "80 50 21 23 55 77 59 19",
        "70 10! 14! 74! 78! 08",  # square
        "81 30! 24! 34 65 58 09",
        "80 30! 15! 34 64 77 59 28 17",
        "20 24! 54 66 48 19 / 20 50 81",
        "30 33! 54 66 48 18 / 10 80",
    ),
    6: (
        "60 32 15 28 49 77 65 35 17",
        "60 33 16 28 59 77 65 26",
        "50 23 17 39 69 77 55 26",
        "72 50 23 17 39 69 77 65 36 17",
        "40 14 17 39 59 77 75 54 25 17",
        "80 43 16 18 49 78 76 55 27",
        "20 14 18 49 78 66 36 17",
        "40 23 16 18 39 58 56 36 18",  # with a small bowl
        "60 32 15 18 49 69 87 75 54 35 28",
    ),
    7: (
        "10 80! 39",
        "11 71! 54 39",
        "12 10! 80! 49",  # with a serif
        "12 20 51 80! 49",  # with a wavy bar
        "11 40 71 64 49",  # round
        "03 11 70! 55 49",
        "00 70! 59",
        "10 80! 39 / 24 75",  # crossed
        "11 71! 54 39 / 15 75",
        "12 10! 80! 49 / 34 84",
        "12 20 51 80! 49 / 25 76",
        "10 70! 29 / 15 64",
        "00 70! 59 / 34 94",
        "02 20 41 80! 55 49 / 35 74",
        "12 10 50 61 55 49 / 16 76",  # round, with a low cross
        "13 10 60 55 48 / 27 77",
        "22 20 50 61 54 39 / 16 67",
    ),
    8: (
        "60 30 12 34 65 77 49 17 35 64 72 50",
        "71 40 12 24 65 77 49 18 26 64 71",
        "50 22 44 72 50 / 45 17 49 77 45",  # two rings
        "40 12 34 62 40 / 44 16 29 69 76 44",
        "71 40 13 45 76 49 17 35 80",  # open at the top
        "80 40 22 45 77 49 18 36 71",
        "20 12 45 77 49 18 36 72 60 30",
        "44 22 40 62 44 17 39 69 77 44",
        "61 30 12 44 76 59 29 17 44 72",
        "10 54 77 49 28 45 80! 10",  # like an hourglass
        "70 30 22 45 66 58 39 28 36 63 80",
        "50 30 33 56 58 39 28 46 63 60 40",  # narrow
        "80 52 35 18 39 57 45 33 51 71",
    ),
    9: (
        "71 40 12 25 54 71! 69",
        "72 40 13 35 72! 79",
        "60 30 12 24 54 62! 49",
        "71 40 12 25 54 71! 77 49 18",  # g-shaped
        "61 30 12 25 54 61! 67 59 29 07",
        "70 40 13 34 64 70! 77 58 29 18",
        "62 40 12 34 62! 66 39 09",
        "73 44 13 30 61 73 66 39",  # one curve
        "63 45 14 21 50 72 75 58 19",
        "50 21 14 45 73 50 / 70 79",  # the stem apart
        "70! 30 13 34 73 / 70 69",
        "70 20! 14 54 71! 59",  # squarish
        "71 40 22 34 71! 58 39! 79",  # with a foot
        "72 40 13 35 72! 68 39",
        "60 40 31 42 61! 64 67 49 09",  # with a small head
        "50 30 31 42 51! 46 68 59 19",
        "60 30 22 42 61! 55 77 59 08",
        "80 40 23 43 80! 39",  # with a flat head
        "90 50 32 53 81! 19",
    ),
}


@dataclass(frozen=True)
class Hand:
    """How far a drawing strays from its template: standard deviations, each drawing with its own draw.

    Lengths are shares of the template's height.
    """

    jitter: float = 0.04  # of each point of the template
    stroke_shift: float = 0.035  # of each stroke as a whole
    stroke_size: float = 0.08  # of each stroke about its middle, as a share
    overshoot: float = 0.05  # share of a stroke that is drawn beyond its end, or is missing
    drift: float = 0.03  # slow wandering of the line
    aspect: float = 0.22  # natural logarithm of width / height
    slant: float = 0.22  # shift per unit of height
    turn: float = 0.1  # radians
    bow: float = 0.12  # sideways bend of the whole digit
    mouse: float = 0.3  # share of the drawings made with a trembling, sampling mouse (a probability)

    def scaled(self, factor: float) -> Hand:
        """A hand that strays `factor` times as far."""
        return Hand(**{each.name: factor * getattr(self, each.name) for each in fields(self)})


HAND = Hand()  # training exaggerates ...
CAREFUL = HAND.scaled(0.6)  # ... most people write more carefully


def draw_digits(count: int, seed: int, hand: Hand = HAND) -> Split:
    """`count` drawings, every digit and every style of it about as often; the same seed gives the same."""
    generator = torch.Generator().manual_seed(seed)
    images, labels = draw_templates(DIGITS, count, generator, hand)
    return Split(images, labels)


def draw_templates(
    templates: Mapping[int, Sequence[str]], count: int, generator: torch.Generator, hand: Hand = HAND
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """`count` drawings, uint8 (count, 28, 28), and the keys of their templates, int64 (count,), key after key.

    They are fitted, centred and inked as `ocr.ink.from_strokes` does, with pens of different width and softness.
    """
    images, labels = [], []
    for position, (label, styles) in enumerate(templates.items()):
        share = count * (position + 1) // len(templates) - count * position // len(templates)
        for number, style in enumerate(styles):
            drawings = share * (number + 1) // len(styles) - share * number // len(styles)
            for part in torch.arange(drawings).split(CHUNK):
                images.append(ink_chains(deform(style, len(part), generator, hand), generator))
                labels.append(np.full(len(part), label, np.int64))
    return np.concatenate(images), np.concatenate(labels)


def deform(template: str, count: int, generator: torch.Generator, hand: Hand = HAND) -> Tensor:
    """Chains of points (count, strokes, POINTS, 2) of a template, each drawn by another hand; about 1 high."""

    return write([(points.expand(count, -1, -1), basis) for points, basis in parse(template)], generator, hand)


def write(strokes: Sequence[tuple[Tensor, Tensor]], generator: torch.Generator, hand: Hand = HAND) -> Tensor:
    """Chains of points (N, strokes, POINTS, 2), each of N drawings by another hand.

    A stroke is its control points (N, P, 2) of about 0..1 and the matrix (POINTS, P) that `spline` gives for them.
    """
    count = len(strokes[0][0])

    def normal(*shape: int) -> Tensor:
        return torch.randn(count, *shape, generator=generator)

    lines = []
    for points, basis in strokes:
        middle = points.mean(1, keepdim=True)
        points = middle + (points - middle) * (1 + hand.stroke_size * normal(1, 2))
        points = points + hand.jitter * normal(basis.shape[1], 2) + hand.stroke_shift * normal(1, 2)
        lines.append(basis @ points)  # (N, POINTS, 2)
    chains = torch.stack(lines, 1)
    chains = _overshoot(chains, hand.overshoot * normal(len(lines), 2))
    chains = chains + hand.drift * _wander(normal(len(lines), 3, 2))
    x, y = (chains - 0.5).unbind(-1)
    x = x * torch.exp(hand.aspect * normal(1, 1)) + hand.bow * normal(1, 1) * (4 * y**2 - 0.5)
    x = x - hand.slant * normal(1, 1) * y
    turn = hand.turn * normal(1, 1)
    chains = torch.stack([torch.cos(turn) * x - torch.sin(turn) * y, torch.sin(turn) * x + torch.cos(turn) * y], -1)
    return _mouse(chains, hand.mouse, generator)


def ink_chains(chains: Tensor, generator: torch.Generator, pen: float = HALF_WIDTH) -> NDArray[np.uint8]:
    """Images, uint8 (N, 28, 28), of chains (N, strokes, points, 2) in any unit, fitted and centred.

    The pen's half width, in pixels, and its softness vary about `pen` and MNIST's.
    """
    chains = _place(chains)
    half_width = pen * torch.exp(0.25 * torch.randn(len(chains), generator=generator)).clamp(0.6, 1.7)
    edge = 0.8 + 1.0 * torch.rand(len(chains), generator=generator)
    starts, ends = chains[:, :, :-1].flatten(1, 2), chains[:, :, 1:].flatten(1, 2)
    return (ink_segments(starts, ends, half_width, edge) * 255).round().to(torch.uint8).numpy()


def _overshoot(chains: Tensor, ends: Tensor) -> Tensor:
    """Lengthens or cuts strokes (N, S, POINTS, 2) at both ends by shares (N, S, 2) of their length."""
    steps = torch.linspace(0, 1, POINTS)
    start, end = ends.clamp(-0.15, 0.15).unbind(-1)
    at = ((1 - steps) * -start[..., None] + steps * (1 + end[..., None])) * (POINTS - 1)
    before = at.floor().clamp(0, POINTS - 2)
    index = before.long()[..., None].expand(-1, -1, -1, 2)
    # Beyond the ends the weight leaves 0..1: the line goes straight on.
    return torch.lerp(chains.gather(2, index), chains.gather(2, index + 1), (at - before)[..., None])


def _wander(waves: Tensor) -> Tensor:
    """Slow displacements (N, S, POINTS, 2) along strokes from the weights (N, S, K, 2) of K cosine waves."""
    numbers = torch.arange(1, waves.shape[2] + 1)
    cosines = torch.cos(torch.pi * numbers * torch.linspace(0, 1, POINTS)[:, None]) / numbers  # (POINTS, K)
    return cosines @ waves


def _mouse(chains: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Makes a share of the drawings tremble and snap to a coarse grid of pixels, as a mouse's do."""
    count = len(chains)
    chosen = torch.rand(count, 1, 1, 1, generator=generator) < share
    pitch = 0.01 + 0.05 * torch.rand(count, 1, 1, 1, generator=generator)
    trembling = chains + 0.012 * torch.randn(chains.shape, generator=generator)
    return torch.where(chosen, (trembling / pitch).round() * pitch, chains)


def _place(chains: Tensor) -> Tensor:
    """Fits chains (N, S, POINTS, 2) into the 20 x 20 box and centres them by the mass of their line."""
    points = chains.flatten(1, 2)
    extent = (points.amax(1) - points.amin(1)).amax(1).clamp(min=1e-3)
    chains = chains * ((BOX - 2 * HALF_WIDTH) / extent).view(-1, 1, 1, 1)
    lengths = (chains[:, :, 1:] - chains[:, :, :-1]).norm(dim=-1, keepdim=True) + 1e-6
    middles = (chains[:, :, 1:] + chains[:, :, :-1]) / 2
    mass = (middles * lengths).sum((1, 2)) / lengths.sum((1, 2))
    return chains + (IMAGE_SIZE / 2 - mass)[:, None, None]


@cache
def parse(template: str) -> tuple[tuple[Tensor, Tensor], ...]:
    """Of each stroke: its control points (P, 2), 0..1, and the matrix (POINTS, P) that makes them a curve."""
    strokes = []
    for stroke in template.split("/"):
        tokens = stroke.split()
        points = torch.tensor([[int(token[0]), int(token[1])] for token in tokens]) / GRID
        corners = [0, *(i for i in range(1, len(tokens) - 1) if tokens[i].endswith("!")), len(tokens) - 1]
        strokes.append((points, spline(corners)))
    return tuple(strokes)


def spline(corners: list[int]) -> Tensor:
    """(POINTS, P): weights of the P = corners[-1] + 1 control points in each point of a Catmull-Rom spline.

    It passes through every control point, smoothly except at the corners.
    """
    count = corners[-1] + 1
    if count == 1:
        return torch.ones(POINTS, 1)  # a dot
    eye = torch.eye(count)
    rows = []
    for position in torch.linspace(0, count - 1, POINTS).tolist():
        i = min(int(position), count - 2)
        t = position - i
        b, c = eye[i], eye[i + 1]
        # At a corner or an end the curve leaves as if its last piece went straight on.
        a = 2 * b - c if i in corners else eye[i - 1]
        d = 2 * c - b if i + 1 in corners else eye[i + 2]
        rows.append(b + t * ((c - a) + t * ((2 * a - 5 * b + 4 * c - d) + t * (3 * (b - c) + d - a))) / 2)
    return torch.stack(rows)
