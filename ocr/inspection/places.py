"""Where the largest number of an array is, and how large the numbers around a place are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def place_of_largest(values: NDArray) -> tuple[int, ...]:
    """Give the place of the largest value, counted from 0 along each axis; the first of several."""
    return tuple(int(at) for at in np.unravel_index(values.argmax(), values.shape))


def largest_around(values: NDArray, row: int, column: int) -> float:
    """Give the largest of the values (H, W) at a place and its eight neighbours, as far as there are such."""
    return float(values[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].max())
