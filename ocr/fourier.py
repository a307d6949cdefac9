"""Convolution by Fourier transform: fewer multiplications, for processors that have nothing faster than AVX2.

A 5 x 5 filter costs 25 multiplications for each pixel and pair of channels; in the frequencies of 16 x 16 squares it
costs 3 (Mathieu, Henaff and LeCun 2014, "Fast Training of Convolutional Networks through FFTs"). The maps are so small
that the transforms are matrix products with tables of cosines. Maps lie in memory with their pixels first and their
images last, (H, W, C, N), so that every step is one product of large matrices.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from ocr.device import is_bound_by_arithmetic

LEAST_IMAGES, LEAST_CHANNELS, LEAST_FILTER_SIZE = 16, 8, 4  # below, tables and transforms cost more than they spare


class Tables:
    """What transforms maps (size, size, ...) to frequencies, and filters of `filter_size` with them.

    Real maps have half as many complex frequencies as pixels: (half, period), by row and column, each a cosine and a
    sine part. Four of them are real; two such share the place of a complex one: those of columns 0 and `half` the
    first of a row's, and the rows 0 and `half`, half as long as the others, the first row.
    """

    def __init__(self, size: int, filter_size: int) -> None:
        # Filters reach over the edges into zeros, which here may be those of the opposite edge.
        self.size = size
        self.half = half = -(-(size + filter_size // 2) // 2)
        self.period = period = 2 * half
        once, twice = torch.ones(1, 1), torch.full((half - 1, 1), 2.0)  # a complex frequency stands for its mirror too
        positions, rows, columns = torch.arange(size), torch.arange(half), torch.arange(period)

        cos, sin = self._waves(rows, positions)
        sin[0] = -self._waves(torch.tensor([half]), positions)[0]
        real = torch.stack([cos, -sin], 1)  # (half, 2, size)
        real_back = real * torch.cat([once, twice])[..., None] / period
        cos, sin = self._waves(columns, positions)
        complete = torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], 1).view(2 * period, -1)

        real, real_back = real.view(period, size), real_back.view(period, size)
        self.by_row, self.from_row = real.float(), real_back.T.contiguous().float()
        first, first_back = torch.block_diag(real, real), torch.block_diag(real_back, real_back)
        self.by_column = torch.stack([first, *[complete] * (half - 1)]).float()
        self.from_column = torch.stack([first_back, *[complete / period] * (half - 1)]).mT.contiguous().float()

        # Filters' conjugate frequencies as matrices of cosine and sine parts; their centre lies at 0.
        offsets = torch.arange(filter_size) - (filter_size - 1) // 2
        row, column = rows[:, None].repeat(1, period), columns.repeat(half, 1)
        row[0, half:] = half
        column[0, half:] -= half
        angles = row[..., None, None] * offsets[:, None] + column[..., None, None] * offsets
        cos, sin = (wave(2 * math.pi / period * angles.double()) for wave in (torch.cos, torch.sin))
        turned = torch.stack([torch.stack([cos, -sin], 2), torch.stack([sin, cos], 2)], 2)
        weights = torch.full((half, period), 2 / period**2, dtype=torch.float64)
        for shared in (0, half):
            turned[0, shared, 0, 1] = turned[0, shared, 1, 0] = 0
            turned[0, shared, 1, 1] *= (-1.0) ** offsets
            weights[0, shared] = 1 / period**2
        self.by_filter = turned.reshape(-1, filter_size**2).float()
        turned *= weights[..., None, None, None, None]
        self.from_filter = turned.reshape(-1, filter_size**2).T.contiguous().float()

    def _waves(self, frequencies: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        angles = 2 * math.pi / self.period * frequencies.double()[:, None] * positions
        return angles.cos(), angles.sin()

    def transform(self, maps: Tensor) -> Tensor:
        """Maps (size, size, C, N) to frequencies (half * period, 2 * C, N)."""
        channels, images = maps.shape[2:]
        rows = torch.mm(self.by_row, maps.reshape(self.size, -1)).view(self.half, 2 * self.size, -1)
        return torch.matmul(self.by_column, rows).view(-1, 2 * channels, images)

    def back(self, frequencies: Tensor) -> Tensor:
        """Frequencies (half * period, 2 * C, N) to maps (size, size, C, N)."""
        channels, images = frequencies.shape[1] // 2, frequencies.shape[2]
        columns = torch.matmul(self.from_column, frequencies.view(self.half, 2 * self.period, -1))
        maps = torch.mm(self.from_row, columns.view(self.period, -1))
        return maps.view(self.size, self.size, channels, images)

    def transform_filters(self, filters: Tensor) -> Tensor:
        """Filters (O, C, filter_size, filter_size) to matrices (half * period, 2 * O, 2 * C)."""
        outputs, channels = filters.shape[:2]
        turned = torch.mm(self.by_filter, filters.permute(2, 3, 0, 1).reshape(self.by_filter.shape[1], -1))
        turned = turned.view(-1, 2, 2, outputs, channels).transpose(2, 3)
        return turned.reshape(-1, 2 * outputs, 2 * channels)

    def filters_gradient(self, gradient: Tensor, filters: Tensor) -> Tensor:
        """That of filters, given that of their matrices."""
        outputs, channels, height, width = filters.shape
        turned = gradient.view(-1, 2, outputs, 2, channels).transpose(2, 3)
        found = torch.mm(self.from_filter, turned.reshape(-1, outputs * channels))
        return found.view(height, width, outputs, channels).permute(2, 3, 0, 1)


tables = lru_cache(Tables)


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, filters: Tensor, bias: Tensor) -> Tensor:
        known = tables(len(maps), filters.shape[2])
        frequencies, matrices = known.transform(maps), known.transform_filters(filters)
        ctx.save_for_backward(frequencies, matrices, filters)
        ctx.tables = known
        found = torch.bmm(matrices, frequencies)
        found[0, : len(bias)] += bias[:, None] * known.period**2  # frequency 0 is the sum
        return known.back(found)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        frequencies, matrices, filters = ctx.saved_tensors
        known = ctx.tables
        gradient = known.transform(gradient)
        maps = known.back(torch.bmm(matrices.mT, gradient)) if ctx.needs_input_grad[0] else None
        filters = known.filters_gradient(torch.bmm(gradient, frequencies.mT), filters)
        return maps, filters, gradient[0, : len(gradient[0]) // 2].sum(1)


def convolve(maps: Tensor, conv: nn.Conv2d) -> Tensor:
    """`conv` of square maps (H, H, C, N), float32, with square filters, SAME padding and a bias: (H, H, O, N)."""
    return _Convolution.apply(maps, conv.weight, conv.bias)


def pays(images: Tensor, conv: nn.Conv2d) -> bool:
    """Whether to train `conv` on `images` (N, C, H, W) in this way. What is measured is in assets/RECIPES.md."""
    return (
        torch.is_grad_enabled()
        and conv.weight.requires_grad
        and images.dtype == torch.float32
        and is_bound_by_arithmetic(images.device)
        and len(images) >= LEAST_IMAGES
        and min(conv.in_channels, conv.out_channels) >= LEAST_CHANNELS
        and min(conv.kernel_size) >= LEAST_FILTER_SIZE
    )
