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

from ocr.network.cnn import POOL, pool_relu
from ocr.network.device import is_bound_by_arithmetic

LEAST_IMAGES, LEAST_CHANNELS, LEAST_FILTER_SIZE = 16, 8, 4  # below, tables and transforms cost more than they spare


class Tables:
    """The tables that turn maps of one size, and filters of one size, into frequencies and back.

    The frequencies of real numbers come in pairs of which one says all, so that half of them are kept: (half, period),
    by row and column, each as a cosine and a sine part. Rows from 1 on are complete. Row 0 shares its place with row
    `half`: of both, half the columns say all, so that the first `half` places are row 0's and the others row `half`'s.
    In these two rows, column 0 shares its place with column `half`: neither has a sine part, so the cosine part of
    the one stands first, and that of the other where the sine part would be.

    Attributes:
        size: Side length of the maps.
        period: Side length of the squares that are transformed, at least `size` and half a filter.
        half: Half of `period`.
    """

    def __init__(self, size: int, filter_size: int) -> None:
        """Make the tables.

        Args:
            size: Side length of the maps.
            filter_size: Side length of the filters.
        """
        # Filters reach over the edges into zeros, which here may be those of the opposite edge.
        self.size = size
        self.half = half = -(-(size + filter_size // 2) // 2)
        self.period = period = 2 * half

        waves = self._waves(torch.arange(size))
        real = torch.stack([waves[:half].real, waves[:half].imag], 1)
        real[0, 1] = waves[half].real
        real_back = real * 2 / period  # each kept frequency stands for its mirror too, ...
        real_back[0] /= 2  # ... which these two are themselves
        real, real_back = real.view(period, size), real_back.view(period, size)
        complete = _rotations(waves).permute(0, 2, 3, 1).reshape(2 * period, 2 * size)
        first, first_back = torch.block_diag(real, real), torch.block_diag(real_back, real_back)
        self.by_row, self.from_row = real.float(), real_back.T.contiguous().float()
        self.by_column = torch.stack([first, *[complete] * (half - 1)]).float()
        self.from_column = torch.stack([first_back, *[complete / period] * (half - 1)]).mT.contiguous().float()

        row, column = torch.arange(half)[:, None].repeat(1, period), torch.arange(period).repeat(half, 1)
        row[0, half:] = half
        column[0, half:] -= half
        offsets = torch.arange(filter_size) - (filter_size - 1) // 2  # the filter's centre lies at 0
        waves = self._waves(offsets).conj()
        filters = _rotations(waves[row][..., None] * waves[column][..., None, :]).permute(0, 1, 4, 5, 2, 3).contiguous()
        weights = torch.full((half, period), 2 / period**2)
        for shared in (0, half):
            filters[0, shared, 0, 1] = filters[0, shared, 1, 0] = 0
            filters[0, shared, 1, 1] *= (-1.0) ** offsets
            weights[0, shared] /= 2
        self.by_filter = filters.reshape(-1, filter_size**2).float()
        self.from_filter = (filters * weights[..., None, None, None, None]).reshape(-1, filter_size**2).T.float()

    def _waves(self, positions: Tensor) -> Tensor:
        """Compute each frequency at each position, as complex numbers (period, ...)."""
        angles = -2 * math.pi / self.period * torch.arange(self.period)[:, None].double() * positions
        return torch.polar(torch.ones_like(angles), angles)

    def transform(self, maps: Tensor) -> Tensor:
        """Transform maps, float32 (size, size, C, N), into frequencies, (half * period, 2 * C, N)."""
        channels, images = maps.shape[2:]
        rows = torch.mm(self.by_row, maps.reshape(self.size, -1)).view(self.half, 2 * self.size, -1)
        return torch.matmul(self.by_column, rows).view(-1, 2 * channels, images)

    def back(self, frequencies: Tensor) -> Tensor:
        """Transform frequencies, float32 (half * period, 2 * C, N), back into maps, (size, size, C, N)."""
        channels, images = frequencies.shape[1] // 2, frequencies.shape[2]
        columns = torch.matmul(self.from_column, frequencies.view(self.half, 2 * self.period, -1))
        maps = torch.mm(self.from_row, columns.view(self.period, -1))
        return maps.view(self.size, self.size, channels, images)

    def transform_filters(self, filters: Tensor) -> Tensor:
        """Transform filters, float32 (O, C, filter_size, filter_size), into matrices, (half * period, 2 * O, 2 * C).

        Multiplied by its matrix, each frequency of maps becomes that of the convolved maps.
        """
        outputs, channels = filters.shape[:2]
        turned = torch.mm(self.by_filter, filters.permute(2, 3, 0, 1).reshape(self.by_filter.shape[1], -1))
        turned = turned.view(-1, 2, 2, outputs, channels).transpose(2, 3)
        return turned.reshape(-1, 2 * outputs, 2 * channels)

    def filters_gradient(self, gradient: Tensor, filters: Tensor) -> Tensor:
        """Compute the gradient of filters, (O, C, filter_size, filter_size), given that of their matrices."""
        outputs, channels, height, width = filters.shape
        turned = gradient.view(-1, 2, outputs, 2, channels).transpose(2, 3)
        filters_gradient = torch.mm(self.from_filter, turned.reshape(-1, outputs * channels))
        return filters_gradient.view(height, width, outputs, channels).permute(2, 3, 0, 1)


def _rotations(numbers: Tensor) -> Tensor:
    """Turn complex numbers (...) into matrices (..., 2, 2) that multiply a cosine and a sine part by them."""
    rows = (torch.stack([numbers.real, -numbers.imag], -1), torch.stack([numbers.imag, numbers.real], -1))
    return torch.stack(rows, -2)


tables_for = lru_cache(Tables)


def forward(maps: Tensor, filters: Tensor, bias: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
    """Convolve maps.

    Args:
        maps: float32 (H, H, C, N).
        filters: float32 (O, C, k, k).
        bias: float32 (O,).

    Returns:
        float32 (H, H, O, N), the convolved maps; and what `backward` needs.
    """
    tables = tables_for(len(maps), filters.shape[2])
    frequencies, matrices = tables.transform(maps), tables.transform_filters(filters)
    convolved = torch.bmm(matrices, frequencies)
    convolved[0, : len(bias)] += bias[:, None] * tables.period**2  # frequency 0 is the sum
    return tables.back(convolved), (frequencies, matrices, filters)


def backward(
    gradient: Tensor, saved: tuple[Tensor, Tensor, Tensor], needs_maps: bool
) -> tuple[Tensor | None, Tensor, Tensor]:
    """Compute the gradients of a convolution.

    Args:
        gradient: float32 (H, H, O, N), that of the convolved maps.
        saved: What `forward` gave beside these.
        needs_maps: Whether the gradient of the maps is needed.

    Returns:
        The gradients of the maps, (H, H, C, N) or None; of the filters, (O, C, k, k); and of the bias, (O,).
    """
    frequencies, matrices, filters = saved
    tables = tables_for(len(gradient), filters.shape[2])
    gradient = tables.transform(gradient)
    maps = tables.back(torch.bmm(matrices.mT, gradient)) if needs_maps else None
    filters = tables.filters_gradient(torch.bmm(gradient, frequencies.mT), filters)
    return maps, filters, gradient[0, : len(gradient[0]) // 2].sum(1)


class _Convolution(torch.autograd.Function):
    """The same for autograd."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, filters: Tensor, bias: Tensor) -> Tensor:
        """Convolve maps, and keep what the gradients need."""
        convolved, saved = forward(maps, filters, bias)
        ctx.save_for_backward(*saved)
        return convolved

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        """Compute the gradients of maps, filters and bias."""
        return backward(gradient, ctx.saved_tensors, ctx.needs_input_grad[0])


def convolve(maps: Tensor, conv: nn.Conv2d) -> Tensor:
    """Apply a convolution to square maps.

    Args:
        maps: float32 (H, H, C, N).
        conv: Its filters and biases: square filters, SAME padding, stride 1.

    Returns:
        float32 (H, H, O, N).
    """
    return _Convolution.apply(maps, conv.weight, conv.bias)


def pays(images: Tensor, conv: nn.Conv2d) -> bool:
    """Tell whether a layer is trained faster in this way; the limits were measured, see assets/RECIPES.md.

    Args:
        images: float (N, C, H, W), what goes into the layer, or other images of the same number, dtype and device.
        conv: Its filters and biases.

    Returns:
        False also where no gradients are needed: reading goes another way.
    """
    return (
        torch.is_grad_enabled()
        and conv.weight.requires_grad
        and images.dtype == torch.float32
        and is_bound_by_arithmetic(images.device)
        and images.shape[0] >= LEAST_IMAGES
        and min(conv.in_channels, conv.out_channels) >= LEAST_CHANNELS
        and min(conv.kernel_size) >= LEAST_FILTER_SIZE
    )


def conv_pool_relu(maps: Tensor, conv: nn.Conv2d) -> Tensor:
    """Apply a convolutional layer as `ocr.network.cnn.conv_pool_relu` does, by Fourier transform where that pays.

    Args:
        maps: float (N, C, H, W), what goes into the layer.
        conv: Its filters and biases.

    Returns:
        float (N, filters, ceil(H / 2), ceil(W / 2)), values >= 0.
    """
    if not pays(maps, conv):
        return pool_relu(conv(maps))
    convolved = convolve(maps.permute(2, 3, 1, 0), conv)
    pooled = pool_relu(as_batch(convolved, batch_of_rows(convolved)))
    return as_pixels(pooled, conv.out_channels).permute(3, 2, 0, 1)


def batch_of_rows(maps: Tensor) -> int:
    """Count the parts of maps that can be pooled apart: torch shares out the images of a batch among cores, no more.

    Args:
        maps: float (H, W, C, N).

    Returns:
        How many: one for each pair of rows; 1 where H is odd.
    """
    return len(maps) // POOL if len(maps) % POOL == 0 else 1


def as_batch(maps: Tensor, batch: int) -> Tensor:
    """Turn maps (H, W, C, N) into (batch, C * N, H / batch, W) in channels_last layout.

    Args:
        maps: float (H, W, C, N).
        batch: What `batch_of_rows` gave.

    Returns:
        The maps, as pooling takes them.
    """
    return maps.reshape(batch, len(maps) // batch, maps.shape[1], -1).permute(0, 3, 1, 2)


def as_pixels(maps: Tensor, channels: int) -> Tensor:
    """Turn pooled maps (batch, C * N, H / batch, W) back into (H, W, C, N).

    Args:
        maps: float, pooled from what `as_batch` gave.
        channels: C.

    Returns:
        The maps.
    """
    return maps.permute(0, 2, 3, 1).reshape(-1, maps.shape[3], channels, maps.shape[1] // channels)
