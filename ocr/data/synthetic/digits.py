"""Digits that nobody wrote: templates of how the world writes digits, deformed as hands do, and inked.

MNIST's writers filled in American forms in the 1990s. Flagged and underlined 1s, crossed 7s, slashed 0s, closed 4s
and g-shaped 9s hardly occur there; a network that only saw MNIST misreads them. Each style stands once in
`ocr.data.synthetic.digit_templates`; here it is drawn in as many ways as training needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr.data.split import Split
from ocr.data.synthetic.digit_templates import DIGITS
from ocr.ink.strokes import BOX, HALF_WIDTH, IMAGE_SIZE, ink_segments

GRID = 9.0  # the largest coordinate of a template
POINTS = 20  # a stroke is a chain of so many points
STRETCH = 2.0  # stretched further, a 1 without a flag would lie on its side
CHUNK = 256  # drawings inked at a time: more do not fit a processor's cache


@dataclass(frozen=True)
class Hand:
    """How far a drawing strays from its template.

    Numbers are standard deviations, each drawing with its own draw; lengths are shares of the template's height.
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
    filled: float = 0.15  # share of the drawings that are stretched to be as wide as high, as some forms' scans are
    mouse: float = 0.3  # share of the drawings made with a trembling, sampling mouse (a probability)

    def scaled(self, factor: float) -> Hand:
        """Give a hand that strays `factor` times as far."""
        return Hand(**{field.name: factor * getattr(self, field.name) for field in fields(self)})


HAND = Hand()  # training exaggerates ...
CAREFUL = HAND.scaled(0.6)  # ... most people write more carefully


def draw_digits(count: int, seed: int, hand: Hand = HAND, tell: Callable[[float], None] = lambda share: None) -> Split:
    """Draw digits, every digit and every style of it about as often.

    Args:
        count: How many.
        seed: The same gives the same drawings.
        hand: How far they stray from their templates.
        tell: Is told the share that is drawn, 0..1, now and then.

    Returns:
        uint8 (count, 28, 28) images and their labels.
    """
    generator = torch.Generator().manual_seed(seed)
    images, labels = draw_templates(DIGITS, count, generator, hand, tell)
    return Split(images, labels)


