"""Random distortions of whole batches: what other hands and other pens would have done to the same digits."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ocr.training.batches import Part
from ocr.training.recipe import Augmentation

ELASTIC_GRID = 6  # points a side; fewer bend whole strokes, more make them tremble


def augment(images: Tensor, sizes: Augmentation, generator: torch.Generator, part: Part | None = None) -> Tensor:
    """Distort images, each by its own random amounts: one affine change, an elastic one, and another thickness.

    Affine changes are as usual; elastic ones after Simard, Steinkraus and Platt 2003, here on a coarse grid.

    Args:
        images: float (N, 1, H, W) of 0..1, square.
        sizes: The largest amounts.
        generator: On the CPU; the same state gives the same distortions.
        part: Which rows of a batch the images are, if not all: they are distorted as they would be in the whole batch.

    Returns:
        The same shape, range and device.
    """
    count, _, height, _ = images.shape
    part = part or Part(0, count, count)

    def uniform(*shape: int) -> Tensor:  # of -1..1, (N, *shape)
        return part.of(torch.rand(part.total, *shape, generator=generator)) * 2 - 1

    angle = uniform() * math.radians(sizes.rotation)
    scale = 1 + uniform() * sizes.scale
    stretch = 1 + uniform() * sizes.scale / 2
    shear = uniform() * sizes.shear
    shift = uniform(2) * sizes.shift * 2 / height  # grid_sample's coordinates run from -1 to 1
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [cos * scale, (shear * cos - sin) * scale * stretch, sin * scale, (shear * sin + cos) * scale * stretch]
    affine = torch.cat([torch.stack(rows, 1).view(count, 2, 2), shift[:, :, None]], 2)  # (N, 2, 3)
    grid = F.affine_grid(affine, list(images.shape), align_corners=False)  # (N, H, W, 2)
    if sizes.elastic:
        coarse = uniform(2, ELASTIC_GRID, ELASTIC_GRID) * sizes.elastic * 2 / height
        grid = grid + _smooth(coarse, height)
    thickness = (uniform() * sizes.thickness).view(-1, 1, 1, 1).to(images.device)
    images = F.grid_sample(images, grid.to(images.device), align_corners=False)
    if not sizes.thickness:
        return images
    sign = thickness.sign()  # the thinnest of an image is the widest of its negative
    return images.lerp(sign * _widest(sign * images), thickness.abs())


def _smooth(coarse: Tensor, size: int) -> Tensor:
    """Interpolate values (N, 2, k, k) bicubically to (N, size, size, 2), by two small matrix products."""
    points = coarse.shape[-1]
    weights = F.interpolate(torch.eye(points)[None, None], (size, points), mode="bicubic", align_corners=False)[0, 0]
    return torch.einsum("rk,nckl,sl->nrsc", weights, coarse, weights)


def _widest(images: Tensor) -> Tensor:
    """Keep the largest of each pixel (N, 1, H, W) and its eight neighbours; max_pool2d is slow on one channel."""
    rows = F.pad(images, (0, 0, 1, 1), value=-torch.inf)
    rows = torch.maximum(torch.maximum(rows[:, :, :-2], rows[:, :, 2:]), images)
    columns = F.pad(rows, (1, 1), value=-torch.inf)
    return torch.maximum(torch.maximum(columns[..., :-2], columns[..., 2:]), rows)
