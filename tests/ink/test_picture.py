"""Picture files are opened whole and upright, or refused with one sentence."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr import OCRError, segment_image
from ocr.ink.picture_file import frame_of, frames_of, open_picture, shown, upright_grey
from tests.ink.test_ink import picture


def file_of(image: Image.Image, kind: str, **options) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return io.BytesIO(file.getvalue())


def turned() -> bytes:
    """EXIF that says: turn a quarter clockwise to see it upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "TIFF"])
def test_a_picture_is_upright_and_outlives_its_file(kind, tmp_path):
    upright = picture()
    path = tmp_path / "file"
    path.write_bytes(file_of(upright.rotate(90, expand=True), kind, exif=turned()).getvalue())
    opened = open_picture(path, "file")
    path.unlink()
    assert opened.size == upright.size
    assert np.abs(np.asarray(opened.convert("L"), float) - np.asarray(upright)).mean() < 3
    assert segment_image(opened).glyphs[0].image.shape == (28, 28)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB", "I;16", "F"])
def test_a_picture_in_any_colours_is_read(mode):
    image = Image.fromarray(np.asarray(picture(), np.uint16) * 256) if mode == "I;16" else picture()
    image = image.convert("RGB").convert("LAB") if mode == "LAB" else image.convert(mode)
    (glyph,) = segment_image(open_picture(file_of(image, "TIFF"), "scan.tif")).glyphs
    assert glyph.image.max() == 1


def test_damage_in_the_exif_alone_costs_nothing():
    """Pillow forgives it once, on opening a JPEG, and not who asks again."""
    content = file_of(picture(), "JPEG", exif=turned()).getvalue()
    damaged = content.replace(b"MM\0*", b"M\xff\0*").replace(b"II*\0", b"I\xff*\0")
    assert damaged != content
    assert len(segment_image(open_picture(io.BytesIO(damaged), "photo.jpg")).glyphs) == 1


def bmp_header(width: int, height: int, colours: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 0, 0, 0, 0, colours, 0)
    return struct.pack("<2sIHHI", b"BM", 0, 0, 0, 14 + 40) + header


PNG = file_of(picture(), "PNG").getvalue()
DAMAGED = {
    "cut short": PNG[:-200],
    "a broken header": PNG[:8] + struct.pack(">I", 5) + PNG[12:],
    "broken EXIF": file_of(picture(), "WEBP", exif=turned()).getvalue().replace(b"MM\0*", b"M\xff\0*"),
    "a vast size": bmp_header(40_000, 40_000, 256) + bytes(2_000),
    "too large a palette": bmp_header(20, 20, 300) + bytes(4 * 300 + 400),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_picture_gives_one_sentence(damage):
    with pytest.raises(OCRError, match=r"^scan\.png (cannot be opened \(.*\)|is far too large a picture)\. .*\.$"):
        open_picture(io.BytesIO(DAMAGED[damage]), "scan.png")


def test_what_is_no_picture_or_not_there_gives_one_sentence(tmp_path):
    with pytest.raises(
        OCRError,
        match=r"^notes\.png is not an image that can be read\. Use PNG, JPEG, WebP, AVIF, HEIC, TIFF or GIF\.$",
    ):
        open_picture(io.BytesIO(b"no picture at all"), "notes.png")
    with pytest.raises(OCRError, match=r"^none\.png cannot be opened \(.*No such file.*\)\. Check that it is there"):
        open_picture(tmp_path / "none.png", "none.png")


def test_a_large_photo_is_made_smaller_while_it_is_decoded_and_its_boxes_are_in_its_own_pixels():
    sheet = Image.new("L", (4_000, 3_000), 235)
    ImageDraw.Draw(sheet).line([(1_800, 1_000), (2_400, 1_000), (2_000, 2_000)], 30, 90, joint="curve")
    opened = open_picture(file_of(sheet, "JPEG"), "photo.jpg")
    assert max(opened.size) < 4_000
    [glyph] = segment_image(opened).glyphs
    np.testing.assert_allclose(glyph.box, (1_755, 955, 2_445, 2_045), atol=60)


def test_a_huge_scan_is_kept_smaller_and_upright_and_its_boxes_are_in_its_own_pixels():
    sheet = Image.new("L", (6_000, 5_000), 235)
    ImageDraw.Draw(sheet).line([(2_700, 1_500), (3_600, 1_500), (3_000, 3_500)], 30, 130, joint="curve")
    scan = Image.fromarray(np.asarray(sheet.rotate(90, expand=True), np.uint16) * 256)
    opened = open_picture(file_of(scan, "TIFF", exif=turned()), "scan.tif")
    assert opened.size == (3_000, 2_500)
    [glyph] = segment_image(opened).glyphs
    np.testing.assert_allclose(glyph.box, (2_700, 1_435, 3_665, 3_519), atol=8)


def test_a_small_file_that_would_fill_the_memory_is_refused_before_it_is_decoded():
    file = file_of(Image.new("1", (60_000, 2_100)), "PNG")
    with pytest.raises(OCRError, match=r"far too large a picture \(60,000 × 2,100 pixels\)\. Make it smaller"):
        open_picture(file, "huge.png")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "TIFF"])
def test_the_first_frame_with_ink_is_read_and_another_can_be_chosen(kind):
    frames = [Image.new("L", (120, 120), 255) for _ in range(3)]
    for number, frame in enumerate(frames[1:], 1):
        ImageDraw.Draw(frame).line([(60, 20), (60, 20 + 40 * number)], 0, 8)
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=100)
    opened = open_picture(io.BytesIO(file.getvalue()), "moving")
    assert 0 < frame_of(opened) < frames_of(opened)
    low = np.asarray(opened.convert("L")) < 128
    assert low.any()
    last = open_picture(io.BytesIO(file.getvalue()), "moving", frame=frames_of(opened) - 1)
    assert (np.asarray(last.convert("L")) < 128).sum() > low.sum()


@pytest.mark.parametrize(("mode", "white"), [("L", 1), ("I;16", 1), ("F", 1.0), ("I;16", 4_095), ("I;16", 65_535)])
def test_values_may_go_to_1_or_beyond_255(mode, white):
    values = np.full((100, 100), white, {"L": np.uint8, "I;16": np.uint16, "F": np.float32}[mode])
    values[20:80, 45:55] = 0
    grey = upright_grey(Image.fromarray(values))
    assert grey[50, 50] == 0
    assert grey.max() == pytest.approx(1 if white != 4_095 else 4_095 / 65_535)
    assert np.ptp(np.asarray(shown(Image.fromarray(values), 100).convert("L"))) > 10


def test_gaps_in_measured_values_are_ground():
    values = np.asarray(picture().convert("L"), np.float32) / 255
    whole = upright_grey(Image.fromarray(values))
    values[:3] = np.nan
    np.testing.assert_allclose(upright_grey(Image.fromarray(values))[3:], whole[3:], atol=1e-6)
    assert np.isfinite(upright_grey(Image.fromarray(np.full((40, 40), np.nan, np.float32)))).all()
