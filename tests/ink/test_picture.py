"""Picture files are opened whole and upright, or refused with one sentence."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from ocr import OCRError, segment_image
from ocr.ink.picture_file import open_picture
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
