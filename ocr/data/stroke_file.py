"""Stroke files: drawings of digits with what they really are, one JSON object a line.

    {"id", "label", "strokes": [[[x, y], ...], ...], "read", "kept"}

x goes right and y down, and there is a list of points for each pen-down. What a device adds to x and y (time, pressure)
is left out. `read` is what a network took the drawing for, a digit or "?", `kept` when it was kept (ISO 8601, UTC);
both may be missing. A drawing's id is derived from its strokes: the same drawing has the same id everywhere.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

import numpy as np

from ocr.data.split import CLASS_NAMES, Split
from ocr.errors import OCRError
from ocr.ink.strokes import from_strokes

UNREAD = "?"  # what a drawing was read as that looked like no digit
MOST_POINTS = 10_000  # of a drawing; a minute of drawing without a pause has fewer
LARGEST_COORDINATE = 1e6
LARGEST_FILE = 64 * 2**20  # bytes, unzipped; the 7,494 digits of `data/pen-digits` take 5 MB


@dataclass(frozen=True)
class UserDigit:
    """A drawing of one digit.

    Attributes:
        label: What it is, 0..9.
        strokes: One list of points [x, y] for each pen-down.
        read: What it was read as, 0..9, or `UNREAD`; None if that is not known.
        kept: When it was kept (ISO 8601, UTC), or empty.
    """

    label: int
    strokes: list[list[list[float]]]
    read: int | str | None = None
    kept: str = ""

    @cached_property
    def id(self) -> str:
        """Give the drawing's id, as `digit_id` does."""
        return digit_id(self.strokes)

    @property
    def misread(self) -> bool:
        """Whether it was read as something else than what it is, or not at all."""
        return self.read is not None and self.read != self.label

    @property
    def line(self) -> bytes:
        """Write the digit as a line of a stroke file."""
        values = {"id": self.id, "label": self.label, "strokes": self.strokes, "read": self.read, "kept": self.kept}
        return json.dumps(values).encode() + b"\n"


def digit_id(strokes: Sequence[Any]) -> str:
    """Derive the id of a drawing from its points.

    Args:
        strokes: One sequence of points for each pen-down; whatever kind of numbers and lists they come in.

    Returns:
        "own-" and twelve hexadecimal digits, the same for the same points.
    """
    points = [np.asarray(stroke, float).tolist() for stroke in strokes]
    return f"own-{hashlib.sha256(json.dumps(points).encode()).hexdigest()[:12]}"


def to_lines(digits: Sequence[UserDigit]) -> bytes:
    """Write digits as the content of a stroke file."""
    return b"".join(digit.line for digit in digits)


def to_split(digits: Sequence[UserDigit]) -> Split:
    """Make images and labels of digits, as of any other drawing.

    Args:
        digits: Any number of them.

    Returns:
        uint8 (N, 28, 28) images and int64 (N,) labels.
    """
    images = [np.round(from_strokes(digit.strokes) * 255).astype(np.uint8) for digit in digits]
    labels = np.array([digit.label for digit in digits], np.int64)
    return Split(np.stack(images) if images else np.zeros((0, 28, 28), np.uint8), labels)


def parse(content: bytes, name: str) -> tuple[dict[str, UserDigit], list[str], list[bytes]]:
    """Read the content of a stroke file.

    Args:
        content: The file's bytes, unzipped.
        name: What the sentences call it.

    Returns:
        The digits by id, what is wrong with the other lines (a sentence each), and those lines themselves.
    """
    digits: dict[str, UserDigit] = {}
    problems, damaged = [], []
    for _, line, found in read_lines(content, name):
        if isinstance(found, UserDigit):
            digits.setdefault(found.id, found)
        else:
            problems.append(found)
            damaged.append(line)
    return digits, problems, damaged


def read_lines(content: bytes, name: str) -> Iterator[tuple[int, bytes, UserDigit | str]]:
    """Read the content of a stroke file line by line.

    Args:
        content: The file's bytes, unzipped.
        name: What the sentences call it.

    Yields:
        Of each line that is not empty: its number, from 1, the line itself, and its digit or what is wrong with it.
    """
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield number, line, digit_of(json.loads(line))
        except OCRError as error:
            yield number, line, f"Line {number} of {name}: {error}"
        except (ValueError, RecursionError):
            yield number, line, f"Line {number} of {name}: this is not JSON."


def digit_of(values: Any) -> UserDigit:
    """Check a line's values and make a digit of them.

    Args:
        values: What the line says.

    Raises:
        OCRError: There is no label of 0..9, no stroke, or a point that does not begin with two numbers.
    """
    if not isinstance(values, dict):
        raise OCRError("this is not an object with a label and strokes.")
    strokes = values.get("strokes")
    if not isinstance(strokes, list) or not any(strokes):
        raise OCRError("there are no strokes.")
    label = values.get("label")
    if not is_label(label):
        said = "missing" if label is None else json.dumps(label)[:40]
        raise OCRError(f"the label is {said}, not a digit from 0 to 9.")
    if not all(isinstance(stroke, list) and all(_is_point(point) for point in stroke) for stroke in strokes):
        raise OCRError("a point is not [x, y] with two numbers below a million.")
    if sum(map(len, strokes)) > MOST_POINTS:
        raise OCRError(f"there are more than {MOST_POINTS:,} points.")
    points = [[[float(x), float(y)] for x, y, *_ in stroke] for stroke in strokes if stroke]
    read, kept = values.get("read"), values.get("kept")
    return UserDigit(
        label, points, read if is_label(read) or read == UNREAD else None, kept if isinstance(kept, str) else ""
    )


def _is_point(point: Any) -> bool:
    """Tell whether a value is a list that begins with two numbers of bearable size."""
    return (
        isinstance(point, list)
        and len(point) >= 2
        and all(type(value) in (int, float) and abs(value) < LARGEST_COORDINATE for value in point[:2])  # NaN is not
    )


def is_label(label: Any) -> TypeGuard[int]:
    """Tell whether a value is a class, 0..9."""
    return type(label) is int and 0 <= label < len(CLASS_NAMES)


def unzipped(content: bytes, name: str) -> bytes:
    """Unzip a file's content if it is zipped.

    Args:
        content: The file's bytes.
        name: What the sentence of an error calls it.

    Raises:
        OCRError: It is damaged or too large.
    """
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(content)) as file:
                content = file.read(LARGEST_FILE + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise OCRError(f"{name} is a damaged gzip file. Download it again.") from error
    if len(content) > LARGEST_FILE:
        raise OCRError(f"{name} is larger than {LARGEST_FILE // 2**20} MB. Split it into smaller files.")
    return content
