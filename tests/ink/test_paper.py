"""The paper of a photo: small, turned, half in a shadow, in that of a hand, held by a finger; and tables on it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ocr import segment_image
from ocr.ink.sheet_shape import convex_hull, sheet_slope, without_edge
from tests.ink.test_photos import INK, as_jpeg, counts, lit, on, sheet

DESK = [(60, 66, 74), (60, 66, 74)]


def shaded(image, corners, light, blur=1):
    """A shadow with straight edges lies on a picture, whose corners are shares of its width and height."""
    mask = Image.new("L", image.size)
    size = np.array(image.size)
    ImageDraw.Draw(mask).polygon([tuple(corner * size) for corner in np.array(corners)], fill=255)
    share = np.asarray(mask.filter(ImageFilter.GaussianBlur(blur)), float)[..., None] / 255
    return Image.fromarray((np.asarray(image) * (1 - (1 - light) * share)).astype(np.uint8))


HAND = [(0.45, 0.45), (0.75, 0.35), (0.9, 1.0), (0.3, 1.0), (0.35, 0.7), (0.5, 0.65)]
HALF = [(0, 0.3), (1, 0.65), (1, 1), (0, 1)]


@pytest.mark.parametrize("light", [0.75, 0.5])
@pytest.mark.parametrize("corners", [HAND, HALF], ids=["hand", "half the page"])
def test_digits_in_and_beside_a_shadow_are_read(corners, light):
    assert counts(lit(shaded(sheet(), corners, light), 0.8)) == [3, 4]


@pytest.mark.parametrize("light", [0.75, 0.5])
def test_a_sheet_in_the_shadow_of_a_hand_is_found_on_a_desk(light):
    assert counts(shaded(on(DESK, sheet()), HAND, light)) == [3, 4]


@pytest.mark.parametrize("thick", [40, 80])
def test_a_finger_at_the_edge_of_a_page_is_no_digit(thick):
    page = sheet(margin=160)
    ImageDraw.Draw(page).rounded_rectangle((-50, 300, 110, 300 + thick), thick // 2, fill=(190, 140, 112))
    assert counts(page.filter(ImageFilter.GaussianBlur(1))) == [3, 4]


def test_a_digit_of_bold_strokes_beside_thin_ones_stays():
    page = sheet()
    ImageDraw.Draw(page).ellipse((535, 110, 590, 210), outline=INK, width=18)
    assert counts(page) == [4, 4]


def test_a_small_label_is_found():
    page = sheet(margin=60)
    photo = Image.new("RGB", (page.width * 4, page.height * 3), (120, 90, 60))
    ImageDraw.Draw(photo).line([(0, 300), (photo.width, 380)], (70, 50, 30), 12)
    photo.paste(page, (1100, 700))
    segmentation = segment_image(as_jpeg(photo))
    assert [glyph.line for glyph in segmentation.glyphs] == [0, 0, 0, 1, 1, 1, 1]
    left, top, right, bottom = segmentation.glyphs[0].box
    np.testing.assert_allclose((left, top, right, bottom), (1156, 756, 1224, 864), atol=6)


def test_bold_digits_on_a_black_board_are_no_labels():
    board = Image.new("RGB", (900, 500), (12, 12, 14))
    pen = ImageDraw.Draw(board)
    for x in (150, 400, 650):
        pen.rounded_rectangle((x, 120, x + 130, 380), 30, outline=(240, 240, 240), width=34)
    assert counts(board) == [3]


def grid(page, lines, pitch=55, tone=(110, 110, 110)):
    """Dark lines on a page, `lines` of them either way."""
    pen = ImageDraw.Draw(page)
    for k in range(lines):
        pen.line([(k * pitch, 0), (k * pitch, page.height)], tone, 3)
        pen.line([(0, k * pitch), (page.width, k * pitch)], tone, 3)
    return page


@pytest.mark.parametrize("degrees", [0, 13])
def test_dark_lines_of_a_sheet_on_a_desk_go_as_they_do_without_the_desk(degrees):
    page = sheet()
    squared = Image.fromarray(np.minimum(np.asarray(page), np.asarray(grid(Image.new("RGB", page.size, "white"), 30))))
    mask = Image.new("L", page.size, 255).rotate(degrees, expand=True)
    photo = Image.new("RGB", (mask.width + 160, mask.height + 160), DESK[0])
    photo.paste(squared.rotate(degrees, Image.Resampling.BICUBIC, expand=True), (80, 80), mask)
    assert counts(photo) == [3, 4]
    ink = np.asarray(photo.convert("L")) < 80
    for glyph in segment_image(photo).glyphs:
        left, top, right, bottom = (int(value) for value in glyph.box)
        assert ink[top:bottom, left:right].any()


def test_a_table_of_three_rows_is_a_frame():
    cell, width = 150, 4
    page = Image.new("RGB", (width * cell + 100, 3 * cell + 100), (235, 232, 226))
    written = sheet(margin=0)
    for row, top in enumerate((50, 50 + cell, 50 + 2 * cell)):
        part = written.crop((0, 165 * (row % 2), 520, 165 * (row % 2) + 125))
        page.paste(part, (90, top + 18))
    pen = ImageDraw.Draw(page)
    for k in range(4):
        pen.line([(50, 50 + k * cell), (50 + width * cell, 50 + k * cell)], (90, 90, 100), 3)
    for k in range(width + 1):
        pen.line([(50 + k * cell, 50), (50 + k * cell, 50 + 3 * cell)], (90, 90, 100), 3)
    assert counts(page) == [3, 4, 3]


def test_the_hull_of_a_straight_line_is_the_line():
    line = np.zeros((30, 40), bool)
    line[0] = True
    np.testing.assert_array_equal(convex_hull(line), line)


def test_a_picture_with_a_bar_along_its_edge_is_read():
    screen = sheet()
    ImageDraw.Draw(screen).rectangle((0, 0, screen.width, 60), fill=(40, 90, 160))
    ImageDraw.Draw(screen).rectangle((0, 0, screen.width, 3), fill=(250, 250, 250))
    assert sum(counts(screen)) >= 7


@pytest.mark.parametrize("degrees", [-20, 0, 12])
def test_how_a_sheet_slopes(degrees):
    mask = Image.new("L", (300, 200)).convert("1")
    ImageDraw.Draw(mask).rectangle((70, 60, 230, 140), fill=1)
    assert sheet_slope(np.asarray(mask.rotate(degrees))) == pytest.approx(degrees, abs=1)


def test_what_is_left_of_a_sheets_edge_is_no_ink():
    inside = np.zeros((400, 600), bool)
    inside[20:380, 30:570] = True
    ink = np.zeros((400, 600), np.float32)
    ink[100:200, 30:36] = 1  # along the edge
    ink[100:200, 300:306] = 1
    ink[250:256, 30:90] = 1  # from the edge into the sheet
    cleaned = without_edge(ink, inside)
    assert not cleaned[100:199, 28:40].any()
    np.testing.assert_array_equal(cleaned[:, 60:], ink[:, 60:])


def test_blots_and_a_shadow_without_any_stroke_are_looked_at():
    grey = np.full((200, 300), 230, np.uint8)
    for left in (30, 80, 130):
        grey[30:52, left : left + 22] = 60
    rows, columns = np.mgrid[:200, :300]
    grey[(rows - 130) ** 2 + (columns - 200) ** 2 < 45**2] = 150
    assert len(segment_image(Image.fromarray(grey)).glyphs) >= 3
