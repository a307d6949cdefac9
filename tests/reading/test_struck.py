"""python -m pytest tests/reading/test_struck.py: a digit that is struck out is a question mark, and no other digit."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr import load_checkpoint, predict, predict_glyphs, segment_image
from ocr.ink.struck import strike_of
from tests.ink.test_segment import CROSSED_FOUR, CROSSED_SEVEN, FIVE, MARGIN, TWO, ZERO, picture


def read(*digits, lines=()) -> tuple[str, str]:
    """What is read on a picture of digits with lines over them, and what the network alone reads."""
    image = picture(digits)
    pen = ImageDraw.Draw(image)
    for line in lines:
        pen.line([value + MARGIN for value in line], 30, 9)
    page = segment_image(image)
    predictions = predict_glyphs(load_checkpoint(), page.glyphs)
    alone = predict(load_checkpoint(), [glyph.image for glyph in page.glyphs])
    return tuple(page.text([one.digit if one.familiar else "?" for one in read]) for read in (predictions, alone))


STRUCK = {
    "a 5, as an 8": (FIVE, (-32, 108, 92, 12), "8"),
    "a 2, as a 7": (TWO, (-14, 60, 74, 60), "7"),
    "a slanted 2, as a 7": (TWO, (-22, 76, 82, 44), "7"),
    "a 2, as itself": (TWO, (-22, 92, 82, 12), "2"),
}


@pytest.mark.parametrize(("digit", "line", "alone"), STRUCK.values(), ids=STRUCK)
def test_a_digit_that_a_line_strikes_out_is_in_doubt(digit, line, alone):
    assert read(digit, lines=[line]) == ("?", alone)


@pytest.mark.parametrize(
    ("digit", "lines", "said"),
    [
        (CROSSED_SEVEN, [], "7"),
        (CROSSED_SEVEN, [(-14, 52, 74, 52)], "7"),
        (CROSSED_FOUR, [(-22, 62, 80, 62)], "4"),
        (ZERO, [(-14, 100, 74, 4)], "0"),
    ],
    ids=["crossed 7", "widely crossed 7", "4 with a long bar", "slashed 0"],
)
def test_what_is_drawn_with_such_lines_is_read(digit, lines, said):
    assert read(digit, lines=lines) == (said, said)


def test_a_struck_digit_says_so_and_keeps_what_it_may_be():
    image = picture([TWO])
    ImageDraw.Draw(image).line([MARGIN - 14, MARGIN + 60, MARGIN + 74, MARGIN + 60], 30, 9)
    [prediction] = predict_glyphs(load_checkpoint(), segment_image(image).glyphs)
    assert prediction.crossed_out
    assert not prediction.familiar
    assert prediction.familiarity > 0.5


@pytest.mark.parametrize(("line", "strikes"), [((0, 60, 119, 60), True), ((13, 107, 107, 13), False)])
def test_a_line_that_rises_goes_farther_beyond_a_digit_to_strike_it_out(line, strikes):
    """It may be the last stroke of an 8 that is open at its top."""
    image = Image.new("1", (120, 120))
    pen = ImageDraw.Draw(image)
    pen.ellipse((20, 20, 100, 100), outline=1, width=5)
    pen.line(line, 1, 5)
    assert (strike_of(np.asarray(image.crop(image.getbbox()))) is not None) == strikes
