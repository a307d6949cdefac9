"""Pooling and ReLU in either order, and what becomes of a digit that is shifted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ocr.network.cnn import POOL
from ocr.network.models import Model, compute_logits

Array = NDArray[np.float32]


def pool(maps: NDArray) -> Array:
    """Keep the largest of every 2 x 2 values.

    Args:
        maps: (C, H, W).

    Returns:
        float32 (C, ceil(H / 2), ceil(W / 2)).
    """
    values = torch.from_numpy(np.ascontiguousarray(maps, np.float32))
    return F.max_pool2d(values[None], POOL, ceil_mode=True)[0].numpy()


def relu(values: NDArray) -> Array:
    """Set what is negative to 0."""
    return np.maximum(values, 0).astype(np.float32)


def negative_pool(convolved: NDArray) -> Array | None:
    """Find a pool whose four values are all negative: the one with the lowest.

    Args:
        convolved: (H, W), with even sides.

    Returns:
        float32 (2, 2), or None if there is no such pool.
    """
    height, width = convolved.shape
    pools = convolved.reshape(height // POOL, POOL, width // POOL, POOL).swapaxes(1, 2).reshape(-1, POOL, POOL)
    negative = pools[(pools < 0).all((1, 2))]
    return negative[negative.min((1, 2)).argmin()].astype(np.float32) if len(negative) else None


def shift(image: NDArray, right: int, down: int) -> Array:
    """Move an image by whole pixels; what comes in is blank.

    Args:
        image: (H, W).
        right: How many pixels; below 0 to the left.
        down: How many; below 0 up.

    Returns:
        float32 (H, W).
    """
    margin = max(abs(right), abs(down))
    padded = np.pad(image, margin)
    height, width = image.shape
    top, left = margin - down, margin - right
    return padded[top : top + height, left : left + width].astype(np.float32)


def changed_share(before: NDArray, after: NDArray) -> float:
    """Measure how much values of 0 or more changed: the sum of all changes, as a share of all values before and after.

    Args:
        before: Values of any shape, at least 0.
        after: The same shape.

    Returns:
        0..1: 0 if nothing changed, 1 if there is nothing in common.
    """
    total = float(np.abs(before).sum() + np.abs(after).sum())
    return float(np.abs(after - before).sum()) / total if total else 0.0


def accuracy_when_shifted(model: Model, images: NDArray, labels: NDArray, shifts: Sequence[int]) -> list[float]:
    """Measure how many images are still read right when all are shifted to the right.

    Args:
        model: The network.
        images: (N, 28, 28) of 0..1.
        labels: (N,), 0..9.
        shifts: How many pixels, each in turn.

    Returns:
        The share of each, 0..1.
    """

    def share(pixels: int) -> float:
        moved = np.stack([shift(image, pixels, 0) for image in images])
        read = compute_logits(model, torch.from_numpy(moved)[:, None]).argmax(1).numpy()
        return float((read == labels).mean())

    return [share(pixels) for pixels in shifts]
