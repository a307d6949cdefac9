"""Which part of the image a value depends on."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.network.cnn import POOL, CNNConfig


@dataclass(frozen=True)
class ReceptiveField:
    """The part of the input that a value looks at: rows (and columns) `start + step * row` and `size - 1` more.

    A start below 0 or an end beyond the image lies in the padding, whose values count as 0.
    """

    start: int
    size: int
    step: int

    def first(self, at: int) -> int:
        """The first row or column of the input that the value at this row or column looks at."""
        return self.start + self.step * at

    def behind_window(self, size: int, before: int, stride: int = 1) -> ReceptiveField:
        """The field of a window of `size`, which begins `before` values earlier, over values that have this field."""
        return ReceptiveField(self.start - before * self.step, self.size + (size - 1) * self.step, self.step * stride)


def convolved_field(config: CNNConfig, layer: int) -> ReceptiveField:
    """What one value of a convolutional layer (0 for the first) looks at, before pooling: 5, then 14 pixels square."""
    field = ReceptiveField(0, 1, 1)
    for i, size in enumerate(config.filter_sizes[: layer + 1]):
        if i:
            field = field.behind_window(POOL, 0, POOL)
        field = field.behind_window(size, (size - 1) // 2)
    return field


def pooled_field(config: CNNConfig, layer: int) -> ReceptiveField:
    """What one value of a convolutional layer's pooled maps depends on: 6, then 16 pixels square."""
    return convolved_field(config, layer).behind_window(POOL, 0, POOL)
