"""Strokes on the canvas: as few points as say the same, and drawings from elsewhere brought there."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.ink.canvas import SIZE, sample_strokes, tidy, to_canvas
from ocr.ink.segment import drawn_last, segment_strokes
from tests.strokes import ONE, SEVEN, ZERO


@pytest.mark.parametrize(("moved", "points"), [(0, 1), (1, 1), (2.9, 1), (3, 2)])
def test_a_tap_of_an_unsteady_hand_is_a_dot(moved, points):
    assert tidy([[50.0, 60.0], [50.0, 60.0 + moved]]) == [[50, 60], [50, 60 + moved]][:points]


def test_points_are_rounded_and_none_comes_twice_in_a_row():
    assert tidy([[0, 0], [0.02, 0], [5.31, 7], [5.29, 7], [0, 0]]) == [[0, 0], [5.3, 7], [0, 0]]


def test_strokes_from_elsewhere_fit_on_the_canvas():
    far = [[[1000.0, 5000.0], [1400.0, 5000.0]], [[1400.0, 5200.0]]]
    points = np.concatenate([np.array(stroke) for stroke in to_canvas(far)])
    assert points.tolist() == [[30.0, 85.0], [250.0, 85.0], [250.0, 195.0]]
    assert points.max() <= SIZE
    assert to_canvas(SEVEN) is SEVEN


@pytest.mark.parametrize("digit", range(10))
def test_samples_lie_on_the_canvas(digit):
    assert to_canvas(sample_strokes(digit)) is sample_strokes(digit)


def test_the_digit_drawn_last_is_the_one_of_the_last_stroke_or_the_nearest():
    glyphs = segment_strokes([*ONE, *ZERO]).glyphs
    assert [drawn_last(glyphs, stroke) for stroke in (ONE[0], ZERO[0])] == [0, 1]
    assert [drawn_last(glyphs, [[x, 150.0]]) for x in (0.0, 279.0)] == [0, 1]
