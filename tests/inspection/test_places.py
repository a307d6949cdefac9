"""Where the largest number of an array is."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.inspection.places import is_near_largest, place_of_largest

VALUES = np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 6.9], [0.0, 0.0, 10.0, 0.0]], np.float32)


def test_the_place_of_the_largest_is_one_of_whole_numbers():
    assert place_of_largest(VALUES) == (2, 2)
    assert place_of_largest(VALUES[None]) == (0, 2, 2)
    assert all(type(at) is int for at in place_of_largest(VALUES))


@pytest.mark.parametrize(
    ("row", "column", "near"), [(2, 2, True), (1, 1, True), (0, 3, False), (0, 0, False), (2, 0, False)]
)
def test_near_is_a_place_with_a_large_neighbour(row, column, near):
    assert is_near_largest(VALUES, row, column, 0.7) is near  # a bool that JSON can write
