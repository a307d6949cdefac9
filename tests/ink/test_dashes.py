"""python -m pytest tests/ink/test_dashes.py: dashed and dotted lines are no writing, points between digits are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr import segment_image
from tests.ink.test_segment import FIVE, MARGIN, ONE, THREE, TWO, ZERO, picture


def dashed(image: Image.Image, lines, on: int, off: int, thick: int) -> Image.Image:
    """Draw dashed lines, each (x, y, x, y), level or upright."""
    pen = ImageDraw.Draw(image)
    for x, y, x_end, y_end in lines:
        length = max(x_end - x, y_end - y)
        for start in range(0, length, on + off):
            stop = min(start + on, length)
            if y == y_end:
                pen.rectangle((x + start, y, x + stop - 1, y + thick - 1), 30)
            else:
                pen.rectangle((x, y + start, x + thick - 1, y + stop - 1), 30)
    return image


def told(image: Image.Image) -> tuple[int, list[str]]:
    """How many digits are found, and what is left out."""
    page = segment_image(image)
    return len(page.glyphs), [piece.reason for piece in page.left_out]


@pytest.mark.parametrize("degrees", [0, 1], ids=["level", "askew"])
@pytest.mark.parametrize("digits", [[THREE], [ZERO, FIVE, TWO, ONE]], ids=["one", "four"])
@pytest.mark.parametrize(
    ("on", "off", "thick"),
    [
        pytest.param(4, 8, 4, id="dots"),
        pytest.param(20, 10, 4, id="dashes"),
        pytest.param(32, 14, 4, id="long dashes"),
    ],
)
def test_a_dashed_box_is_no_writing(on, off, thick, digits, degrees):
    image = picture(digits)
    wide = Image.new("L", (image.width + 200, image.height + 60), 235)
    wide.paste(image, (100, 30))
    left, top, right, bottom = 100 + MARGIN - 28, MARGIN + 4, wide.width - 100 - MARGIN + 30, wide.height - MARGIN - 2
    sides = [
        (left, top, right, top),
        (left, bottom, right, bottom),
        (left, top, left, bottom),
        (right, top, right, bottom),
    ]
    boxed = dashed(wide, sides, on, off, thick).rotate(degrees, Image.Resampling.BICUBIC, fillcolor=235)
    assert told(boxed) == (len(digits), ["a dashed line"])


def test_a_dashed_line_below_digits_is_no_writing():
    image = picture([THREE, TWO, ZERO])
    wide = Image.new("L", (image.width, image.height + 60), 235)
    wide.paste(image)
    y = image.height - MARGIN + 25
    assert told(dashed(wide, [(10, y, image.width - 10, y)], 16, 12, 4)) == (3, ["a dashed line"])


def test_points_between_digits_and_1s_in_a_row_or_a_column_stay():
    dotted = picture([ONE] * 7)
    pen = ImageDraw.Draw(dotted)
    ones = [glyph.box for glyph in segment_image(dotted).glyphs]
    assert len(ones) == 7
    for left, right in itertools.pairwise(ones):
        x = (left[2] + right[0]) / 2
        pen.ellipse((x - 4, MARGIN + 92, x + 4, MARGIN + 100), 30)
    page = segment_image(dotted)
    assert page.text("1111111") == "1.1.1.1.1.1.1"
    column = picture(*[[ONE, THREE]] * 6)
    assert told(column) == (12, [])
    assert np.ptp([glyph.box[0] for glyph in segment_image(column).glyphs[::2]]) <= 2


def test_small_print_is_no_dashed_line():
    image = picture([THREE, TWO, ZERO])
    wide = Image.new("L", (image.width + 200, image.height + 60), 235)
    wide.paste(image)
    small = picture([ZERO, THREE, TWO, ZERO, THREE, TWO, ZERO], pen=9).convert("L")
    small = small.resize((int(small.width * 0.4), int(small.height * 0.25)), Image.Resampling.BOX)
    wide.paste(small, (20, wide.height - small.height - 4))
    assert "a dashed line" not in told(wide)[1]
