"""Drawings and pictures become images as MNIST's were made, whatever their size, place, colour or file."""

from __future__ import annotations

import contextlib
import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps
from scipy import ndimage

from ocr import OCRError, from_image, from_strokes
from ocr.ink.strokes import draw

SEVEN = [np.array([[0, 0], [30, 2], [60, 0], [45, 40], [30, 100]], float), np.array([[20, 50], [50, 52]], float)]
ONE = [np.array([[5, 0], [5, 40], [6, 90]], float)]
ZERO = [np.stack([40 * np.cos(t := np.linspace(0, 2 * np.pi, 60)), 55 * np.sin(t)], 1)]
DRAWINGS = [SEVEN, ONE, ZERO]


def centre(ink):
    return np.array(ndimage.center_of_mass(ink)) + 0.5


@pytest.mark.parametrize("strokes", DRAWINGS)
def test_drawing_fills_the_box_and_is_centred(strokes):
    ink = from_strokes(strokes)
    assert (ink.shape, ink.dtype) == ((28, 28), np.float32)
    assert (ink.min(), ink.max()) == (0, 1)
    assert np.abs(centre(ink) - 14).max() < 0.1
    # Sub-pixel extent: the outline is where the ink is a half, so a border pixel's ink is its share of the box.
    rows, columns = np.nonzero(ink >= 0.5)
    longest = max(np.ptp(rows), np.ptp(columns)) + 1
    assert 19 <= longest <= 20.5


@pytest.mark.parametrize("strokes", DRAWINGS)
@pytest.mark.parametrize(("scale", "shift"), [(1, (300, -50)), (3.7, (0, 0)), (0.01, (0.5, 0.2)), (40, (1e4, 2e4))])
def test_size_and_place_of_the_drawing_do_not_matter(strokes, scale, shift):
    moved = [stroke * scale + shift for stroke in strokes]
    np.testing.assert_allclose(from_strokes(moved), from_strokes(strokes), atol=1e-4)


@pytest.mark.parametrize("strokes", DRAWINGS)
def test_direction_and_order_of_strokes_do_not_matter(strokes):
    backwards = [stroke[::-1] for stroke in reversed(strokes)]
    np.testing.assert_allclose(from_strokes(backwards), from_strokes(strokes), atol=1e-4)


def test_a_drawing_of_very_many_points_takes_little_memory_and_is_inked_as_its_parts_are():
    rng = np.random.default_rng(3)
    points = rng.uniform(4, 24, (20_000, 2)).astype(np.float32)
    few = points[:1_000]
    parts = [few[first : first + 51] for first in range(0, 1_000, 50)]
    assert np.array_equal(draw([few]), np.max([draw([part]) for part in parts], axis=0))
    tracemalloc.start()
    draw([points])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_proportions_are_kept():
    ink = from_strokes([[[0, 0], [100, 0]]])
    rows, columns = np.nonzero(ink >= 0.5)
    assert (np.ptp(columns) + 1, np.ptp(rows) + 1) in [(20, 2), (19, 2), (20, 3), (19, 3)]


@pytest.mark.parametrize("dot", [[[[5, 5]]], [[[5, 5], [5, 5]]], [[[5, 5]], []]])
def test_dot_is_a_small_blob_in_the_middle(dot):
    ink = from_strokes(dot)
    assert ink.max() > 0.9
    assert 3 < ink.sum() < 8  # a disc of 1.25 pixels has an area of 4.9
    np.testing.assert_allclose(centre(ink), [14, 14], atol=0.01)


@pytest.mark.parametrize("strokes", [[], [[]], [[], []]])
def test_no_ink_gives_the_sentence(strokes):
    with pytest.raises(OCRError, match=r"^There is no ink: draw a digit first\.$"):
        from_strokes(strokes)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_point_that_is_no_number_gives_the_sentence(value):
    with pytest.raises(OCRError, match="A stroke has a point that is not a number"):
        from_strokes([[[0, 0], [value, 3]]])


@pytest.mark.parametrize("points", [[1, 2, 3, 4], [[1], [2]], [[[0, 0], [1, 1]]]])
def test_points_that_are_not_pairs_give_the_sentence(points):
    with pytest.raises(OCRError, match=r"each point must be \[x, y\]\.$"):
        from_strokes([points])


def test_what_a_tablet_adds_to_a_point_is_left_out():
    timed = [[[x, y, 0.5, 8 * i] for i, (x, y) in enumerate(stroke)] for stroke in SEVEN]
    np.testing.assert_array_equal(from_strokes(timed), from_strokes(SEVEN))


def test_numbers_of_any_size_will_do():
    np.testing.assert_allclose(from_strokes([[[-3e38, 0], [3e38, 6e38]]]), from_strokes([[[0, 0], [1, 1]]]), atol=1e-4)
    tiny_and_far = [stroke * 1e-3 + 1e6 for stroke in SEVEN]
    np.testing.assert_allclose(from_strokes(tiny_and_far), from_strokes(SEVEN), atol=1e-4)


