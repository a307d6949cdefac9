"""Images with labels that somebody brings: a stroke file, a zip archive or a folder of pictures.

A picture's label is the digit that its folder is called (`3/anna.png`), or else the one that its name begins with
(`3_anna.png`, `3.png`). A picture of 28 x 28 pixels, light on black, is taken as it is, as MNIST's are; of any other
one the ink is found and placed as of a picture on Draw. Nothing is unpacked onto the disk.
"""

from __future__ import annotations

import io
import lzma
import math
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from ocr.data.split import CLASS_NAMES, Bytes, Split
from ocr.data.stroke_file import UserDigit, read_lines, to_split, unzipped
from ocr.errors import OCRError
from ocr.ink.picture import segment_image
from ocr.ink.picture_file import full_size, open_picture, upright_grey
from ocr.ink.strokes import IMAGE_SIZE

MOST_IMAGES = 20_000
LARGEST_PICTURE = 20 * 2**20  # bytes of one picture's file
LARGEST_ARCHIVE = 256 * 2**20  # bytes of all of them
MOST_PIXELS = 10**9  # of all of them, which take about a minute; a small file may hold many large pictures without ink
DARK, MOSTLY = 0.1, 0.75  # of a picture on black most of the edge is darker; of some of MNIST's, strokes reach it
# What the readers of its kinds of compression (deflate, LZMA, bzip2) and of its directory raise about a zip archive.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
STROKES = (".jsonl", ".jsonl.gz")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".heic", ".tif", ".tiff", ".gif", ".bmp")
BEGINS = re.compile(r"(\d)(?!\d)")
HOW = (
    "Bring a stroke file (.jsonl), or a zip archive or a folder of pictures whose folders are called 0 to 9, or whose "
    "names begin with the digit, such as 3_anna.png."
)


@dataclass(frozen=True)
class Labelled:
    """Images that somebody brought.

    Attributes:
        split: The images and their labels, at least one.
        names: What each is called: its file's path, or its line.
        problems: What is wrong with those that are left out, a sentence each.
    """

    split: Split
    names: list[str]
    problems: list[str]


