"""Which part of the image a value depends on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.network.cnn import POOL, CNNConfig


@dataclass(frozen=True)
class ReceptiveField:
    """The part of the image that a value depends on: rows (and columns) `start + step * row` and `size - 1` more.

    A start below 0 or an end beyond the image lies in the padding, whose values count as 0.

    Attributes:
        start: The first row of the image that the value in row 0 depends on.
        size: How many rows it depends on.
        step: How many rows of the image the next value's part begins later.
    """

    start: int
    size: int
    step: int

    def first(self, at: int) -> int:
        """Give the first row or column of the image that the value in this row or column depends on."""
        return self.start + self.step * at

    def behind_window(self, size: int, before: int, stride: int = 1) -> ReceptiveField:
        """Give the field of a window over values that have this field.

        Args:
            size: The side of the window, in values.
            before: How many values earlier it begins.
            stride: How many values the next window begins later.

        Returns:
            The field of one window.
        """
        return ReceptiveField(self.start - before * self.step, self.size + (size - 1) * self.step, self.step * stride)


PIXEL = ReceptiveField(0, 1, 1)  # what a pixel of the image depends on


def filter_window(size: int, field: ReceptiveField = PIXEL) -> ReceptiveField:
    """Give the field of a filter, whose output is as large as its input: an even one reaches further right and down.

    Args:
        size: The side of the filter.
        field: What the values depend on that it lies on.

    Returns:
        The field of one value that it computes.
    """
    return field.behind_window(size, (size - 1) // 2)


def convolved_field(config: CNNConfig, layer: int) -> ReceptiveField:
    """Give the field of a convolutional layer's values before pooling: 5, then 14 pixels square.

    Args:
        config: The sizes of the network.
        layer: Which layer, from 0.

    Returns:
        The field in the image.
    """
    field = PIXEL
    for i, size in enumerate(config.filter_sizes[: layer + 1]):
        if i:
            field = field.behind_window(POOL, 0, POOL)
        field = filter_window(size, field)
    return field


def pooled_field(config: CNNConfig, layer: int) -> ReceptiveField:
    """Give the field of the values of a convolutional layer's pooled maps: 6, then 16 pixels square.

    Args:
        config: The sizes of the network.
        layer: Which layer, from 0.

    Returns:
        The field in the image.
    """
    return convolved_field(config, layer).behind_window(POOL, 0, POOL)


def patch(image: NDArray, field: ReceptiveField, row: int, column: int) -> NDArray[np.float32]:
    """Cut out what a value looks at in an image.

    Args:
        image: (28, 28).
        field: The value's receptive field.
        row: The value's row in its map.
        column: Its column.

    Returns:
        float32 (size, size), with 0 beyond the image's edge.
    """
    padded = np.pad(image, field.size)
    top, left = (field.size + field.first(at) for at in (row, column))
    return padded[top : top + field.size, left : left + field.size].astype(np.float32)