@pytest.mark.parametrize("strokes", [[[[0, 0], [1e-310, 0]]], [[[0, 0], [0, -1e-200], [1e-120, 0]]]])
def test_what_is_smaller_than_numbers_tell_is_a_dot(strokes):
    np.testing.assert_array_equal(from_strokes(strokes), from_strokes([[[5, 5]]]))


@pytest.mark.parametrize("value", [1e308, -1e200, pytest.param(10**400, id="vast"), "a", None, [1, 2]])
def test_what_cannot_be_reckoned_with_gives_the_sentence(value):
    with pytest.raises(
        OCRError, match=r"a point that is not a number or beyond 1e\+100; each point must be \[x, y\]\.$"
    ):
        from_strokes([[[-1e308, 0], [value, 3]]])


def picture(width=200, height=260, ink=0, paper=255, pen=14) -> Image.Image:
    """A 7 on paper."""
    image = Image.new("L", (width, height), paper)
    points = [(0.25 * width, 0.2 * height), (0.7 * width, 0.2 * height), (0.45 * width, 0.8 * height)]
    ImageDraw.Draw(image).line(points, ink, pen, joint="curve")
    return image


def png(image: Image.Image, **options) -> Image.Image:
    """The image as it comes back from a file."""
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return Image.open(file)


def with_alpha(image: Image.Image, ink: int) -> Image.Image:
    """Ink of one grey on a transparent ground, opaque where `image` is dark."""
    layers = [Image.new("L", image.size, ink)] * 3
    return Image.merge("RGBA", [*layers, ImageOps.invert(image)])


EXPECTED = from_image(picture())


def test_picture_is_centred_and_fills_the_box():
    assert (EXPECTED.shape, EXPECTED.dtype) == ((28, 28), np.float32)
    assert np.abs(centre(EXPECTED) - 14).max() < 0.15
    rows, columns = np.nonzero(EXPECTED >= 0.5)
    assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
    assert EXPECTED[:2].max() == 0
    # It is the 7 that was drawn: the bar is on top, and below it ink runs from right to left.
    bar, foot = rows.min() + 1, rows.max() - 1
    assert (EXPECTED[bar] >= 0.5).sum() >= 10
    assert np.flatnonzero(EXPECTED[foot] >= 0.5).mean() < np.flatnonzero(EXPECTED[bar + 3] >= 0.5).mean() - 3


@pytest.mark.parametrize(
    "image",
    [
        picture(ink=255, paper=0),
        picture(ink=60, paper=200),
        with_alpha(picture(), ink=0),
        with_alpha(picture(), ink=255),
        picture().convert("RGB"),
        picture().convert("P"),
        picture().convert("1"),
        picture().convert("CMYK"),
        picture().convert("LA"),
        png(picture()),
        png(Image.fromarray(np.asarray(picture(), np.uint16) * 257)),
        Image.fromarray(np.asarray(picture(ink=60, paper=200), np.uint16) * 257),
        Image.fromarray(np.asarray(picture(ink=60, paper=200), np.float32)),
        picture().resize((800, 1040)),
        ImageOps.expand(picture(), (150, 20, 0, 90), 255),
    ],
    ids=[
        "light on dark",
        "grey",
        "dark with alpha",
        "light with alpha",
        "RGB",
        "P",
        "1",
        "CMYK",
        "LA",
        "PNG",
        "16 bit",
        "16 bit grey",
        "float",
        "large",
        "off the middle",
    ],
)
def test_same_digit_whatever_the_picture(image):
    found = from_image(image)
    assert np.abs(found - EXPECTED).mean() < 0.012
    assert np.abs(found - EXPECTED).max() < 0.45


def test_thickness_of_the_pen_does_not_matter_much():
    assert np.abs(from_image(picture(pen=8)) - EXPECTED).mean() < 0.03
    assert np.abs(from_image(picture(pen=26)) - EXPECTED).mean() < 0.03


def test_small_digit_on_a_large_sheet_is_the_same_digit():
    sheet = Image.new("L", (800, 900), 255)
    sheet.paste(picture().resize((100, 130)), (40, 700))
    assert np.abs(from_image(sheet) - EXPECTED).mean() < 0.03


@pytest.mark.parametrize("pen", [2, 4, 8])
def test_lines_that_touch_the_edge_end_there(pen):
    image = Image.new("L", (120, 200), 255)
    ImageDraw.Draw(image).line([(10, 4), (119, 4), (50, 199)], 0, pen)
    assert np.abs(from_image(image) - from_image(ImageOps.expand(image, 60, 255))).mean() < 0.02
    assert from_image(image)[:, 23:].max() < 0.1  # of the box of 20 pixels nothing is left there


def test_strokes_and_their_picture_agree():
    drawn = from_strokes([[[0.25 * 200, 0.2 * 260], [0.7 * 200, 0.2 * 260], [0.45 * 200, 0.8 * 260]]])
    assert np.abs(drawn - EXPECTED).mean() < 0.03  # the picture's corners are not round


