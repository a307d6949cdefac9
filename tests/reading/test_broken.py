"""Digits whose middle a skipping pen or a bad scan left out, drawn and on pictures, and lines of whole digits."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr import join_broken, load_checkpoint, predict, segment_image, segment_strokes
from ocr.ink.segment import Segmentation
from tests.strokes import ONE, SEVEN, TWO, ZERO

THREE = [[[80, 70], [130, 50], [180, 75], [170, 115], [125, 138], [180, 160], [190, 205], [140, 232], [75, 215]]]
SIX = [[[180, 50], [120, 110], [95, 180], [120, 230], [175, 225], [190, 185], [160, 155], [110, 170], [98, 190]]]
DIGITS = {2: TWO, 3: THREE, 6: SIX, 7: SEVEN}


def fine(strokes, x=0.0, y=0.0):
    """The same strokes elsewhere, with a point every few pixels."""
    placed = [np.add(stroke, (x, y)) for stroke in strokes]
    steps = [np.linspace(0, len(stroke) - 1, 120) for stroke in placed]
    return [
        np.column_stack([np.interp(step, np.arange(len(stroke)), axis) for axis in stroke.T])
        for step, stroke in zip(steps, placed, strict=True)
    ]


def broken(strokes, top, bottom):
    """What is left of strokes above and below a streak."""
    parts = []
    for stroke in strokes:
        outside = (stroke[:, 1] < top) | (stroke[:, 1] > bottom)
        parts += np.split(stroke, np.flatnonzero(np.diff(outside)) + 1)
    return [part for part in parts if not top <= part[:, 1].mean() <= bottom]


def text(segmentation: Segmentation) -> str:
    readings = predict(load_checkpoint(), [glyph.image for glyph in segmentation.glyphs])
    return segmentation.text([reading.digit if reading.familiar else "?" for reading in readings])


def painted(strokes) -> Image.Image:
    """A picture of strokes, dark on paper."""
    points = np.concatenate(strokes)
    image = Image.new("L", tuple((points.max(0) + 60).astype(int).tolist()), 235)
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        draw.line([tuple(point) for point in stroke.tolist()], fill=30, width=8, joint="curve")
    return image


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("width", [10, 22])
def test_a_digit_that_is_broken_across_is_one(digit, width):
    halves = broken(fine(DIGITS[digit]), 140 - width / 2, 140 + width / 2)
    assert text(join_broken(segment_strokes(halves))) == str(digit)
    assert text(join_broken(segment_image(painted(halves)))) == str(digit)


def test_a_streak_through_a_number_leaves_one_line():
    number = [stroke for i, digit in enumerate((2, 6, 3)) for stroke in fine(DIGITS[digit], 170 * i)]
    halves = broken(number, 130, 145)
    page = join_broken(segment_strokes(halves))
    assert text(page) == "263"
    assert {glyph.line for glyph in page.glyphs} == {0}
    assert sum(len(glyph.strokes) for glyph in page.glyphs) == len(halves)


def test_one_digit_below_a_number_is_no_half_of_it():
    number = [stroke for i in range(3) for stroke in fine(SEVEN, 200 * i)]
    below = fine([[[150, 265], [185, 280], [190, 310], [160, 335], [90, 345]]])  # the lower half of a 3, as it were
    page = segment_strokes(number + below)
    assert [(pair.first, pair.second) for pair in page.broken] == [(0, 3)]
    assert {glyph.line for glyph in join_broken(page).glyphs} == {0, 1}


def test_lines_of_whole_digits_stay_lines():
    upper = [stroke for i, digit in enumerate((7, 2)) for stroke in fine(DIGITS[digit], 170 * i)]
    lower = [stroke for i, digit in enumerate((3, 0)) for stroke in fine(DIGITS.get(digit, ZERO), 170 * i, 230)]
    page = segment_strokes(upper + lower)
    assert len(page.broken) == 2  # near enough to be halves, by their boxes
    assert text(join_broken(page)) == "72\n30"


@pytest.mark.parametrize("gap", [0, 8])
def test_a_0_of_two_arcs_is_one(gap):
    angles = np.linspace(-np.pi / 2, np.pi / 2, 30)
    x, y = 40 * np.cos(angles), 60 * np.sin(angles)
    zero = [np.column_stack([100 - gap - x, 100 + y]), np.column_stack([100 + x, 100 + y])]
    assert text(join_broken(segment_strokes(zero))) == "0"
    assert text(join_broken(segment_strokes([*fine(ONE, -50, -50), *zero]))) == "10"


def test_signs_stay_where_they_are_among_the_digits():
    number = [stroke for i, digit in enumerate((2, 3)) for stroke in fine(DIGITS[digit], 260 * i)]
    minus = np.array([[220.0, 180.0], [300.0, 180.0]])
    assert text(join_broken(segment_strokes([*broken(number, 130, 145), minus]))) == "2-3"