def read_labelled(content: bytes, name: str) -> Labelled:
    """Read a file of images with labels.

    Args:
        content: The file's bytes.
        name: What it is called; its ending and content decide what it is.

    Returns:
        Its images, and what is wrong with others in it.

    Raises:
        OCRError: It is of another kind, damaged or too large, or no image in it has a label.
    """
    if name.lower().endswith(STROKES):
        return _read_strokes(unzipped(content, name), name)
    if content[:2] != b"PK":
        raise OCRError(f"{name} is neither a stroke file nor a zip archive. {HOW}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read_pictures(_in_archive(archive), name)
    except DAMAGED as error:
        raise OCRError(f"{name} is a damaged or locked zip archive ({error}). Make it again.") from error


def load_labelled(path: Path) -> Labelled:
    """Read a file or a folder of images with labels.

    Args:
        path: Where it lies.

    Returns:
        Its images, and what is wrong with others in it.

    Raises:
        OCRError: It is not there or cannot be read, or as `read_labelled`.
    """
    try:
        if path.is_dir():
            return _read_pictures(_in_folder(path), path.name)
        size = path.stat().st_size
        if size > LARGEST_ARCHIVE:
            raise _too_large(path.name)
        return read_labelled(path.read_bytes(), path.name)
    except OSError as error:
        raise OCRError(f"{path} cannot be read: {error.strerror or error}. {HOW}") from error


def label_of(path: str) -> int | None:
    """Tell a picture's label by its path; None if that says none."""
    parts = PurePosixPath(path).parts
    if len(parts) > 1 and parts[-2] in CLASS_NAMES:
        return int(parts[-2])
    begins = BEGINS.match(parts[-1]) if parts else None
    return int(begins[1]) if begins else None


Named = Iterable[tuple[str, bytes]]  # path and bytes of each picture


def _in_archive(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures of an archive, none of them read beyond what it may be."""
    for entry in archive.infolist():
        if not entry.is_dir() and _is_picture(entry.filename):
            with archive.open(entry) as file:
                yield entry.filename, file.read(LARGEST_PICTURE + 1)


def _in_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures of a folder and of those in it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and _is_picture(path.name):
            with open(path, "rb") as file:
                yield f"{folder.name}/{path.relative_to(folder).as_posix()}", file.read(LARGEST_PICTURE + 1)


def _is_picture(path: str) -> bool:
    """Tell whether a path is a picture's, and not one that a system hides among them."""
    name = PurePosixPath(path).name
    return name.lower().endswith(PICTURES) and not name.startswith(".") and "__MACOSX" not in path


def _read_pictures(pictures: Named, name: str) -> Labelled:
    """Make images of labelled pictures."""
    images: list[Bytes] = []
    labels: list[int] = []
    names: list[str] = []
    problems: list[str] = []
    size, pixels = 0, 0.0
    for path, content in pictures:
        label = label_of(path)
        size += len(content)
        if size > LARGEST_ARCHIVE:
            raise _too_large(name)
        if len(images) == MOST_IMAGES:
            problems.append(f"There are more than {MOST_IMAGES:,} pictures; the others are left out.")
            break
        if pixels > MOST_PIXELS:
            problems.append(f"The pictures are too large: after {MOST_PIXELS:,} pixels, the others are left out.")
            break
        try:
            if label is None:
                raise OCRError("neither its folder nor its name says which digit it is.")
            if len(content) > LARGEST_PICTURE:
                raise OCRError(f"it is larger than {LARGEST_PICTURE // 2**20} MB.")
            picture = open_picture(io.BytesIO(content), PurePosixPath(path).name)
            pixels += math.prod(full_size(picture))
            images.append(_image_of(picture))
            labels.append(label)
            names.append(path)
        except OCRError as error:
            problems.append(f"{path}: {error}")
    if not images:
        raise OCRError(f"{name} holds no picture with a label. {problems[0] if problems else HOW}")
    return Labelled(Split(np.stack(images), np.array(labels, np.int64)), names, problems)


def _image_of(picture: Image.Image) -> Bytes:
    """Make the image, uint8 (28, 28), that the network sees of a picture."""
    if picture.size == (IMAGE_SIZE, IMAGE_SIZE):
        grey = _light(picture)
        edge = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
        if (edge < DARK).mean() > MOSTLY and grey.max() > DARK:
            return np.round(grey * 255).astype(np.uint8)
    glyphs = segment_image(picture, single=True).glyphs
    if not glyphs:
        raise OCRError("there is no digit on it.")
    return np.round(glyphs[0].image * 255).astype(np.uint8)


def _light(picture: Image.Image) -> np.ndarray:
    """Give a picture's grey values, 0..1: 8-bit ones letter for letter, as MNIST's are."""
    return np.asarray(picture, np.float32) / 255 if picture.mode == "L" else upright_grey(picture)


def _read_strokes(content: bytes, name: str) -> Labelled:
    """Make images of the drawings in a stroke file."""
    digits: list[UserDigit] = []
    names: list[str] = []
    problems: list[str] = []
    for number, _, found in read_lines(content, name):
        if len(digits) == MOST_IMAGES:
            problems.append(f"There are more than {MOST_IMAGES:,} drawings; the others are left out.")
            break
        if isinstance(found, UserDigit):
            digits.append(found)
            names.append(f"line {number}")
        else:
            problems.append(found)
    if not digits:
        raise OCRError(f"{name} holds no drawing with a label. {problems[0] if problems else HOW}")
    return Labelled(to_split(digits), names, problems)


def _too_large(name: str) -> OCRError:
    return OCRError(f"{name} is larger than {LARGEST_ARCHIVE // 2**20} MB. Bring fewer pictures, or smaller ones.")
