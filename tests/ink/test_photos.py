"""Photos in colour: paper on what is as light, coloured lines, and what lies on the paper or reaches into the photo."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ocr import segment_image
from ocr.ink.faint_strokes import with_faint_strokes
from ocr.ink.picture_file import upright_colours
from tests.ink.test_segment import FIVE, THREE, TWO, ZERO, moved

PAPER, INK, BLUE_INK = (232, 228, 220), (35, 34, 40), (30, 40, 125)
LINES = [[TWO, ZERO, THREE], [FIVE, TWO, ZERO, THREE]]


def sheet(ink=INK, margin=110, lines=LINES):
    """A sheet of paper with two lines of digits."""
    image = Image.new("RGB", (2 * margin + 520, 2 * margin + 290), PAPER)
    pen = ImageDraw.Draw(image)
    for row, digits in enumerate(lines):
        for column, digit in enumerate(digits):
            for stroke in moved(digit, margin + 140 * column, margin + 170 * row):
                pen.line([tuple(point) for point in stroke], ink, 9, joint="curve")
    return image


def on(cloth, paper, margin=70):
    """Paper lying, a little turned, on a cloth with squares of two colours."""
    photo = Image.new("RGB", (paper.width + 2 * margin, paper.height + 2 * margin), cloth[0])
    pen = ImageDraw.Draw(photo)
    for y in range(0, photo.height, 60):
        for x in range(60 * (y // 60 % 2), photo.width, 120):
            pen.rectangle((x, y, x + 59, y + 59), cloth[1])
    mask = Image.new("L", paper.size, 255).rotate(2, expand=True)
    photo.paste(paper.rotate(2, Image.Resampling.BICUBIC, expand=True), (margin - 10, margin - 10), mask)
    return photo


def lit(image, low):
    """Light from the left."""
    light = np.linspace(1, low, image.width)[None, :, None]
    noise = np.random.default_rng(0).normal(0, 2, (image.height, image.width, 1))
    return Image.fromarray((np.asarray(image) * light + noise).clip(0, 255).astype(np.uint8))


def as_jpeg(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return Image.open(file)


def counts(image):
    """Digits a line."""
    segmentation = segment_image(as_jpeg(image))
    lines = [glyph.line for glyph in segmentation.glyphs]
    assert not segmentation.signs
    return [lines.count(line) for line in range(max(lines) + 1)]


def left_out(image):
    return {piece.reason for piece in segment_image(as_jpeg(image)).left_out}


def test_paper_is_found_on_a_cloth_that_is_nearly_as_light():
    assert counts(lit(on([(250, 210, 60), (70, 140, 60)], sheet()), 0.6)) == [3, 4]


def test_paper_is_found_in_light_from_one_side():
    assert counts(lit(on([(105, 105, 105), (130, 130, 130)], sheet()), 0.5)) == [3, 4]


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("degrees", [0, 9])
@pytest.mark.parametrize("ink", [INK, BLUE_INK])
def test_coloured_lines_of_the_paper_are_no_ink(squared, degrees, ink):
    page = sheet(ink, margin=200)
    printed = Image.new("RGB", page.size, PAPER)
    pen = ImageDraw.Draw(printed)
    for y in range(10, page.height, 55):
        pen.line([(0, y), (page.width, y)], (140, 160, 205), 3)
    for x in range(15, page.width, 55) if squared else []:
        pen.line([(x, 0), (x, page.height)], (140, 160, 205), 3)
    pen.line([(90, 0), (90, page.height)], (205, 80, 92), 3)
    page = Image.fromarray(np.minimum(np.asarray(page), np.asarray(printed)))
    turned = page.rotate(degrees, Image.Resampling.BICUBIC)
    assert counts(turned.crop((70, 70, page.width - 70, page.height - 70))) == [3, 4]


def test_red_writing_beside_a_red_margin_stays():
    page = sheet((190, 30, 30), margin=150)
    ImageDraw.Draw(page).line([(70, 0), (70, page.height)], (205, 80, 92), 4)
    assert counts(page) == [3, 4]


def test_fingers_that_hold_the_paper_are_not_read():
    photo = on([(60, 70, 80), (66, 76, 84)], sheet())
    pen = ImageDraw.Draw(photo)
    for x in (300, 400):
        pen.rounded_rectangle((x, photo.height - 150, x + 75, photo.height + 50), 37, fill=(190, 140, 112))
    assert counts(photo) == [3, 4]


def test_pen_that_lies_on_the_paper_is_no_digit_and_hides_none():
    page = sheet(margin=160)
    ImageDraw.Draw(page).line([(760, 60), (740, 560)], (70, 66, 60), 16)
    assert counts(page) == [3, 4]
    assert "a long line" in left_out(page)


@pytest.mark.parametrize(
    ("left", "width", "places"),
    [
        pytest.param(280, 60, [2, 3], id="between digits"),
        pytest.param(430, 60, [2, 3], id="behind the last"),
        pytest.param(430, 18, [2, 2], id="as narrow as an exponent"),
    ],
)
def test_what_glare_left_of_a_digit_has_a_digits_place(left, width, places):
    image = Image.new("RGB", (620, 440), (235, 235, 235))
    pen = ImageDraw.Draw(image)
    second = 300 if left == 430 else 430
    for x, y in ((160, 60), (300, 60), (160, 230), (second, 230)):
        for stroke in moved(TWO, x, y):
            pen.line([tuple(point) for point in stroke], (30, 30, 30), 9, joint="curve")
    # Of a 7 only the upper part.
    pen.line([(left, 232), (left + width, 232), (left + width - 9, 262)], (30, 30, 30), 9, joint="curve")
    assert counts(image) == places


def in_glare(lines, faint, factor):
    """A whiteboard in whose light some of the digits, by line and place, take so much less from it than the others."""
    board = np.asarray(sheet(lines=lines), float)
    for row, column in faint:
        part = board[110 + 170 * row - 20 : 110 + 170 * row + 125, 110 + 140 * column - 20 : 110 + 140 * column + 105]
        part[:] = PAPER - (PAPER - part) * factor
    return Image.fromarray(board.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("factor", [0.45, 0.25])
@pytest.mark.parametrize("faint", [[(0, 1)], [(1, 2), (1, 3)]])
def test_digits_fainter_than_the_others_are_read_where_a_digit_stands(faint, factor):
    assert counts(lit(in_glare(LINES, faint, factor), 0.8)) == [3, 4]


def test_a_faint_shadow_beside_digits_is_no_stroke():
    y, x = np.mgrid[:300, :500]
    distances = [np.hypot(y - 150, x - middle) for middle in (60, 140, 220, 300, 380)]
    ink = np.zeros((300, 500), np.float32)
    for distance in distances[:4]:
        ink[(distance > 24) & (distance < 30)] = 1
    ink[distances[4] < 30] = 0.25
    assert with_faint_strokes(ink) is ink
    ink[distances[4] < 24] = 0  # a ring of it is a 0
    np.testing.assert_array_equal(with_faint_strokes(ink), ink > 0)
    ink[20:22] = 0.25  # a line of the paper: what is as faint elsewhere is a piece of such lines
    assert with_faint_strokes(ink) is ink


def test_faint_writing_of_the_other_side_is_not_read():
    page = sheet()
    other = sheet((205, 202, 196), lines=[[TWO, ZERO, FIVE, TWO]] * 2).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    seen = Image.fromarray(np.minimum(np.asarray(page), np.roll(np.asarray(other), (70, 70), (0, 1))))
    assert counts(seen.filter(ImageFilter.GaussianBlur(1))) == [3, 4]


def test_the_low_letters_of_a_printed_word_are_no_digits():
    image = sheet()
    ImageDraw.Draw(image).text((60, 30), "Customer number", (30, 30, 30), font_size=38)
    assert counts(image) == [2, 3, 4]  # C and b are as high as small digits


def test_tall_1_among_small_pieces_stays():
    page = Image.new("RGB", (500, 500), PAPER)
    pen = ImageDraw.Draw(page)
    pen.line([(250, 60), (240, 440)], INK, 22)
    for x, y in [(60, 80), (110, 430), (420, 100), (440, 400)]:
        pen.arc((x, y, x + 9, y + 9), 0, 270, INK, 3)
    assert counts(page) == [1]


def test_colours_are_upright_and_none_where_there_are_none():
    image = Image.new("RGB", (30, 20), (250, 10, 20))
    assert upright_colours(image, (10, 15)).shape == (10, 15, 3)
    assert upright_colours(image.convert("L"), (20, 30)) is None
    assert upright_colours(image.convert("RGBA"), (20, 30)) is None
