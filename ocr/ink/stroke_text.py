"""Strokes as text: short enough for a link, or as the line of a stroke file.

In a link each stroke is its number of points and then, for each point, how far it lies from the point before it (the
first from (0, 0)), in whole units. A number takes a byte for every seven of its bits, the lowest first, and small ones
of either sign come first (0, -1, 1, -2, ...), so that the steps of a hand take a byte each. The bytes are written in
base64 as addresses have it, without padding.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator

import numpy as np

from ocr.errors import OCRError
from ocr.ink.strokes import Strokes, points_of

LONGEST = 2000  # characters of a text that is read: browsers, chats and mail programs carry addresses of so many
FARTHEST = 1 << 15  # units of a point from the origin
MOST_BYTES = 1_000_000  # of a stroke file of which one drawing is wanted
DAMAGED = "The drawing of this link cannot be read: a part of it is missing or was changed."


def write_strokes(strokes: Strokes) -> str:
    """Write a drawing as a text for a link.

    Args:
        strokes: One sequence of points (x, y) for each pen-down, less than 32,768 units from the origin.

    Returns:
        Letters, digits, `-` and `_`. Points are rounded to whole units, and those that are the point before are gone.

    Raises:
        OCRError: There is no point in `strokes`, or one that is no number or too far away.
    """
    numbers: list[int] = []
    x = y = 0
    for stroke in points_of(strokes):
        if not (abs(stroke) < FARTHEST).all():
            raise OCRError("The drawing does not fit into a link: it has a point too far away.")
        points = _once_in_a_row(np.rint(stroke).astype(int).tolist())
        numbers.append(len(points))
        for to_x, to_y in points:
            numbers += [_unsigned(to_x - x), _unsigned(to_y - y)]
            x, y = to_x, to_y
    return base64.urlsafe_b64encode(bytes(_bytes_of(numbers))).decode().rstrip("=")


def read_strokes(text: str) -> list[list[list[int]]]:
    """Read what `write_strokes` wrote.

    Args:
        text: Whatever stands in a link.

    Returns:
        The strokes, each a list of points [x, y] in whole units.

    Raises:
        OCRError: It is no such text, or longer than 2,000 characters.
    """
    if len(text) > LONGEST:
        raise OCRError(f"The drawing of this link is longer than {LONGEST:,} characters.")
    try:
        content = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise OCRError(DAMAGED) from error
    numbers = _numbers_of(content)
    strokes: list[list[list[int]]] = []
    x = y = 0
    for count in numbers:
        points = []
        for _ in range(count):
            x, y = x + _signed(_next(numbers)), y + _signed(_next(numbers))
            points.append([x, y])
        if not points or any(max(abs(x), abs(y)) >= FARTHEST for x, y in points):
            raise OCRError(DAMAGED)
        strokes.append(points)
    if not strokes:
        raise OCRError(DAMAGED)
    return strokes


def write_line(strokes: Strokes, identity: str) -> str:
    """Write a drawing as the line of a stroke file (`.jsonl`).

    Args:
        strokes: As in `write_strokes`.
        identity: What the drawing is called.

    Returns:
        A JSON object with `id` and `strokes`, and a line feed.
    """
    return json.dumps({"id": identity, "strokes": strokes}, separators=(",", ":")) + "\n"


def read_first_line(content: bytes, name: str) -> list[list[list[float]]]:
    """Read the first drawing of a stroke file.

    Args:
        content: The file's bytes.
        name: What the sentence of an error calls it.

    Returns:
        The strokes, each a list of points [x, y].

    Raises:
        OCRError: Its first line is no drawing, or one without ink; or it is larger than 1 MB.
    """
    if len(content) > MOST_BYTES:
        raise OCRError(f"{name} is larger than {MOST_BYTES // 1_000_000} MB.")
    line = content.strip().split(b"\n", 1)[0]
    try:
        strokes = json.loads(line)["strokes"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise OCRError(
            f'{name} is no stroke file: its first line is not a drawing such as {{"strokes": [[[10, 10], [40, 90]]]}}.'
        ) from error
    return [stroke.tolist() for stroke in points_of(strokes)]


def _once_in_a_row(points: list[list[int]]) -> list[list[int]]:
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]


def _unsigned(number: int) -> int:
    """Give the place of a number in 0, -1, 1, -2, 2, ..."""
    return 2 * number if number >= 0 else -2 * number - 1


def _signed(place: int) -> int:
    return -(place + 1) // 2 if place % 2 else place // 2


def _bytes_of(numbers: Iterable[int]) -> Iterator[int]:
    for number in numbers:
        while number > 0x7F:
            yield number & 0x7F | 0x80
            number >>= 7
        yield number


def _numbers_of(content: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in content:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
        elif shift > 14:  # no step is as long
            raise OCRError(DAMAGED)
    if shift:
        raise OCRError(DAMAGED)


def _next(numbers: Iterator[int]) -> int:
    try:
        return next(numbers)
    except StopIteration:
        raise OCRError(DAMAGED) from None
