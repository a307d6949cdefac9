"""A picture file is opened, and a picture made upright and grey."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ocr.errors import OCRError

Map = NDArray[np.float32]  # (H, W) of 0..1: grey values, black 0; or ink, ink 1


def open_picture(file: Path | IO[bytes], name: str) -> Image.Image:
    """Open an image file: read it whole and turn it upright by its EXIF tag.

    Args:
        file: Its path, or its content.
        name: What the sentence of an error calls it.

    Returns:
        The picture; what Pillow does not turn into grey is RGB.

    Raises:
        OCRError: It is not there, no image, damaged or too large.
    """
    try:
        # By its path, Pillow 13 maps an uncompressed TIFF into memory, and scrambles one whose tag says to turn it.
        with Image.open(io.BytesIO(file.read_bytes()) if isinstance(file, Path) else file) as image:
            upright = ImageOps.exif_transpose(image)
            if upright.mode == "LAB":  # which Pillow does not turn into grey
                upright = upright.convert("RGB")
    except UnidentifiedImageError as error:
        raise OCRError(f"{name} is not an image that can be read. Use PNG, JPEG or WebP.") from error
    except Image.DecompressionBombError as error:
        raise OCRError(f"{name} is far too large a picture. Make it smaller: 20 megapixels are plenty.") from error
    except Exception as error:  # Pillow raises what its readers stumble over: OSError, ValueError, SyntaxError, ...
        raise OCRError(f"{name} cannot be opened ({error}). Check that it is there and whole.") from error
    upright.info.pop("exif", None)  # what is damaged in it, the next who looks for the tag would stumble over
    return upright


def upright_grey(image: Image.Image, longest: int | None = None) -> Map:
    """Give a picture's grey values, upright by its EXIF tag, as seen on white paper where it is transparent.

    Args:
        image: A picture of any size and mode.
        longest: About how many pixels the longer side may have, if it has twice as many or more; None keeps its size.

    Returns:
        float32 (H, W) of 0..1, black 0.
    """
    image = ImageOps.exif_transpose(image)
    if longest and max(image.size) >= 2 * longest and image.mode in ("L", "RGB", "RGBA"):
        image = image.reduce(max(image.size) // longest)
    if image.mode.startswith(("I", "F")):  # 16 bits and more, which Pillow would cut off at 255
        values = np.asarray(image, np.float32)
        return np.clip(values / np.float32(255 if values.max() <= 255 else 65535), 0, 1)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = np.asarray(image.getchannel("A"), np.float32) / np.float32(255)
        grey = np.asarray(image.convert("L"), np.float32) / np.float32(255)
        # White ink on a transparent ground would vanish on white paper: put it on black instead.
        light = alpha.any() and float((grey * alpha).sum() / alpha.sum()) > 0.5
        return grey * alpha + np.float32(0 if light else 1) * (1 - alpha)
    return np.asarray(image.convert("L"), np.float32) / np.float32(255)
