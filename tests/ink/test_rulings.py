"""Lines of squared paper go as a whole, thin ones too; digits that look like lines, frames or two digits stay."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from ocr import segment_image
from ocr.ink.frames import without_frames
from ocr.ink.patches import find_patches
from ocr.ink.rulings import without_rulings
from tests.ink.test_segment import CROSSED_FOUR, FIVE, THREE, TWO, ZERO, picture

FINER = 8


def test_thin_lines_that_slope_go_where_they_lie_between_pixels_too():
    page = picture([FIVE, CROSSED_FOUR, ZERO], [TWO, THREE, TWO])
    large = Image.new("L", (page.width * FINER, page.height * FINER), 255)
    pen = ImageDraw.Draw(large)
    for x in range(20, page.width, 45):
        pen.line([(x * FINER, 0), ((x + 3) * FINER, large.height)], 90, FINER)
    for y in range(20, page.height, 45):
        pen.line([(0, y * FINER), (large.width, (y - 4) * FINER)], 90, FINER)
    lines = np.asarray(large.reduce(FINER))
    segmentation = segment_image(Image.fromarray(np.minimum(np.asarray(page), lines)))
    assert [glyph.line for glyph in segmentation.glyphs] == [0, 0, 0, 1, 1, 1]
    assert {piece.reason for piece in segmentation.left_out} == {"a ruled line"}
    assert not segmentation.signs


def squared_ink(tone: float) -> np.ndarray:
    """An ink map of squared paper whose lines are so dark, and of a broad stroke that ends on some of them."""
    ink = np.zeros((400, 600), np.float32)
    ink[20::60] = ink[21::60] = ink[22::60] = tone
    ink[:, 30::60] = ink[:, 31::60] = ink[:, 32::60] = tone
    ink[150:201, 215:260] = 1
    ink[150:260, 330:350] = 1
    return ink


def test_lines_go_right_up_to_strokes_that_are_darker():
    ink = squared_ink(0.75)
    cleaned, _ = without_rulings(ink)
    np.testing.assert_array_equal(cleaned, np.where(ink == 1, ink, 0))


def test_strokes_stay_on_lines_that_are_too_faint_to_be_seen():
    ink = squared_ink(0.28)
    cleaned, _ = without_rulings(ink)
    np.testing.assert_array_equal(cleaned > 0.5, ink > 0.5)


# A written 2 and a 4 in rows of bits, as they lay on photos.
BOLD_TWO = """1ffc0 ffff0 3ffff8 7ffffc 1fffffe 3fffffe 7ffc1ff ffe007f ff8007f 1ff0007f 1fe0007f 1fc0007f
    1fc0007f f80007e 78000fe fe 1fc 1fc 3fc 3fc 3f8 7f8 7f0 ff0 1fe0 1fc0 3f80 7f80 ff80 1ff00 3fe00
    3fc00 ffc00 ff800 3ff000 7fe000 7fe000 ffc000 1ff0000 1fe0000 3fc0000 7fc0000 7f80000 ff80000
    ffc0000 ffffff8 7fffffc 7fffffe 3fffffe 1fffffe 1ffffc 7ff8"""
LOW_FOUR = """3c 7e fe 1ff 3e2 7c0 c000f80 3c001f80 3c003f00 fc007e00 1f800fc00 7f001f800 fe003f000 1fc007e000
    3f000fc000 7e001f8000 fc003f0000 1f8007e0000 3f0007e0000 7f000fc0000 7f001fc0000 7fffffe0000
    7fffffe0000 3ffffe00000 ffff800000 1ff000000 fe000000 1f8000000 1f0000000 3f0000000 3e0000000
    7c0000000 300000000"""


def on_a_page(rows: str, width: int) -> np.ndarray:
    """An ink map with a digit in rows of bits, so many wide, beside two rings that are 43 high."""
    bits = np.array([[int(bit) for bit in f"{int(row, 16):0{width}b}"] for row in rows.split()], np.float32)
    y, x = np.mgrid[:300, :400]
    ink = np.zeros((300, 400), np.float32)
    for middle in (60, 330):
        distance = np.hypot(y - 130, x - middle)
        ink[(distance > 16) & (distance < 22)] = 1
    ink[110 : 110 + len(bits), 160 : 160 + width] = bits
    return ink


def test_a_bold_2_with_a_flat_foot_is_no_box_of_a_form():
    ink = on_a_page(BOLD_TWO, 29)
    np.testing.assert_array_equal(without_frames(ink)[0], ink)


def test_a_4_that_is_lower_than_the_others_is_not_cut_in_two():
    labels, _ = find_patches(on_a_page(LOW_FOUR, 43))
    assert labels.max() == 3