def test_photo_taken_sideways_is_turned_by_its_exif_tag():
    turned = picture().transpose(Image.Transpose.ROTATE_90)
    exif = turned.getexif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    np.testing.assert_allclose(from_image(png(turned, exif=exif)), EXPECTED, atol=1e-6)


def test_uneven_light_is_evened():
    paper = np.linspace(120, 250, 200)[None] * np.ones((260, 1))
    image = Image.fromarray((paper * (np.asarray(picture()) / 255)).astype(np.uint8))
    assert np.abs(from_image(image) - EXPECTED).mean() < 0.03


def test_image_like_mnist_is_taken_as_it_is(digits):
    for pixels in digits.test.images[:40]:
        np.testing.assert_array_equal(from_image(png(Image.fromarray(pixels))), (pixels / 255).astype(np.float32))


def test_dark_on_light_at_28_pixels_is_not_taken_as_it_is(digits):
    inverted = Image.fromarray(255 - digits.test.images[0])
    assert np.abs(from_image(inverted) - digits.test.images[0] / 255).mean() < 0.09


@pytest.mark.parametrize(
    "image",
    [
        Image.new("L", (100, 100), 255),
        Image.new("L", (100, 100), 0),
        Image.new("L", (28, 28), 0),
        Image.new("RGBA", (50, 50), (0, 0, 0, 0)),
        Image.new("RGBA", (50, 50), (255, 255, 255, 0)),
        Image.new("L", (1, 1), 0),
        Image.new("L", (1, 900), 128),
        Image.new("1", (2, 2), 1),
    ],
)
def test_blank_image_gives_a_sentence(image):
    with pytest.raises(OCRError, match=r"^(Nothing stands out on this image|There is no ink)"):
        from_image(image)


def test_a_faint_digit_that_covers_half_of_a_small_scan_stands_out():
    scan = np.full((26, 20), 200, np.uint8)
    scan[1:-1, 2:-2] = 140
    scan[6:-6, 7:-7] = 200
    image = from_image(Image.fromarray(scan))
    assert (image > 0.5).any(0).sum() == pytest.approx(20 * 16 / 24, abs=2)
    assert image[13:15, 13:15].max() < 0.5  # the hole of the 0


def test_strokes_that_fill_a_small_scan_to_its_edges_are_the_ink_whatever_their_colour():
    """As on scanned mail: a thick 0 that is stretched over all of the picture covers more of it than the ground."""
    scan = np.full((16, 16), 255, np.uint8)
    scan[5:11, 6:10] = 0  # the hole
    for corner in (np.s_[:3, :3], np.s_[:3, 13:], np.s_[13:, :3], np.s_[13:, 13:]):
        scan[corner] = 0
    scan[[0, 15], :6] = scan[[0, 15], 10:] = scan[:6, [0, 15]] = scan[10:, [0, 15]] = 0
    assert (scan > 0).mean() > 0.5
    for image in (scan, 255 - scan):
        inked = from_image(Image.fromarray(image))
        assert inked[14, 14] < 0.1  # the hole is in the middle
        assert max(inked[14, 4:14].max(), inked[4:14, 14].max()) > 0.9


def test_scan_that_its_digit_fills_is_not_inverted():
    scan = np.zeros((16, 16), np.uint8)
    scan[:2] = scan[-2:] = 255
    for row in range(12):
        scan[2 + row, 11 - row : 15 - row] = 255
    border = np.concatenate([scan[0], scan[-1], scan[:, 0], scan[:, -1]])
    assert np.median(border) > 127 > np.median(scan)
    assert np.abs(from_image(Image.fromarray(scan)) - from_image(Image.fromarray(np.pad(scan, 5)))).mean() < 0.02


def test_image_painted_all_over_gives_a_sentence():
    stripes = np.tile(np.where(np.arange(200) % 10 < 8, 0, 255).astype(np.uint8), (200, 1))
    stripes = np.pad(stripes, 10, constant_values=255)
    with pytest.raises(OCRError, match=r"^This image is ink nearly all over: .* even ground\.$"):
        from_image(Image.fromarray(stripes))


def test_extremes_of_size():
    large = picture(3000, 3000, pen=160)
    small = picture(300, 300, pen=16)
    assert np.abs(from_image(large) - from_image(small)).mean() < 0.01
    assert from_image(picture(12, 14, pen=2)).max() > 0.9
    line = Image.new("L", (900, 3), 255)
    line.paste(0, (300, 1, 600, 2))
    for image in (line, Image.new("L", (2, 2), 255)):
        image.putpixel((1, 1), 0)
        with contextlib.suppress(OCRError):
            assert from_image(image).shape == (28, 28)


def test_noise_never_does_worse_than_a_sentence():
    random = np.random.default_rng(0)
    for _ in range(60):
        shape = random.integers(1, 60, 2)
        pixels = random.integers(0, 256, (*shape, random.choice([1, 3, 4]))).astype(np.uint8)
        try:
            ink = from_image(Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels))
        except OCRError:
            continue
        assert ink.shape == (28, 28)
        assert np.isfinite(ink).all()
