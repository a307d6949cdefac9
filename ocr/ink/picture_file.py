"""A picture file is opened, and a picture made upright and grey: the same for reading it and for showing it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ocr.errors import OCRError

LARGEST_DECODED = 120e6  # bytes that a picture takes once it is decoded: 40 megapixels of colour
LARGEST_KEPT, KEPT_SIZE = 50e6, 2_800  # bytes; a larger picture is kept with its longer side of that or twice as many
DRAFT = 1_500  # pixels of the longer side: JPEG files of twice that and more are made smaller while they are decoded
LOOK_SIZE = 256  # pixels of the longer side at which a frame is looked at
ORIENTATION = 0x0112  # the EXIF tag that tells how a picture is to be turned
STRIP = 32  # rows that are made smaller at once, counted when they are
BLANK = 0.08  # of full scale: the grey values of a frame without ink differ less
KINDS = "PNG, JPEG, WebP, AVIF, HEIC, TIFF or GIF"

Map = NDArray[np.float32]  # (H, W) of 0..1: grey values, black 0; or ink, ink 1
Colours = NDArray[np.uint8]  # (H, W, 3): red, green, blue


def open_picture(file: Path | IO[bytes], name: str, frame: int | None = None) -> Image.Image:
    """Open an image file of any kind, whatever it is called: its content decides.

    Of an animation or a scan of several pages, one frame is read; `frames_of` and `frame_of` tell which.

    Args:
        file: Its path, or the open file.
        name: What the sentences call it.
        frame: Which frame, from 0; None is the first with anything on it.

    Returns:
        The image, read whole and upright by its EXIF tag.

    Raises:
        OCRError: It is not there, no image, damaged or too large.
    """
    # By its path, Pillow 13 maps an uncompressed TIFF into memory, and scrambles one whose tag says to turn it.
    with (
        _explained(name),
        file.open("rb") if isinstance(file, Path) else nullcontext(file) as content,
        _opened(content, name) as image,
    ):
        _refuse_large(image, name)
        width = image.width
        image.draft(None, (DRAFT, DRAFT))  # does nothing but for JPEG
        count = getattr(image, "n_frames", 1)
        chosen = _first_with_ink(image, count) if frame is None else min(frame, count - 1)
        if count > 1:
            image.seek(chosen)
        kept = _kept(image)
        reduced = width / kept.width
        picture = ImageOps.exif_transpose(kept)
        if picture.mode == "LAB":  # which Pillow does not turn into grey
            picture = picture.convert("RGB")
    picture.info.pop("exif", None)  # what is damaged in it, the next who looks for the tag would stumble over
    picture.info |= {"frame": chosen, "frames": count, "reduced": reduced}
    return picture


def upright(image: Image.Image) -> Image.Image:
    """Turn an image as its EXIF tag says; the image itself, and no copy of it, where nothing is to be turned."""
    return image if image.getexif().get(ORIENTATION, 1) == 1 else ImageOps.exif_transpose(image)


def full_size(image: Image.Image) -> tuple[float, float]:
    """Give the width and height of the picture in its file: `open_picture` may have made it smaller."""
    reduced = float(image.info.get("reduced", 1))
    return image.width * reduced, image.height * reduced


def frames_of(image: Image.Image) -> int:
    """Count the frames of the file that `open_picture` opened; 1 for other images."""
    return int(image.info.get("frames", 1))


def frame_of(image: Image.Image) -> int:
    """Tell which frame of its file an image is, from 0."""
    return int(image.info.get("frame", 0))


def say_frames(image: Image.Image) -> str:
    """Say which of several frames is read; nothing where there is one."""
    count = frames_of(image)
    return f"Frame or page {frame_of(image) + 1} of {count} is read." if count > 1 else ""


def upright_grey(image: Image.Image, longest: int | None = None) -> Map:
    """Make an image grey, as it is seen on white paper where it is transparent, upright by its EXIF tag.

    Values may go up to 255, to 65,535, or, as those of masks, to 1.

    Args:
        image: An image of any mode.
        longest: If the longer side is more than twice as many pixels, it becomes about so many.

    Returns:
        float32 (H, W) of 0..1, black 0.
    """
    image = upright(image)
    if longest and max(image.size) >= 2 * longest:
        image = _reduced(image, max(image.size) // longest)
    if image.mode.startswith(("I", "F")):  # 16 bits and more, which Pillow would cut off at 255
        values = np.asarray(image, np.float32)
        if not (known := np.isfinite(values)).all():  # measured values have gaps: they are taken for the ground
            values = np.where(known, values, np.median(values[known]) if known.any() else np.float32(0))
        return np.clip(values / np.float32(_full_scale(float(values.max()))), 0, 1)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = np.asarray(image.getchannel("A"), np.float32) / np.float32(255)
        grey = _stretched(np.asarray(image.convert("L"), np.float32))
        # White ink on a transparent ground would vanish on white paper: put it on black instead.
        light = alpha.any() and float((grey * alpha).sum() / alpha.sum()) > 0.5
        return grey * alpha + np.float32(0 if light else 1) * (1 - alpha)
    return _stretched(np.asarray(image.convert("L"), np.float32))


def upright_colours(image: Image.Image, shape: tuple[int, int]) -> Colours | None:
    """Give the colours of an image, upright by its EXIF tag.

    Args:
        image: An image of any mode.
        shape: Height and width of the result.

    Returns:
        uint8 (H, W, 3); None for an image without colours, or one that is transparent.
    """
    image = upright(image)
    if image.mode not in ("RGB", "CMYK", "YCbCr") or image.has_transparency_data:
        return None
    if max(image.size) >= 2 * max(shape):
        image = _reduced(image, max(image.size) // max(shape))
    return np.asarray(image.convert("RGB").resize(shape[::-1], Image.Resampling.BICUBIC))


def shown(image: Image.Image, longest: int) -> Image.Image:
    """Make the picture that a person sees of an image, as it is read: transparent and 16-bit ones too.

    Args:
        image: An image of any mode.
        longest: Pixels that the longer side has at most.

    Returns:
        An RGB image.
    """
    image = upright(image)
    if max(image.size) >= 2 * longest:
        image = _reduced(image, max(image.size) // longest)
    plain = image.mode in ("RGB", "CMYK", "YCbCr") and not image.has_transparency_data
    if not plain or int(np.asarray(image.convert("RGB")).max()) <= 1:
        image = Image.fromarray((upright_grey(image) * 255).round().astype(np.uint8))
    image = image.convert("RGB")
    image.thumbnail((longest, longest))
    return image


def adjusted(
    image: Image.Image,
    turns: int = 0,
    inverted: bool = False,
    part: tuple[float, float, float, float] | None = None,
) -> Image.Image:
    """Change how an image is read: what a person sees better than we do.

    Args:
        image: An image of any mode.
        turns: Quarter turns, clockwise.
        inverted: Whether light is to be dark.
        part: What alone is read: left, top, right and bottom, as shares 0..1 of the image before it is turned.

    Returns:
        The image, which is grey if it was inverted.
    """
    if part:
        left, top, right, bottom = part
        across, down = round(left * image.width), round(top * image.height)
        ends = round(right * image.width), round(bottom * image.height)
        image = image.crop((across, down, max(across + 1, ends[0]), max(down + 1, ends[1])))
    if inverted:
        info = image.info
        image = Image.fromarray((255 - upright_grey(image) * 255).round().astype(np.uint8))
        image.info = {name: info[name] for name in ("frame", "frames", "reduced") if name in info}
    return image.rotate(-90 * turns, expand=True) if turns % 4 else image


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """Make an image smaller by a whole factor, strip by strip: in colours that can be averaged it may be far larger."""
    if image.mode.startswith(("I", "F")):
        mode = "F"
    else:
        mode = "RGBA" if image.has_transparency_data else "RGB" if len(image.getbands()) > 2 else "L"
    width, height = image.size
    smaller = Image.new(mode, (-(-width // factor), -(-height // factor)))
    for top in range(0, height, rows := factor * STRIP):
        strip = image.crop((0, top, width, min(top + rows, height))).convert(mode)
        smaller.paste(strip.reduce(factor), (0, top // factor))
    return smaller


def _kept(image: Image.Image) -> Image.Image:
    """Make an image smaller that takes much memory, to be turned by its tag as before; the image itself if it does not.

    A part of it that is chosen later still has more detail than the whole is read at.
    """
    if _bytes_of(image) <= LARGEST_KEPT or max(image.size) < 2 * KEPT_SIZE:
        return image
    smaller = _reduced(image, max(image.size) // KEPT_SIZE)
    smaller.getexif()[ORIENTATION] = image.getexif().get(ORIENTATION, 1)
    return smaller


def _bytes_of(image: Image.Image) -> int:
    """Tell how many bytes an image takes once it is decoded."""
    depth = {"1": 1, "I;16": 2, "I": 4, "F": 4}.get(image.mode, len(image.getbands()))
    return image.width * image.height * depth


def _full_scale(largest: float) -> float:
    """Give the value that stands for white, from the largest that occurs."""
    return 1 if largest <= 1 else 255 if largest <= 255 else 65535


def _stretched(values: Map) -> Map:
    """Bring values of 0..255 to 0..1; those of a mask are there already."""
    return values / np.float32(_full_scale(float(values.max())))


def _first_with_ink(image: Image.Image, count: int) -> int:
    """Find the first frame whose grey values differ; 0 if all are blank."""
    for number in range(count if count > 1 else 0):
        image.seek(number)
        frame = _kept(image).copy()
        frame.thumbnail((LOOK_SIZE, LOOK_SIZE))
        grey = upright_grey(frame)
        if float(np.percentile(grey, 99.9) - np.percentile(grey, 0.1)) > BLANK:
            return number
    return 0


def _refuse_large(image: Image.Image, name: str) -> None:
    """Look at a picture's size before it is decoded: a small file may hold a huge one."""
    if image.format in ("JPEG", "MPO"):  # is reduced while it is decoded
        return
    if _bytes_of(image) > LARGEST_DECODED:
        raise OCRError(
            f"{name} is far too large a picture ({image.width:,} × {image.height:,} pixels). "
            "Make it smaller: 20 megapixels are plenty."
        )


@contextmanager
def _opened(content: IO[bytes], name: str) -> Iterator[Image.Image]:
    head = content.read(12)
    content.seek(0)
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc"):
        try:
            from pillow_heif import register_heif_opener  # with it a library of 10 MB, only where it is needed
        except ImportError as error:
            raise OCRError(f"{name} is an HEIC picture, which cannot be read here. Save it as JPEG first.") from error
        register_heif_opener()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # what is too large is refused in our words
        image = Image.open(content)
    with image:
        yield image


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn what is wrong with a picture file into a sentence."""
    try:
        yield
    except OCRError:
        raise
    except UnidentifiedImageError as error:
        raise OCRError(f"{name} is not an image that can be read. Use {KINDS}.") from error
    except Image.DecompressionBombError as error:
        raise OCRError(f"{name} is far too large a picture. Make it smaller: 20 megapixels are plenty.") from error
    except Exception as error:  # Pillow raises what its readers stumble over: OSError, ValueError, SyntaxError, ...
        raise OCRError(f"{name} cannot be opened ({error}). Check that it is there and whole.") from error
