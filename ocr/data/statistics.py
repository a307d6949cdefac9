"""What images are like: how many of each digit, their mean and spread, and which stand out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.data.split import CLASS_NAMES, Split

Array = NDArray[np.float32]

COMPONENTS = 30  # directions in which a class usually varies; what they do not explain of an image is strange


@dataclass(frozen=True)
class ClassStatistics:
    """Figures of the images of each class.

    Attributes:
        count: int64 (10,), how many there are.
        mean: float32 (10, 28, 28) of 0..1, their mean.
        spread: float32 (10, 28, 28), the standard deviation of each pixel.
    """

    count: NDArray[np.int64]
    mean: Array
    spread: Array


def class_statistics(split: Split) -> ClassStatistics:
    """Compute count, mean and spread of each class.

    Args:
        split: The images.

    Returns:
        The figures; a class without images has zeros.
    """
    count = np.bincount(split.labels, minlength=len(CLASS_NAMES))
    mean, spread = (np.zeros((len(CLASS_NAMES), *split.images.shape[1:]), np.float32) for _ in range(2))
    for digit in np.flatnonzero(count):
        images = split.ink(split.labels == digit)
        mean[digit], spread[digit] = images.mean(0), images.std(0)
    return ClassStatistics(count, mean, spread)


def total_ink(split: Split) -> Array:
    """Sum the ink of each image, in pixels of full ink: float32 (N,)."""
    return np.asarray(split.images.sum((1, 2), dtype=np.int64) / 255, np.float32)


def stroke_width(split: Split) -> Array:
    """Estimate the mean width of each image's strokes, in pixels: float32 (N,).

    A stroke of length l and width w has the area l w and, but for its ends, the outline 2 l. The length of the outline
    is the sum of the slopes' lengths (the total variation).
    """
    ink = np.pad(split.ink(slice(None)), ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(ink, axis=1)[:, :, :-1], np.diff(ink, axis=2)[:, :-1]
    outline = np.hypot(down, right).sum((1, 2))
    return np.asarray(2 * ink.sum((1, 2)) / np.maximum(outline, 1e-6), np.float32)


def strangeness(split: Split) -> Array:
    """Measure how far each image is from what its class usually looks like: float32 (N,), in Euclidean length of ink.

    That is its distance from the plane of its class's principal components (the reconstruction error of a PCA).
    """
    distances = np.zeros(len(split), np.float32)
    for digit in np.unique(split.labels):
        chosen = split.labels == digit
        images = split.ink(chosen).reshape(int(chosen.sum()), -1)
        centred = images - images.mean(0)
        _, directions = np.linalg.eigh(centred.T @ centred)  # ascending
        usual = directions[:, -min(COMPONENTS, len(images) - 1) :] if len(images) > 1 else directions[:, :0]
        distances[chosen] = np.linalg.norm(centred - centred @ usual @ usual.T, axis=1)
    return distances
