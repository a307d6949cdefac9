"""python -m pytest tests/ink/test_single.py: a picture of one digit keeps the digit's ink, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits

from ocr import from_image, load_checkpoint, predict, segment_image
from ocr.ink.strokes import Ink


def only(pixels: np.ndarray) -> Ink:
    (glyph,) = segment_image(Image.fromarray(pixels.astype(np.uint8)), single=True).glyphs
    return glyph.image


def seven(side: int = 16, pen: int = 3) -> np.ndarray:
    """A 7 as ink of 0 and 255 that reaches to all four edges."""
    image = Image.new("L", (side, side), 0)
    ImageDraw.Draw(image).line([(0, 1), (side - 2, 1), (3, side)], 255, pen)
    return np.asarray(image)


def breadth(ink: Ink) -> int:
    return int(np.ptp(np.flatnonzero((ink > 0.5).any(0)))) + 1


@pytest.mark.parametrize("factor", [4, 8])
@pytest.mark.parametrize("margin", [0, 1, 4])
def test_enlarged_scan_is_read_as_it_was(factor, margin):
    scan = 255 - np.pad(seven(), margin)
    enlarged = np.kron(scan, np.ones((factor, factor)))
    np.testing.assert_allclose(only(enlarged), only(scan), atol=1e-6)
    (glyph,) = segment_image(Image.fromarray(enlarged.astype(np.uint8)), single=True).glyphs
    assert glyph.box == pytest.approx(
        [side * factor for side in (margin, margin, margin + 16, margin + 16)], abs=factor
    )


@pytest.mark.parametrize("margin", [0, 1, 4])
def test_digit_that_was_stretched_over_a_square_becomes_narrower(margin):
    assert 13 <= breadth(only(np.pad(seven(), margin))) <= 16
    assert breadth(only(np.pad(seven(), ((margin, margin), (margin, margin + 3))))) >= 18  # not stretched on purpose


@pytest.mark.parametrize("dark", [True, False])
def test_rest_of_a_frame_round_a_small_scan_is_not_read(dark):
    scan = np.pad(np.asarray(Image.fromarray(seven()).resize((11, 16))), 5)
    framed = scan.copy()
    framed[0], framed[:, 0], framed[:, -2] = 200, 200, 200
    for pixels, plain in ((255 - framed, 255 - scan) if dark else (framed, scan),):
        assert np.abs(only(pixels) - only(plain)).mean() < 0.01
        assert np.abs(from_image(Image.fromarray(pixels)) - only(plain)).mean() < 0.01


def test_noise_of_a_foggy_scan_is_no_ink():
    scan = np.pad(np.asarray(Image.fromarray(seven()).resize((11, 16))), 8) / 255
    foggy = 190 - 80 * scan + np.random.default_rng(0).normal(0, 4, scan.shape)
    assert np.abs(only(foggy) - only(255 - 255 * scan)).mean() < 0.045


def test_broad_0_is_no_sheet_with_a_mark_on_it():
    image = Image.new("L", (300, 300), 200)
    pen = ImageDraw.Draw(image)
    pen.ellipse((70, 60, 230, 240), 60)
    pen.ellipse((120, 110, 180, 190), 200)
    light = np.asarray(image) * np.linspace(0.75, 1.05, 300)
    ink = only(light.clip(0, 255))
    assert ink[14, 14] < 0.3  # the hole
    assert breadth(ink) >= 14


def test_thin_lines_near_the_edge_leave_the_paper_white():
    image = Image.new("1", (200, 200), 1)
    ImageDraw.Draw(image).line([(192, 14), (110, 10), (104, 60), (180, 80), (176, 120), (112, 130)], 0, 1)
    assert np.abs(only(np.asarray(image) * 255.0) - from_image(image)).mean() < 0.03


@pytest.mark.parametrize("dark", [False, True])
def test_single_pixels_beside_the_digit_of_a_small_scan_are_noise(dark):
    scan = np.pad(seven(), 4)
    alone = scan.copy()
    scan[[2, 12, 20], [3, 20, 4]] = 255
    np.testing.assert_allclose(only(255 - scan if dark else scan), only(255 - alone if dark else alone), atol=1e-6)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("side", [16, 24])
def test_light_from_one_side_of_a_small_scan_is_evened(side, turns):
    scan = 1 - 0.8 * np.pad(seven(side), 3) / 255
    light = np.rot90(np.linspace(100, 240, side + 6)[None] * np.ones((side + 6, 1)), turns)
    assert np.abs(only(scan * light) - only(scan * 240)).mean() < 0.02


@pytest.mark.parametrize("turns", [0, 2])
@pytest.mark.parametrize("dark", [False, True])
def test_piece_of_a_neighbour_at_the_edge_of_a_small_scan_is_not_read(dark, turns):
    scan = np.pad(seven(), ((4, 4), (4, 10)))
    alone = np.rot90(scan, turns)
    scan[5:15, 26:30] = 255  # cut off by the edge
    scan[8:12, 28:] = 0
    beside = np.rot90(scan, turns)
    np.testing.assert_allclose(only(255 - beside if dark else beside), only(255 - alone if dark else alone), atol=1e-6)


def test_bar_at_the_edge_over_its_digit_stays():
    scan = np.pad(seven(), ((6, 2), (4, 4)))
    scan[1:3, 8:20] = 255  # apart from the rest, as the bar of a 5
    assert np.abs(only(scan) - only(np.pad(seven(), ((6, 2), (4, 4))))).max() > 0.5


def test_outlines_that_run_along_pixels_are_made_smooth():
    """Black and white scans of 12 pixels still look like digits: 55 of these 100 did before."""
    digits = load_digits()
    scans = [Image.fromarray((np.pad(image, 1) * 15.9).astype(np.uint8)).resize((15, 15)) for image in digits.images]
    black_and_white = [(np.asarray(scan) > 127) * 255 for scan in scans[:100]]
    predictions = predict(load_checkpoint(), [only(scan) for scan in black_and_white])
    assert sum(prediction.familiar for prediction in predictions) >= 85
    assert sum(p.digit == label for p, label in zip(predictions, digits.target[:100], strict=True)) >= 90
