"""Numbers with a sign are written in one way on all pages."""

import pytest

from pages.ui.text.numbers import difference, signed


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1.000"), (-1.5, "−1.500"), (0.0, "0.000"), (-0.0004, "0.000"), (-1234.5, "−1234.500")]
)
def test_signed(value, text):
    assert signed(value) == text


def test_signed_with_fewer_digits():
    assert (signed(-0.456, 2), signed(-0.004, 2)) == ("−0.46", "0.00")


@pytest.mark.parametrize(("count", "text"), [(0, "0"), (7, "+7"), (-7, "−7"), (1200, "+1,200"), (-1200, "−1,200")])
def test_difference(count, text):
    assert difference(count) == text
