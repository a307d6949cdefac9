"""Several digits on one canvas or picture are found one by one, in reading order; what is no digit is left out."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ocr import OCRError, Segmentation, from_strokes, segment_image, segment_strokes

# Digits as a pen draws them, 100 high, each a list of strokes that starts at x = 0.
ZERO = [[(30 + 30 * np.cos(t), 50 + 50 * np.sin(t)) for t in np.linspace(-1.6, 4.7, 40)]]
ONE = [[(10, 0), (10, 50), (8, 100)]]
FLAGGED_ONE = [[(0, 30), (28, 0)], [(28, 0), (28, 100)], [(5, 100), (50, 100)]]
TWO = [[(0, 20), (30, 0), (55, 20), (0, 98), (60, 100)]]
THREE = [[(0, 5), (50, 15), (20, 45), (55, 75), (0, 95)]]
FOUR = [[(25, 0), (0, 60), (50, 62)], [(55, 20), (52, 100)]]  # its upright stands apart
CROSSED_FOUR = [[(25, 0), (0, 60), (70, 62)], [(50, 20), (48, 100)]]
FIVE = [[(10, 5), (5, 45), (50, 60), (40, 95), (0, 95)], [(12, 3), (70, 0)]]
CROSSED_SEVEN = [[(0, 0), (60, 2), (20, 100)], [(5, 50), (65, 48)]]
EIGHT_OF_RINGS = [
    [(25 + 22 * np.cos(t), 24 + 24 * np.sin(t)) for t in np.linspace(0, 6.3, 30)],
    [(25 + 25 * np.cos(t), 76 + 24 * np.sin(t)) for t in np.linspace(0, 6.3, 30)],
]
DIGITS = [ZERO, ONE, FLAGGED_ONE, TWO, THREE, FOUR, CROSSED_FOUR, FIVE, CROSSED_SEVEN, EIGHT_OF_RINGS]
NAMES = ["0", "1", "flagged 1", "2", "3", "4", "crossed 4", "5", "crossed 7", "8 of two rings"]


def moved(digit, x=0.0, y=0.0, scale=1.0):
    return [np.array(stroke, float) * scale + (x, y) for stroke in digit]


def row(*digits, gap=25.0, y=0.0):
    """Digits side by side, each a list of strokes."""
    placed, x = [], 0.0
    for digit in digits:
        placed.append(moved(digit, x, y))
        x = max(stroke[:, 0].max() for stroke in placed[-1]) + gap
    return placed


def found(digits, extra=()):
    """Which of the digits each glyph is made of, line by line; `extra` strokes are -1."""
    owner = {np.asarray(stroke, float).tobytes(): i for i, digit in enumerate(digits) for stroke in digit}
    lines: dict[int, list[set[int]]] = {}
    for glyph in segment_strokes([*(stroke for digit in digits for stroke in digit), *extra]).glyphs:
        lines.setdefault(glyph.line, []).append({owner.get(stroke.tobytes(), -1) for stroke in glyph.strokes})
    return list(lines.values())


@pytest.mark.parametrize("digit", DIGITS, ids=NAMES)
@pytest.mark.parametrize("scale", [0.01, 1, 37])
def test_one_digit_stays_one(digit, scale):
    strokes = moved(digit, 300, -20, scale)
    (glyph,) = segment_strokes(strokes).glyphs
    np.testing.assert_array_equal(glyph.image, from_strokes(strokes))
    points = np.concatenate(strokes)
    np.testing.assert_allclose(glyph.box, [*points.min(0), *points.max(0)])
    assert (len(glyph.strokes), glyph.line) == (len(digit), 0)


@pytest.mark.parametrize("first", DIGITS, ids=NAMES)
@pytest.mark.parametrize("second", DIGITS, ids=NAMES)
@pytest.mark.parametrize("gap", [12, 60, 300])
def test_two_digits_are_two(first, second, gap):
    assert found(row(first, second, gap=gap)) == [[{0}, {1}]]


def test_order_of_drawing_does_not_matter():
    digits = row(ONE, FIVE, FOUR, ZERO)
    assert found(digits[::-1]) == [[{3}, {2}, {1}, {0}]]


def test_top_bar_of_a_5_reaches_over_the_next_digit():
    five = [FIVE[0], [(12, 3), (95, 0)]]
    assert found([moved(five), moved(ONE, 75, 10), moved(TWO, 120)]) == [[{0}, {1}, {2}]]


@pytest.mark.parametrize(
    ("small", "gap"), [(ZERO, 12), (TWO, 12), (ZERO, 40), (TWO, 40), (FIVE, 40), (CROSSED_SEVEN, 40)]
)
def test_a_far_smaller_digit_on_the_line_is_one_too(small, gap):
    height = 100 * 0.35
    left, right = moved(TWO), moved(ONE, 60 + gap + 70 * 0.35 + gap + 10)
    assert found([left, moved(small, 60 + gap, 100 - height, 0.35), right]) == [[{0}, {1}, {2}]]


def test_what_is_as_small_and_high_is_no_digit():
    exponent = moved(ZERO, 85, -5, 0.3)
    page = segment_strokes([*moved(TWO), *exponent])
    assert len(page.glyphs) == 1
    assert [piece.reason for piece in page.left_out] == ["too low for a digit"]


@pytest.mark.parametrize("gap", [20, 60])
def test_lines_are_read_from_top_to_bottom(gap):
    lower = row(FIVE, CROSSED_SEVEN, FOUR, y=100 + gap)
    upper = row(TWO, EIGHT_OF_RINGS)
    assert found([*lower, *upper]) == [[{3}, {4}], [{0}, {1}, {2}]]


def test_line_that_climbs_is_one_line():
    digits = [moved(digit, 80 * i, -30 * i) for i, digit in enumerate([TWO, ZERO, FIVE, ONE, FOUR, TWO])]
    assert found(digits) == [[{0}, {1}, {2}, {3}, {4}, {5}]]


@pytest.mark.parametrize(
    "sign",
    [
        [(85, 98)],
        [(84, 96), (88, 99), (85, 97)],
        [(86, 95), (80, 118)],
        [(80, 50), (105, 50)],
        [(-20, 120), (350, 125)],
    ],
    ids=["point", "dot", "comma", "dash", "underline"],
)
def test_signs_and_specks_are_no_digits(sign):
    digits = row(THREE, ONE, FOUR, gap=60)
    assert found(digits, [np.array(sign, float)]) == [[{0}, {1}, {2}]]


def test_strokes_that_are_in_no_digit_are_told_with_the_reason():
    digits = [stroke for digit in row(THREE, ONE, FOUR, gap=60) for stroke in digit]
    point, dash, underline = ([(85, 2), (86, 2)], [(80, 50), (105, 50)], [(-20, 120), (350, 125)])
    page = segment_strokes([underline, *digits, point, dash])
    assert [(piece.box, piece.reason) for piece in page.left_out] == [
        ((-20, 120, 350, 125), "an underline"),
        ((85, 2, 86, 2), "a speck"),
    ]
    assert [(sign.text, sign.box, sign.after) for sign in page.signs] == [("-", (80, 50, 105, 50), 1)]
    together = segment_strokes([underline, *digits, point, dash], single=True)
    assert [piece.reason for piece in together.left_out] == ["a speck"]
    assert segment_strokes(digits).left_out == ()


@pytest.mark.parametrize("digit", [ZERO, TWO, THREE, FIVE, CROSSED_FOUR])
def test_a_line_close_below_one_digit_is_an_underline(digit):
    points = np.concatenate(digit)
    (left, _), (right, bottom) = points.min(0), points.max(0)
    page = segment_strokes([*digit, [(left - 8, bottom + 2), (right + 8, bottom + 3)]])
    assert [len(glyph.strokes) for glyph in page.glyphs] == [len(digit)]
    assert [piece.reason for piece in page.left_out] == ["an underline"]


@pytest.mark.parametrize("strokes", [[[(5, 5)]], [[(0, 0), (100, 0)]]], ids=["dot", "dash"])
def test_what_stands_alone_is_left_to_the_network(strokes):
    (glyph,) = segment_strokes(strokes).glyphs
    assert glyph.image.max() > 0.9


def test_single_takes_everything_as_one():
    (glyph,) = segment_strokes([stroke for digit in row(ONE, ZERO) for stroke in digit], single=True).glyphs
    np.testing.assert_allclose(glyph.box, (8, 0, 95, 100), atol=0.2)
    assert len(glyph.strokes) == 2


def test_text_of_a_page():
    page = segment_strokes([stroke for digit in [*row(ONE, ZERO), *row(TWO, y=150)] for stroke in digit])
    assert page.text([1, 0, 2]) == "10\n2"
    assert page.text(["1", "?", "2"]) == "1?\n2"
    assert Segmentation(()).text([]) == ""
    with pytest.raises(ValueError, match="shorter"):
        page.text([1, 0])


@pytest.mark.parametrize(
    ("strokes", "sentence"),
    [
        ([], r"^There is no ink: draw a digit first\.$"),
        ([[]], r"^There is no ink: draw a digit first\.$"),
        ([[(0, 0), (np.nan, 1)]], r"^A stroke has a point that is not a number"),
        ([[(0, 0), (1, np.inf)], [(1, 2)]], r"^A stroke has a point that is not a number"),
    ],
)
def test_strokes_that_cannot_be_read_give_a_sentence(strokes, sentence):
    with pytest.raises(OCRError, match=sentence):
        segment_strokes(strokes)


def test_quick_enough_for_every_point_of_a_stroke():
    strokes = [stroke for digit in row(TWO, ZERO, FIVE, EIGHT_OF_RINGS, FOUR) for stroke in digit]
    times = []
    for _ in range(20):
        start = time.perf_counter()
        segment_strokes(strokes)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.02  # 2 ms on an idle processor


MARGIN = 60


def picture(*lines, pen=9, ink=30, paper=235, mark=None) -> Image.Image:
    """Digits drawn on paper: each line a list of digits; `mark` draws on the paper before."""
    digits = [digit for number, line in enumerate(lines) for digit in row(*line, gap=35, y=150 * number)]
    right = max(stroke[:, 0].max() for digit in digits for stroke in digit)
    image = Image.new("L", (int(right) + 2 * MARGIN, 150 * len(lines) + 2 * MARGIN - 50), paper)
    draw = ImageDraw.Draw(image)
    if mark:
        mark(draw, *image.size)
    for digit in digits:
        for stroke in digit:
            draw.line([tuple(point + MARGIN) for point in stroke], ink, pen, joint="curve")
    return image.filter(ImageFilter.GaussianBlur(0.7))


def counts(image: Image.Image) -> list[int]:
    """How many digits are found on each line."""
    lines = [glyph.line for glyph in segment_image(image).glyphs]
    return [lines.count(line) for line in sorted(set(lines))]


PAGE = ([FIVE, CROSSED_FOUR, ZERO], [ONE, TWO, CROSSED_SEVEN, THREE])


def ruled(draw, width, height):
    for y in range(17, height, 52):
        draw.line([(0, y), (width, y + 4)], 120, 2)


def squared(draw, width, height):
    ruled(draw, width, height)
    for x in range(23, width, 52):
        draw.line([(x, 0), (x, height)], 120, 2)


@pytest.mark.parametrize("pen", [3, 9, 16])
@pytest.mark.parametrize(("ink", "paper"), [(30, 235), (235, 20), (100, 190)], ids=["dark", "light", "faint"])
def test_page_whatever_its_pen_and_paper(pen, ink, paper):
    assert counts(picture(*PAGE, pen=pen, ink=ink, paper=paper)) == [3, 4]


@pytest.mark.parametrize("pen", [5, 9, 16])
@pytest.mark.parametrize("mark", [ruled, squared])
def test_lines_of_the_paper_are_no_digits(pen, mark):
    assert counts(picture(*PAGE, pen=pen, mark=mark)) == [3, 4]


def test_glyphs_of_a_picture_look_like_their_strokes():
    glyphs = segment_image(picture(*PAGE)).glyphs
    for glyph, digit in zip(glyphs, [digit for line in PAGE for digit in line], strict=True):
        assert np.abs(glyph.image - from_strokes(digit)).mean() < 0.04


@pytest.mark.parametrize("factor", [0.35, 1, 8])
def test_boxes_are_in_pixels_of_the_picture(factor):
    page = picture(*PAGE, pen=9)
    resized = page.resize((round(page.width * factor), round(page.height * factor)))
    four = segment_image(resized).glyphs[1]
    left = max(stroke[:, 0].max() for stroke in moved(FIVE)) + 35
    expected = np.array([left, 0, left + 70, 100]) + MARGIN + np.array([-4.5, -4.5, 4.5, 4.5])
    np.testing.assert_allclose(np.array(four.box) / factor, expected, atol=4.5)


def test_shadow_noise_and_jpeg_do_not_matter():
    page = np.asarray(picture(*PAGE), float)
    light = np.linspace(1, 0.4, page.shape[1]) * np.where(np.arange(page.shape[1]) > 200, 0.7, 1)
    noisy = page * light + np.random.default_rng(0).normal(0, 4, page.shape)
    file = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=40)
    assert counts(Image.open(file)) == [3, 4]


def test_photo_taken_sideways_is_read_upright():
    page = picture(*PAGE)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    file = io.BytesIO()
    page.transpose(Image.Transpose.ROTATE_90).save(file, "JPEG", exif=exif)
    glyphs = segment_image(Image.open(file)).glyphs
    assert [glyph.line for glyph in glyphs] == [0] * 3 + [1] * 4
    assert max(glyph.box[2] for glyph in glyphs) == pytest.approx(page.width - MARGIN, abs=8)


def test_digits_that_touch_are_cut_apart():
    wide = [np.array(TWO[0]) * (1.35, 1)]
    glyphs = segment_image(picture([[*wide, *moved(wide, 81)], ONE])).glyphs  # one goes on where the other ends
    assert len(glyphs) == 3
    np.testing.assert_allclose([glyph.box[0] - MARGIN for glyph in glyphs[:2]], [0, 81], atol=20)


def test_digits_that_lean_over_each_other_are_cut_on_a_slant():
    leaning = [stroke @ [[1, 0], [-0.6, 1]] + (60, 0) for stroke in moved(ZERO)]
    glyphs = segment_image(picture([[*leaning, *moved(leaning, 72)]])).glyphs  # no upright cut passes between them
    assert [glyph.box[2] - glyph.box[0] for glyph in glyphs] == pytest.approx([90, 90], abs=15)


def test_wide_digit_is_not_cut():
    assert counts(picture([[np.array(stroke) * (2, 1) for stroke in digit] for digit in (ZERO, TWO)])) == [2]


def test_tall_1_and_bar_of_a_7_are_no_ruled_lines():
    cropped = picture([ONE, CROSSED_SEVEN, ONE]).crop((MARGIN - 8, MARGIN - 8, 10_000, MARGIN + 108))
    cropped = cropped.crop((0, 0, 200, 116))
    assert counts(cropped) == [3]


def test_a_dot_within_a_stroke_is_part_of_its_digit_and_one_beside_it_is_not():
    ring = [(60 + 40 * np.cos(angle), 100 + 60 * np.sin(angle)) for angle in np.linspace(0, 6.2, 30)]
    within, beside = [(60, 98), (62, 100)], [(130, 150), (132, 152)]
    for single in (True, False):
        [glyph] = segment_strokes([ring, within, beside], single).glyphs
        assert len(glyph.strokes) == 2
        assert np.array_equal(glyph.strokes[1], within)


@pytest.mark.parametrize("pen", [4, 6, 9])
@pytest.mark.parametrize("wide", [1.35, 1.6, 2.0])
def test_a_broad_0_is_one_digit(wide, pen):
    broad = [[(wide * x, y) for x, y in ZERO[0] / np.array([1, 1.7])]]
    assert counts(picture([THREE, broad, ONE], pen=pen)) == [3]


@pytest.mark.parametrize("pen", [5, 9, 14])
@pytest.mark.parametrize("digit", [ZERO, TWO, THREE, FIVE])
def test_lines_of_a_picture_are_as_thick_as_those_of_a_drawing(digit, pen):
    (glyph,) = segment_image(picture([digit], pen=pen)).glyphs
    assert glyph.image.sum() == pytest.approx(from_strokes(digit).sum(), rel=0.09)


def test_dot_above_or_below_is_no_speck():
    stem, dot = moved([[(10, 25), (9, 100)]]), np.array([(11.0, 5.0), (12.0, 6.0)])
    assert len(segment_strokes([*stem, dot], single=True).glyphs[0].strokes) == 2
    image = picture([stem])
    ImageDraw.Draw(image).ellipse([64, 60, 76, 72], 30)
    (glyph,) = segment_image(image, single=True).glyphs
    assert glyph.image[7].max() < 0.2 < glyph.image[6].max()  # the gap of an i


def test_specks_are_left_out():
    def specks(draw, width, height):
        for x, y in np.random.default_rng(1).integers(0, min(width, height), (40, 2)):
            draw.ellipse([int(x), int(y), int(x) + 3, int(y) + 3], 60)

    assert counts(picture([THREE, ONE, FIVE], mark=specks)) == [3]


def test_patches_that_are_in_no_digit_are_told_with_the_reason():
    def marks(draw, width, height):
        draw.ellipse([20, 20, 26, 26], 30)
        draw.line([(MARGIN, height - 20), (width - MARGIN, height - 20)], 30, 6)
        draw.rectangle([width - 4, 30, width, 60], fill=30)

    image = picture([THREE, ONE, FIVE], mark=marks)
    left_out = segment_image(image).left_out
    assert sorted(piece.reason for piece in left_out) == ["a speck", "along the edge of the picture", "an underline"]
    boxes = {piece.reason: piece.box for piece in left_out}
    assert boxes["a speck"] == pytest.approx((20, 20, 27, 27), abs=2)
    assert boxes["along the edge of the picture"] == pytest.approx((image.width - 4, 30, image.width, 61), abs=2)
    line = (MARGIN, image.height - 23, image.width - MARGIN, image.height - 17)
    assert boxes["an underline"] == pytest.approx(line, abs=3)


def test_ruled_lines_are_told_one_by_one():
    def lines(draw, width, height):
        for y in (20, 180):
            draw.line([(0, y), (width, y)], 30, 2)
        draw.line([(24, 0), (24, height)], 30, 2)

    image = picture(*PAGE, mark=lines)
    boxes = [piece.box for piece in segment_image(image).left_out if piece.reason == "a ruled line"]
    expected = [(0, y, image.width, y + 2) for y in (20, 180)] + [(24, 0, 26, image.height)]
    np.testing.assert_allclose(boxes, expected, atol=2)


@pytest.mark.parametrize("label", range(10))
def test_image_like_mnist_is_one_digit_as_it_is(digits, label):
    pixels = digits.test.images[digits.test.labels == label][0]
    (glyph,) = segment_image(Image.fromarray(pixels)).glyphs
    np.testing.assert_array_equal(glyph.image, (pixels / 255).astype(np.float32))
    assert glyph.box[3] - glyph.box[1] == pytest.approx(20, abs=3)


def test_single_takes_the_whole_picture():
    (glyph,) = segment_image(picture([ONE, ZERO]), single=True).glyphs
    assert glyph.box == pytest.approx((MARGIN + 8 - 4, MARGIN - 4, MARGIN + 105 + 4, MARGIN + 100 + 4), abs=3)


@pytest.mark.parametrize("pen", [3, 9, 24])
def test_frame_of_a_form_is_not_read(pen):
    def frame(draw, width, height):
        draw.rectangle([0, 0, width - 1, height - 1], outline=20, width=4)

    plain, framed = (picture([THREE], pen=pen, mark=mark) for mark in (None, frame))
    (expected,), (glyph,) = (segment_image(image).glyphs for image in (plain, framed))
    assert np.abs(glyph.image - expected.image).mean() < 0.01


def test_single_leaves_out_what_the_edge_cuts_off_a_neighbour():
    def neighbour(draw, width, height):
        draw.rectangle([width - 9, 80, width, 140], fill=20)

    (expected,), (glyph,) = (
        segment_image(picture([FIVE], mark=mark), single=True).glyphs for mark in (None, neighbour)
    )
    assert np.abs(glyph.image - expected.image).mean() < 0.01


@pytest.mark.parametrize("digit", [ZERO, TWO, CROSSED_SEVEN], ids=["0", "2", "crossed 7"])
def test_broad_brush_that_fills_the_picture_stays_whole(digit):
    image = picture([digit], pen=20)
    cropped = image.crop((MARGIN - 12, MARGIN - 12, image.width - MARGIN + 12, image.height - MARGIN + 12))
    (glyph,) = segment_image(cropped, single=True).glyphs
    assert np.abs(glyph.image - from_strokes(digit)).mean() < 0.05


def test_single_leaves_out_a_tap_of_the_pen():
    (glyph,) = segment_strokes([*moved(FIVE), np.array([[250.0, 300.0]])], single=True).glyphs
    np.testing.assert_array_equal(glyph.image, from_strokes(FIVE))


def test_blank_picture_gives_a_sentence():
    with pytest.raises(OCRError, match=r"^Nothing stands out on this image"):
        segment_image(Image.new("L", (300, 200), 240))


def test_texture_gives_a_sentence():
    texture = np.where(np.random.default_rng(0).random((300, 300)) < 0.08, 0, 255).astype(np.uint8)
    with pytest.raises(OCRError, match=r"^There are far too many marks on this picture"):
        segment_image(Image.fromarray(texture).resize((1500, 1500), Image.Resampling.NEAREST))


def test_filled_shape_is_no_ring():
    disk = Image.new("L", (260, 260), 255)
    ImageDraw.Draw(disk).ellipse((40, 40, 220, 220), 0)
    (glyph,) = segment_image(disk, single=True).glyphs
    assert glyph.image[14, 14] == 1
