"""Slanted digits close beside each other, whose boxes overlap, drawn and on pictures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from ocr import join_broken, segment_image, segment_strokes
from ocr.ink.canvas import sample_strokes
from tests.reading.test_broken import fine, painted, text


def leaning(number: str, lean: float = 0.55, gap: float = 25.0) -> list[np.ndarray]:
    """Digits that lean to the right, each so near to the one before it."""
    strokes: list[np.ndarray] = []
    for digit in number:
        drawn = [stroke @ np.array([[1, 0], [-lean, 1]]) for stroke in fine(sample_strokes(int(digit)))]
        points = np.concatenate(drawn)
        x, y = (np.max(np.concatenate(strokes)[:, 0]), 0) if strokes else (0, 0)
        at = np.array([x + 300 - points[:, 0].min(), y - points[:, 1].max()])
        while strokes and cKDTree(np.concatenate(strokes)).query(points + at)[0].min() > gap:
            at[0] -= 4
        strokes += [stroke + at for stroke in drawn]
    return [stroke - np.concatenate(strokes).min(0) + 30 for stroke in strokes]


@pytest.mark.parametrize("number", ["510", "710", "4107"])
def test_digits_whose_boxes_overlap_are_as_many_as_look_like_digits(number):
    drawing = segment_strokes(leaning(number))
    assert len(drawing.glyphs) < len(number)
    assert text(join_broken(drawing)) == number
    assert text(join_broken(segment_image(painted(leaning(number))))) == number


@pytest.mark.parametrize("digit", [4, 5, 7])
def test_a_digit_of_several_strokes_stays_one(digit):
    assert text(join_broken(segment_strokes(fine(sample_strokes(digit))))) == str(digit)


def test_one_digit_is_not_taken_apart():
    assert segment_strokes(leaning("10"), single=True).overlapping == ()


def test_a_sign_keeps_its_place_beside_digits_that_are_taken_apart():
    number = leaning("10")
    right, bottom = np.concatenate(number).max(0)
    point = [np.array([[right + 40, bottom], [right + 42, bottom]])]
    more = [np.add(stroke, (right + 50, 0)) for stroke in leaning("7")]
    assert text(join_broken(segment_strokes([*number, *point, *more]))) == "10.7"


def test_a_line_through_an_s_and_the_bows_of_a_b_are_no_digits_beside_it():
    dollar = [[(50, 15), (30, 3), (8, 20), (25, 45), (45, 60), (45, 85), (20, 97), (2, 85)], [(27, -12), (27, 112)]]
    capital = [
        [(0, 0), (0, 100)],
        [(0, 0), (35, 5), (40, 25), (30, 42), (0, 48), (40, 55), (48, 75), (40, 95), (0, 100)],
    ]
    for sign in (dollar, capital):
        assert len(join_broken(segment_strokes(fine([np.array(stroke, float) for stroke in sign]))).glyphs) == 1