def draw_templates(
    templates: Mapping[int, Sequence[str]],
    count: int,
    generator: torch.Generator,
    hand: Hand = HAND,
    tell: Callable[[float], None] = lambda share: None,
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw templates; fitted, centred and inked as `ocr.ink.strokes` does, with pens of different width and softness.

    Args:
        templates: The styles of each label.
        count: How many drawings in all.
        generator: Where chance comes from.
        hand: How far they stray from their templates.
        tell: Is told the share that is drawn, 0..1, after each label.

    Returns:
        uint8 (count, 28, 28) images, and int64 (count,), their labels, one label after the other.
    """
    images, labels = [], []
    for position, (label, styles) in enumerate(templates.items()):
        share = count * (position + 1) // len(templates) - count * position // len(templates)
        for number, style in enumerate(styles):
            drawings = share * (number + 1) // len(styles) - share * number // len(styles)
            for part in torch.arange(drawings).split(CHUNK):
                images.append(ink_chains(deform(style, len(part), generator, hand), generator))
                labels.append(np.full(len(part), label, np.int64))
        tell((position + 1) / len(templates))
    return np.concatenate(images), np.concatenate(labels)


def deform(template: str, count: int, generator: torch.Generator, hand: Hand = HAND) -> Tensor:
    """Draw the lines of a template, each time by another hand.

    Args:
        template: A text of strokes, see `ocr.data.synthetic.digit_templates`.
        count: How many drawings.
        generator: Where chance comes from.
        hand: How far they stray from the template.

    Returns:
        float32 (count, strokes, POINTS, 2), chains of points x and y, about 1 high.
    """
    return write([(points.expand(count, -1, -1), basis) for points, basis in parse(template)], generator, hand)


def write(strokes: Sequence[tuple[Tensor, Tensor]], generator: torch.Generator, hand: Hand = HAND) -> Tensor:
    """Draw the lines of strokes, each of N drawings by another hand.

    Args:
        strokes: Of each stroke its control points (N, P, 2) of about 0..1, and the matrix (POINTS, P) that `spline`
            gives.
        generator: Where chance comes from.
        hand: How far they stray.

    Returns:
        float32 (N, strokes, POINTS, 2), chains of points x and y.
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
    return _mouse(_fill(chains, hand.filled, generator), hand.mouse, generator)


def ink_chains(chains: Tensor, generator: torch.Generator, pen: float = HALF_WIDTH) -> NDArray[np.uint8]:
    """Ink chains of points, fitted and centred, each drawing with a pen of its own.

    Args:
        chains: float32 (N, strokes, points, 2), in any unit.
        generator: Where chance comes from.
        pen: The half width, in pixels, about which the pens vary.

    Returns:
        uint8 (N, 28, 28).
    """
    chains = _place(chains)
    half_width = pen * torch.exp(0.25 * torch.randn(len(chains), generator=generator)).clamp(0.6, 1.7)
    edge = 0.8 + 1.0 * torch.rand(len(chains), generator=generator)
    starts, ends = chains[:, :, :-1].flatten(1, 2), chains[:, :, 1:].flatten(1, 2)
    return (ink_segments(starts, ends, half_width, edge) * 255).round().to(torch.uint8).numpy()


def _overshoot(chains: Tensor, ends: Tensor) -> Tensor:
    """Lengthen or cut strokes (N, S, POINTS, 2) at both ends by shares (N, S, 2) of their length."""
    steps = torch.linspace(0, 1, POINTS)
    start, end = ends.clamp(-0.15, 0.15).unbind(-1)
    at = ((1 - steps) * -start[..., None] + steps * (1 + end[..., None])) * (POINTS - 1)
    before = at.floor().clamp(0, POINTS - 2)
    index = before.long()[..., None].expand(-1, -1, -1, 2)
    # Beyond the ends the weight leaves 0..1: the line goes straight on.
    return torch.lerp(chains.gather(2, index), chains.gather(2, index + 1), (at - before)[..., None])


def _wander(waves: Tensor) -> Tensor:
    """Make slow displacements (N, S, POINTS, 2) along strokes of the weights (N, S, K, 2) of K cosine waves."""
    numbers = torch.arange(1, waves.shape[2] + 1)
    cosines = torch.cos(torch.pi * numbers * torch.linspace(0, 1, POINTS)[:, None]) / numbers  # (POINTS, K)
    return cosines @ waves


def _fill(chains: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Stretch a share of the drawings (N, S, POINTS, 2) to be as wide as high, but at most to `STRETCH` times."""
    chosen = torch.rand(len(chains), generator=generator) < share
    points = chains.flatten(1, 2)
    width, height = (points.amax(1) - points.amin(1)).clamp(min=1e-3).unbind(-1)
    stretch = torch.where(chosen, (height / width).clamp(1 / STRETCH, STRETCH), 1.0)
    return torch.stack([chains[..., 0] * stretch[:, None, None], chains[..., 1]], -1)


def _mouse(chains: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Make a share of the drawings tremble and snap to a coarse grid of pixels, as a mouse's do."""
    count = len(chains)
    chosen = torch.rand(count, 1, 1, 1, generator=generator) < share
    pitch = 0.01 + 0.05 * torch.rand(count, 1, 1, 1, generator=generator)
    trembling = chains + 0.012 * torch.randn(chains.shape, generator=generator)
    return torch.where(chosen, (trembling / pitch).round() * pitch, chains)


def _place(chains: Tensor) -> Tensor:
    """Fit chains (N, S, POINTS, 2) into the 20 x 20 box and centre them by the mass of their line."""
    points = chains.flatten(1, 2)
    extent = (points.amax(1) - points.amin(1)).amax(1).clamp(min=1e-3)
    chains = chains * ((BOX - 2 * HALF_WIDTH) / extent).view(-1, 1, 1, 1)
    lengths = (chains[:, :, 1:] - chains[:, :, :-1]).norm(dim=-1, keepdim=True) + 1e-6
    middles = (chains[:, :, 1:] + chains[:, :, :-1]) / 2
    mass = (middles * lengths).sum((1, 2)) / lengths.sum((1, 2))
    return chains + (IMAGE_SIZE / 2 - mass)[:, None, None]


@cache
def parse(template: str) -> tuple[tuple[Tensor, Tensor], ...]:
    """Read a template.

    Args:
        template: A text of strokes, see `ocr.data.synthetic.digit_templates`.

    Returns:
        Of each stroke: its control points (P, 2), 0..1, and the matrix (POINTS, P) that makes them a curve.
    """
    strokes = []
    for stroke in template.split("/"):
        tokens = stroke.split()
        points = torch.tensor([[int(token[0]), int(token[1])] for token in tokens]) / GRID
        corners = [0, *(i for i in range(1, len(tokens) - 1) if tokens[i].endswith("!")), len(tokens) - 1]
        strokes.append((points, spline(corners)))
    return tuple(strokes)


def spline(corners: list[int]) -> Tensor:
    """Compute a Catmull-Rom spline, which passes through every control point, smoothly except at the corners.

    Args:
        corners: The numbers of the control points that are corners, the first and the last of all P among them.

    Returns:
        float32 (POINTS, P), the weight of each control point in each point of the curve.
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
