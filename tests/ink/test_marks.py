"""python -m pytest tests/ink/test_marks.py: lines that somebody drew under digits, through them or round them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy
from PIL import Image, ImageDraw

from ocr import segment_image
from ocr.ink.frames import without_frames
from tests.ink.test_segment import (
    CROSSED_FOUR,
    CROSSED_SEVEN,
    DIGITS,
    FIVE,
    FLAGGED_ONE,
    MARGIN,
    NAMES,
    ONE,
    THREE,
    TWO,
    ZERO,
    picture,
)


def drawn(*digits, lines=(), degrees=0.0) -> Image.Image:
    """Digits with lines over them, each (x, y, x, y) as in the drawing of the digits."""
    image = picture(digits)
    pen = ImageDraw.Draw(image)
    for line in lines:
        pen.line([value + MARGIN for value in line], 30, 9)
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=235)


def told(image: Image.Image) -> tuple[int, list[str]]:
    """How many digits are found, and what is left out."""
    page = segment_image(image)
    return len(page.glyphs), [piece.reason for piece in page.left_out]


@pytest.mark.parametrize("digit", [CROSSED_SEVEN, CROSSED_FOUR, FLAGGED_ONE, THREE], ids=["7", "4", "1", "3"])
def test_an_underline_that_touches_a_digit_is_left_out(digit):
    right = max(x for stroke in digit for x, _ in stroke)
    image = drawn(digit, lines=[(-30, 100, right + 30, 102)])
    assert told(image) == (1, ["an underline"])
    plain, underlined = (segment_image(page).glyphs[0].image for page in (picture([digit]), image))
    assert np.abs(plain - underlined).mean() < 0.08  # the foot of a 1 goes with it


def test_an_underline_below_a_number_that_touches_some_of_it_is_left_out():
    image = drawn(THREE, TWO, CROSSED_SEVEN, lines=[(-25, 103, 290, 100)])
    wide = Image.new("L", (image.width + 200, image.height), 235)  # else it might be the paper's
    wide.paste(image, (100, 0))
    assert told(wide) == (3, ["an underline"])


@pytest.mark.parametrize(
    "digits",
    [(THREE, ZERO), (FIVE, ZERO), (CROSSED_SEVEN, CROSSED_FOUR), (CROSSED_FOUR, THREE, ZERO)],
    ids=["30", "50", "74", "430"],
)
def test_a_wavy_line_that_digits_stand_on_is_left_out_and_they_stay(digits):
    image = picture(digits)
    dark = np.asarray(image) < 128
    left, right = np.flatnonzero(dark.any(0))[[0, -1]]
    low = np.flatnonzero(dark.any(1))[-1]
    x = np.linspace(left - 14, right + 14, 60)
    line = list(zip(x, low - 3 + 2.5 * np.sin(x / 9), strict=True))
    ImageDraw.Draw(image).line(line, 30, 7, joint="curve")
    assert told(image) == (len(digits), ["an underline"])
    plain, underlined = (segment_image(page).glyphs for page in (picture(digits), image))
    assert all(np.abs(a.image - b.image).mean() < 0.06 for a, b in zip(plain, underlined, strict=True))


@pytest.mark.parametrize("digit", [THREE, FIVE, ZERO], ids=["3", "5", "0"])
@pytest.mark.parametrize(
    ("lines", "count"),
    [
        pytest.param([(-28, 106, 1, 106), (-28, 124, 1, 124)], 2, id="two lines below, one touching"),
        pytest.param([(-28, -8, 1, -8)], 1, id="a line above that touches"),
        pytest.param([(-28, -26, 1, -26)], 1, id="a line above"),
        pytest.param([(-40, 120, 14, 128)], 1, id="a broad line below that slopes"),
    ],
)
def test_lines_below_and_above_a_digit_are_left_out(lines, count, digit):
    right = max(x for stroke in digit for x, _ in stroke) + 28
    image = drawn(digit, lines=[(left, y, right + beyond, y_end) for left, y, beyond, y_end in lines])
    assert told(image) == (1, ["an underline"] * count)


def test_a_line_that_all_but_touches_digits_does_not_join_them():
    image = np.asarray(drawn(THREE, TWO, ZERO, lines=[(-25, 112, 250, 112)])).copy()
    image[112 + MARGIN - 5] = np.minimum(image[112 + MARGIN - 5], 60)  # the gap above it is of one pixel
    wide = Image.new("L", (image.shape[1] + 200, image.shape[0]), 235)
    wide.paste(Image.fromarray(image), (100, 0))
    assert told(wide)[0] == 3


@pytest.mark.parametrize(
    "lines",
    [
        [(-20, -15, 80, 115), (80, -15, -20, 115)],
        [(-25, 35, 85, 38), (-25, 60, 85, 64)],
        [(-25, 50, 85, 52)],
        [(-20, -15, 80, 115)],
        [(-30, 75, 95, 25)],
    ],
    ids=["a cross", "two lines", "a line", "a falling line", "a rising line"],
)
@pytest.mark.parametrize("digit", [THREE, TWO, FIVE], ids=["3", "2", "5"])
def test_a_digit_that_is_crossed_out_is_left_out(lines, digit):
    image = picture([digit, THREE, ZERO])
    pen = ImageDraw.Draw(image)
    for line in lines:
        pen.line([value + MARGIN for value in line], 30, 9)
    assert told(image) == (2, ["crossed out"])


@pytest.mark.parametrize("left", [-14, -20, -26])
def test_a_2_on_a_broad_foot_keeps_it(left):
    two = [[(0, 20), (35, 0), (65, 20), (0, 98)], [(left, 100), (105, 98)]]
    image = picture([THREE, two])
    assert told(image) == (2, [])
    box = segment_image(image).glyphs[1].box
    assert box[2] - box[0] >= 105 - left


@pytest.mark.parametrize("digit", DIGITS, ids=NAMES)
def test_strokes_of_digits_are_no_such_lines(digit):
    assert told(picture([digit, TWO])) == (2, [])


@pytest.mark.parametrize("digit", [THREE, TWO], ids=["3", "2"])
def test_a_digit_with_a_slash_through_it_is_left_out(digit):
    image = picture([digit, THREE, ZERO])
    ImageDraw.Draw(image).line([value + MARGIN for value in (-22, 105, 82, -5)], 30, 9)
    assert told(image) == (2, ["crossed out"])


@pytest.mark.parametrize("lean", [0.0, 0.2, 0.4])
@pytest.mark.parametrize("digit", DIGITS, ids=NAMES)
def test_strokes_of_slanted_digits_are_no_slash(digit, lean):
    slanted = [[(x + lean * (100 - y), y) for x, y in stroke] for stroke in digit]
    assert "crossed out" not in told(picture([slanted, TWO]))[1]


def test_a_slashed_0_is_not_crossed_out():
    slashed = [*ZERO, [(2, 108), (58, -8)]]
    assert told(picture([slashed, TWO])) == (2, [])


def test_what_alone_is_there_is_read_though_it_is_crossed_out():
    image = drawn(THREE, lines=[(-20, -15, 80, 115), (80, -15, -20, 115)])
    assert told(image) == (1, [])


@pytest.mark.parametrize("degrees", [-14, -6, 9, 15])
@pytest.mark.parametrize("dividers", [(), (62, 140)], ids=["box", "comb"])
def test_a_form_held_askew_loses_its_frame(degrees, dividers):
    frame = [(-25, -25, 240, -25), (-25, 125, 240, 125), (-25, -25, -25, 125), (240, -25, 240, 125)]
    lines = [*frame, *((x + 16, -25, x + 16, 125) for x in dividers)]
    assert told(drawn(ZERO, THREE, TWO, lines=lines, degrees=degrees)) == (3, ["a frame"])


LEFT, RIGHT = (-25, -25, -25, 125), (240, -25, 240, 125)
TOP, BOTTOM = (-25, -25, 240, -25), (-25, 125, 240, 125)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([LEFT, RIGHT, BOTTOM], id="box without its upper side"),
        pytest.param([TOP, RIGHT, BOTTOM], id="box without its left side"),
        pytest.param([(-25, 125, 250, 125), *((x, 90, x, 125) for x in (-25, 78, 156, 250))], id="comb of short lines"),
    ],
)
def test_a_form_that_is_open_on_one_side_loses_its_frame(lines):
    image = picture([ZERO, THREE, TWO])
    pen = ImageDraw.Draw(image)
    for line in lines:
        pen.line([value + MARGIN for value in line], 30, 4)
    assert told(image) == (3, ["a frame"])


def test_a_box_that_nobody_filled_in_is_no_0():
    boxes = [(20 + 130 * i, 20, 130 + 130 * i, 150) for i in range(3)]
    image = Image.new("L", (430, 170), 235)
    pen = ImageDraw.Draw(image)
    for box in boxes:
        pen.rectangle(box, outline=40, width=4)
    for box in boxes[:2]:
        pen.line([(box[0] + 55, 50), (box[0] + 55, 120)], 30, 9)
    assert told(image) == (2, ["a frame"] * 3)
    assert told(image.crop((275, 0, 430, 170)))[0] == 1  # alone it may be one


def test_a_digit_as_large_as_its_box_keeps_its_strokes():
    for digit in (CROSSED_FOUR, CROSSED_SEVEN, TWO):
        right = max(x for stroke in digit for x, _ in stroke)
        sides = [(-6, -8, right + 8, -8), (-6, 110, right + 8, 110), (-6, -8, -6, 110), (right + 8, -8, right + 8, 110)]
        image = picture([digit])
        pen = ImageDraw.Draw(image)
        for x, y, x_end, y_end in sides:
            pen.line((x + MARGIN, y + MARGIN, x_end + MARGIN, y_end + MARGIN), 30, 3)
        (glyph,) = segment_image(image).glyphs
        assert np.abs(glyph.image - segment_image(picture([digit])).glyphs[0].image).mean() < 0.03


def test_in_a_part_that_was_marked_no_sheet_is_looked_for():
    image = picture([THREE, ONE])
    card = Image.new("RGB", (image.width * 2, image.height), (220, 200, 150))  # a colour that no shadow has
    card.paste(image, (0, 0))
    pen = ImageDraw.Draw(card)
    pen.line([(image.width + 100, 60), (image.width + 90, 160)], (20, 20, 20), 9)
    assert len(segment_image(card).glyphs) == 2
    assert len(segment_image(card, all_paper=True).glyphs) >= 3


@pytest.mark.parametrize(
    "stroke",
    [
        pytest.param((20, 30, 27, 80), id="along a part of one side"),
        pytest.param((110, 20, 118, 120), id="from top to bottom"),
        pytest.param((40, 20, 47, 90), id="hanging down beside one side"),
    ],
)
def test_a_stroke_that_touches_its_frame_stays(stroke):
    ink = np.zeros((140, 400), np.float32)
    ink[20:120, 20:380] = 1
    ink[23:117, 23:377] = 0
    ink[50:90, 200:240] = 1
    left, top, right, bottom = stroke
    ink[top:bottom, left:right] = 1
    cleaned, frames = without_frames(ink)
    np.testing.assert_array_equal(frames, [(20, 20, 380, 120)])
    assert (cleaned[top:bottom, left:right] > 0.5).mean() > 0.9
    assert (cleaned > 0.5).sum() <= 40 * 40 + (bottom - top + 6) * (right - left + 6)  # and nothing of the frame


def boxed(*digits, beside, above, below, thick=6) -> Image.Image:
    """Digits in a box, whose lines begin so far beside, above and below their points."""
    image = picture(digits)
    corners = (MARGIN - beside, MARGIN - above, image.width - MARGIN + beside, image.height - MARGIN + below)
    ImageDraw.Draw(image).rectangle(corners, outline=30, width=thick)
    return image


@pytest.mark.parametrize("digit", [ZERO, FLAGGED_ONE, FIVE, CROSSED_SEVEN], ids=["0", "1", "5", "7"])
def test_a_narrow_box_that_its_digit_touches_all_round_is_a_frame(digit):
    assert told(boxed(digit, beside=6, above=6, below=6)) == (1, ["a frame"])


def test_a_loop_that_runs_into_the_line_of_its_box_is_closed_there():
    loop = [[(30 + 30 * np.cos(t), 50 + 50 * np.sin(t)) for t in np.linspace(0, 6.3, 60)]]
    image = boxed(THREE, loop, TWO, beside=25, above=9, below=25, thick=15)
    _, grounds = scipy.ndimage.label(segment_image(image).glyphs[1].image < 0.5)
    assert grounds == 2  # around it, and in it


def test_the_stem_of_a_7_from_line_to_line_stays():
    seven = [[(0, 8), (10, 0), (55, 0), (48, 50), (22, 100)]]
    assert told(boxed(THREE, seven, TWO, ZERO, beside=25, above=6, below=6)) == (4, ["a frame"])


def test_the_bar_of_a_7_is_no_line_above_it():
    seven = [[(0, 0), (88, 0)], [(66, 0), (25, 100)]]
    assert told(picture([THREE, seven])) == (2, [])


def test_digits_that_stand_above_a_low_comb_lose_it():
    image = picture([ZERO, THREE, TWO], pen=6)
    for line in [(-25, 140, 250, 140), *((x, 112, x, 140) for x in (-25, 78, 156, 250))]:
        ImageDraw.Draw(image).line([value + MARGIN for value in line], 30, 4)
    assert told(image) == (3, ["a frame"])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("digit", [ZERO, CROSSED_SEVEN, ONE, TWO], ids=["0", "7", "1", "2"])
def test_a_box_drawn_by_hand_goes_with_all_its_waves(digit, seed):
    image = picture([digit], pen=5)
    left, right, top, bottom = MARGIN - 22, image.width - MARGIN + 22, MARGIN - 22, image.height - MARGIN + 22
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], float)
    sides = [np.linspace(a, b, 40, endpoint=False) for a, b in itertools.pairwise(corners)]
    waves = scipy.ndimage.gaussian_filter1d(np.random.default_rng(seed).normal(0, 1, (160, 2)), 2, axis=0, mode="wrap")
    points = np.concatenate(sides) + 1.2 * waves / waves.std()
    ImageDraw.Draw(image).line([tuple(point) for point in [*points, points[0]]], 30, 5, joint="curve")
    plain = segment_image(picture([digit], pen=5)).glyphs[0].image
    assert told(image) == (1, ["a frame"])
    assert np.abs(segment_image(image).glyphs[0].image - plain).mean() < 0.02


def test_the_tail_of_a_0_that_hangs_in_it_makes_it_no_ring():
    tail = [(12, 20), (18, 45), (24, 70)]
    zero = [[(60 + 55 * np.cos(t), 50 + 50 * np.sin(t)) for t in np.linspace(-2.4, 4.2, 60)], tail]
    assert told(picture([zero, THREE], pen=5)) == (2, [])
