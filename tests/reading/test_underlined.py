"""python -m pytest tests/reading/test_underlined.py: a line that one digit stands on is no part of it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageDraw

from ocr import load_checkpoint, predict, segment_image
from ocr.ink.canvas import sample_strokes
from ocr.reading.underlined import without_underlines
from tests.ink.test_segment import MARGIN, TWO, picture


def sample(digit: int):
    """A digit as somebody drew it, 100 high."""
    strokes = [np.asarray(stroke) for stroke in sample_strokes(digit)]
    points = np.concatenate(strokes)
    return [(stroke - points.min(0)) * (100 / np.ptp(points[:, 1])) for stroke in strokes]


def read(digit, line=None) -> tuple[str, str, list[str]]:
    """What is read of a digit on a line, with the line and without it; and what is left out."""
    image = picture([digit], pen=6)
    if line:
        x = np.linspace(line[0], line[1], 40)
        points = np.column_stack([x, 100 + 1.2 * np.sin(x / 6)]) + MARGIN
        ImageDraw.Draw(image).line([tuple(point) for point in points], 30, 6, joint="curve")
    pages = segment_image(image), without_underlines(segment_image(image))
    readings = [predict(load_checkpoint(), [glyph.image for glyph in page.glyphs]) for page in pages]
    before, after = ("".join(str(one.digit) if one.familiar else "?" for one in reading) for reading in readings)
    return before, after, [piece.reason for piece in pages[1].left_out]


def test_a_line_goes_where_only_without_it_there_is_a_digit():
    four = sample(4)
    line = -11, max(stroke[:, 0].max() for stroke in four) + 11
    assert read(four, line) == ("?", "4", ["an underline"])


@pytest.mark.parametrize("digit", [3, 5, 6, 8, 9])
def test_what_is_a_digit_with_it_stays_as_it_is(digit):
    strokes = sample(digit)
    line = -11, max(stroke[:, 0].max() for stroke in strokes) + 11
    assert read(strokes, line)[:2] == (str(digit), str(digit))


@pytest.mark.parametrize("left", [0, -8, -14])
def test_a_2_keeps_its_foot(left):
    two = [[(0, 20), (35, 0), (65, 20), (0, 98)], [(left, 100), (90, 98)]]
    assert read(two)[:2] == ("2", "2")
    assert read(TWO) == ("2", "2", [])
