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
    """Distorts float images (N, 1, H, W) of 0..1 on their device; returns the same shape and range.

    `generator` is a CPU generator; the same state gives the same distortions. Images that are `part` of a batch, with
    their first row in it and its size, are distorted as they would be in it.
    """
    count, _, height, _ = images.shape
    first, total = part or (0, count)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(total, *shape, generator=generator)[first : first + count] * 2 - 1

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
    """Bicubic interpolation of (N, 2, k, k) values to (N, size, size, 2), as two small matrix products."""
    points = coarse.shape[-1]
    weights = F.interpolate(torch.eye(points)[None, None], (size, points), mode="bicubic", align_corners=False)[0, 0]
    return torch.einsum("rk,nckl,sl->nrsc", weights, coarse, weights)


def _widest(images: Tensor) -> Tensor:
    """The largest of each pixel (N, 1, H, W) and its eight neighbours; max_pool2d is slow on a single channel."""
    rows = F.pad(images, (0, 0, 1, 1), value=-torch.inf)
    rows = torch.maximum(torch.maximum(rows[:, :, :-2], rows[:, :, 2:]), images)
    columns = F.pad(rows, (1, 1), value=-torch.inf)
    return torch.maximum(torch.maximum(columns[..., :-2], columns[..., 2:]), rows)
