"""Where the largest number of an array is, and whether a place is near enough to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def place_of_largest(values: NDArray) -> tuple[int, ...]:
    """Give the place of the largest value, counted from 0 along each axis; the first of several."""
    return tuple(int(at) for at in np.unravel_index(values.argmax(), values.shape))


def is_near_largest(values: NDArray, row: int, column: int, share: float) -> bool:
    """Say whether a place, or one of its eight neighbours, has at least a share of the largest value.

    Args:
        values: (H, W).
        row: Of the place, from 0.
        column: Of the place, from 0.
        share: Of the largest value, 0 to 1.
    """
    around = values[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
    return bool(around.max() >= share * values.max())
