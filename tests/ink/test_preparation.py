"""Preparing a drawing step by step."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from ocr import from_strokes
from ocr.ink.preparation import TINY, first_points, preparation_steps, tucked_away, vary

CORNER_SEVEN = [[[20, 20], [50, 20], [32, 60]]]  # small, in a corner of a canvas of 280


def middle(image):
    return np.array(ndimage.center_of_mass(image)) + 0.5


def test_the_last_step_is_what_the_network_gets():
    steps = preparation_steps(CORNER_SEVEN, 280, 16)
    assert [step.name for step in steps] == ["Drawn", "Cropped", "Scaled", "Inked", "Centred"]
    assert np.array_equal(steps[-1].image, from_strokes(CORNER_SEVEN))


def test_each_step_left_out_leaves_its_own_fault():
    drawn, cropped, scaled, inked, centred = preparation_steps(CORNER_SEVEN, 280, 16)
    final = centred.image
    assert drawn.without is None
    assert middle(drawn.image).max() < 7  # still in the corner
    assert middle(cropped.without).max() < middle(final).min()  # left where it was drawn
    assert (scaled.without > 0.5).sum() < (final > 0.5).sum() / 2  # stays small
    assert (inked.without > 0.5).sum() > 1.5 * (final > 0.5).sum()  # as thick as it grew
    assert np.abs(middle(centred.without) - 14).max() > np.abs(middle(final) - 14).max()


def test_vary_without_changes_is_the_plain_preparation():
    assert np.allclose(vary(CORNER_SEVEN), from_strokes(CORNER_SEVEN), atol=1e-5)


def test_vary_shifts_by_pixels_turns_clockwise_and_thickens():
    plain = vary(CORNER_SEVEN)
    assert middle(vary(CORNER_SEVEN, shift=(2.0, -1.0))) - middle(plain) == pytest.approx([-1, 2], abs=0.05)
    dash = [[[0, 0], [100, 0]]]
    down = vary(dash, rotation=90)
    assert np.ptp(np.nonzero(down > 0.5)[0]) > 3 * np.ptp(np.nonzero(down > 0.5)[1])
    ell = [[[0, 0], [0, 100], [40, 100]]]  # an L: clockwise by a quarter, its foot points down on the left
    rows, columns = np.nonzero(vary(ell, rotation=90) > 0.5)
    assert columns[rows == rows.max()].mean() < 14
    assert vary(CORNER_SEVEN, thickness=2).sum() > 1.5 * plain.sum()
    assert (vary(CORNER_SEVEN, size=0.5) > 0.5).sum() < 0.7 * (plain > 0.5).sum()


def test_prefix_takes_points_in_the_order_they_were_drawn():
    strokes = [[[0, 0], [1, 1]], [[2, 2], [3, 3], [4, 4]]]
    assert [part.tolist() for part in first_points(strokes, 3)] == [[[0, 0], [1, 1]], [[2, 2]]]
    assert [len(part) for part in first_points(strokes, 99)] == [2, 3]


def test_what_is_tucked_away_is_tiny_in_a_corner_and_read_as_before():
    large = [[[60.0, 60.0], [200.0, 60.0], [120.0, 230.0]]]
    (small,) = tucked_away(large, 280)
    assert small.min() >= 0.5 * TINY * 280 - 1e-3
    assert small.max() == pytest.approx(1.5 * TINY * 280)
    np.testing.assert_allclose(preparation_steps([small], 280, 16)[-1].image, from_strokes(large), atol=1e-4)
    assert middle(preparation_steps([small], 280, 16)[0].image).max() < 8
