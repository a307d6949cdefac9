"""Your own digits: drawings that were kept with their strokes and with what they really are.

    own/strokes.jsonl          one JSON object a line: {"id", "label", "strokes": [[[x, y], ...], ...], "read", "kept"}
        <owner>/strokes.jsonl  the same, of one of several people; until they keep one, they see the file above

That is the format of every stroke file here (x right, y down, a list for each pen-down), so that `predict` reads it
and other people's files can be added; what a device adds to x and y (time, pressure) is left out. `read` is what the
network took the drawing for, a digit or "?", `kept` when (ISO 8601, UTC); both may be missing. A drawing's id is
derived from its strokes: the same drawing is never there twice.

Changes replace the file atomically, one process at a time. A line that cannot be read is reported and stays.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import portalocker

from ocr.data.split import CLASS_NAMES, Split
from ocr.errors import OCRError
from ocr.files import folder_setting, write_atomically
from ocr.ink.strokes import from_strokes

FILE = "strokes.jsonl"
UNREAD = "?"  # what a drawing was read as that looked like no digit
LOCK_PATIENCE = 5.0  # seconds; a change takes milliseconds
MOST_POINTS = 10_000  # of a drawing; a minute of drawing without a pause has fewer
LARGEST_COORDINATE = 1e6
LARGEST_FILE = 64 * 2**20  # bytes, unzipped; the 7,494 digits of `data/pen-digits` take 5 MB
HOLD_OUT_FROM, HOLD_OUT_EVERY = 10, 5  # of ten digits or more, every fifth is kept out of training


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


@dataclass(frozen=True)
class UserDigits:
    """What a stroke file holds.

    Attributes:
        digits: Its digits, in its order.
        problems: What is wrong with its other lines, a sentence each.
    """

    digits: list[UserDigit]
    problems: list[str]


@dataclass(frozen=True)
class Added:
    """What came of adding a file.

    Attributes:
        new: How many digits were new.
        known: How many were there already.
        disputed: How many were there with another label.
        problems: What is wrong with the lines that could not be added, a sentence each.
    """

    new: int
    known: int
    disputed: int
    problems: list[str]


def user_digits_dir() -> Path:
    """Give the folder of the user's own digits: `OCR_OWN_DIR`, or `own/` in the project."""
    return folder_setting("OCR_OWN_DIR", "own")


def user_digits_path(owner: str = "") -> Path:
    """Give the path of the stroke file that is written.

    Args:
        owner: Whose it is; "" is everybody's.
    """
    return user_digits_dir() / owner / FILE


def readable_path(owner: str = "") -> Path:
    """Give the path of the stroke file that is read: everybody's, as long as the owner has changed nothing.

    Args:
        owner: Whose it is; "" is everybody's.
    """
    path = user_digits_path(owner)
    return path if path.exists() else user_digits_path()


def digit_id(strokes: Sequence[Any]) -> str:
    """Derive the id of a drawing from its points.

    Args:
        strokes: One sequence of points for each pen-down; whatever kind of numbers and lists they come in.

    Returns:
        "own-" and twelve hexadecimal digits, the same for the same points.
    """
    points = [np.asarray(stroke, float).tolist() for stroke in strokes]
    return f"own-{hashlib.sha256(json.dumps(points).encode()).hexdigest()[:12]}"


def load_user_digits(path: Path | None = None) -> UserDigits:
    """Load the digits in a stroke file.

    Args:
        path: The file; None is the user's own.

    Returns:
        The digits, none if there is no file yet; and what is wrong with its other lines.

    Raises:
        OCRError: The file cannot be opened.
    """
    path = path or user_digits_path()
    digits, problems, _ = _parse(_content(path), path.name)
    return UserDigits(list(digits.values()), problems)


def keep_digit(strokes: Sequence[Any], label: int, read: int | str | None = None, owner: str = "") -> UserDigit:
    """Keep a drawing; one that is there already gets the new label instead.

    Args:
        strokes: One sequence of points (x, y) for each pen-down.
        label: What it is, 0..9.
        read: What it was read as, 0..9, or `UNREAD`; None if nothing read it.
        owner: Among whose digits; "" is everybody's.

    Returns:
        The digit that was kept.

    Raises:
        OCRError: It has no ink or a point that is not a number, the label is no digit, or the folder cannot be written.
    """
    points = [np.asarray(stroke, float).tolist() for stroke in strokes]
    try:
        digit = _digit({"label": label, "strokes": points, "read": read, "kept": _now()})
    except OCRError as error:
        raise OCRError(f"This drawing cannot be kept: {error}") from error

    def keep(digits: dict[str, UserDigit]) -> None:
        kept = digits.get(digit.id)
        digits[digit.id] = replace(kept, label=label) if kept else digit

    _change(keep, owner)
    return digit


def relabel(identity: str, label: int, owner: str = "") -> None:
    """Change what a kept digit is; one that is gone, deleted from another window, stays gone.

    Args:
        identity: The digit's id.
        label: What it really is, 0..9.
        owner: Among whose digits; "" is everybody's.

    Raises:
        OCRError: The label is no digit, or the folder cannot be written.
    """
    if not _is_label(label):
        raise OCRError(f"{label!r} is not a digit from 0 to 9.")

    def change(digits: dict[str, UserDigit]) -> None:
        if identity in digits:
            digits[identity] = replace(digits[identity], label=label)

    _change(change, owner)


def remove(*identities: str, owner: str = "") -> None:
    """Delete digits for good; those that are not there are passed over.

    Args:
        identities: The digits' ids.
        owner: From whose digits; "" is everybody's.

    Raises:
        OCRError: The folder cannot be written.
    """

    def change(digits: dict[str, UserDigit]) -> None:
        for identity in identities:
            digits.pop(identity, None)

    _change(change, owner)


def add_file(content: bytes, name: str, owner: str = "") -> Added:
    """Add the digits of a stroke file; what is there already stays, with its label.

    Args:
        content: The file's bytes, zipped or not.
        name: What the sentence of an error calls it.
        owner: To whose digits; "" is everybody's.

    Returns:
        How many were new, and what is wrong with the other lines.

    Raises:
        OCRError: No line of it is a digit, it is too large or damaged, or the folder cannot be written.
    """
    added, problems, _ = _parse(_unzipped(content, name), name)
    if not added:
        reason = problems[0] if problems else "It is empty."
        example = '{"label": 4, "strokes": [[[10, 10], [40, 90]]]}'
        raise OCRError(f"{name} holds no digit that can be added. {reason} A stroke file has lines such as {example}.")
    known = disputed = 0

    def add(digits: dict[str, UserDigit]) -> None:
        nonlocal known, disputed
        for identity, digit in added.items():
            if identity not in digits:
                digits[identity] = digit if digit.kept else replace(digit, kept=_now())
            elif digits[identity].label == digit.label:
                known += 1
            else:
                disputed += 1

    _change(add, owner)
    return Added(len(added) - known - disputed, known, disputed, problems)


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


def hold_out(digits: Sequence[UserDigit], learnt: Collection[str] = ()) -> tuple[list[UserDigit], list[UserDigit]]:
    """Choose which digits to train on, and which only to measure with: of ten or more every fifth, of fewer none.

    Args:
        digits: All digits, in the order in which they were kept.
        learnt: The ids of those that the network was trained on before, with which nothing can be measured.

    Returns:
        The digits to train on, and those to measure with.
    """
    every = HOLD_OUT_EVERY if len(digits) >= HOLD_OUT_FROM else len(digits) + 1
    held_out = [digit for digit in digits[every - 1 :: every] if digit.id not in learnt]
    return [digit for digit in digits if digit not in held_out], held_out


def _change(change: Callable[[dict[str, UserDigit]], None], owner: str) -> None:
    """Apply a change to the digits by id, while no other process changes them."""
    path = user_digits_path(owner)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with portalocker.Lock(path.parent / ".lock", timeout=LOCK_PATIENCE, check_interval=0.02):
            content = _content(readable_path(owner))
            digits, _, damaged = _parse(content, path.name)
            change(digits)
            changed = to_lines(list(digits.values())) + b"".join(line + b"\n" for line in damaged)
            if changed != content:  # everybody's file stays as it is
                write_atomically(path, changed)
    except portalocker.LockException as error:
        raise OCRError("Your digits are being changed by another process. Try again in a moment.") from error
    except OSError as error:
        raise OCRError(
            f"Your digits cannot be written in {path.parent}: {error.strerror or error}. "
            "Free some space or set OCR_OWN_DIR to a folder that can be written; what was kept before is safe."
        ) from error


def _content(path: Path) -> bytes:
    """Read a file's bytes; none if it is not there."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise OCRError(
            f"Your digits in {path} cannot be read: {error.strerror or error}. Check its permissions."
        ) from error


def _parse(content: bytes, name: str) -> tuple[dict[str, UserDigit], list[str], list[bytes]]:
    """Read the digits by id, what is wrong with the other lines, and those lines themselves."""
    digits: dict[str, UserDigit] = {}
    problems, damaged = [], []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if not line.strip():
            continue
        try:
            digit = _digit(json.loads(line))
            digits.setdefault(digit.id, digit)
        except OCRError as error:
            problems.append(f"Line {number} of {name}: {error}")
            damaged.append(line)
        except (ValueError, RecursionError):
            problems.append(f"Line {number} of {name}: this is not JSON.")
            damaged.append(line)
    return digits, problems, damaged


def _digit(values: Any) -> UserDigit:
    """Check a line's values and make a digit of them.

    Raises:
        OCRError: There is no label of 0..9, no stroke, or a point that does not begin with two numbers.
    """
    if not isinstance(values, dict):
        raise OCRError("this is not an object with a label and strokes.")
    strokes = values.get("strokes")
    if not isinstance(strokes, list) or not any(strokes):
        raise OCRError("there are no strokes.")
    label = values.get("label")
    if not _is_label(label):
        said = "missing" if label is None else json.dumps(label)[:40]
        raise OCRError(f"the label is {said}, not a digit from 0 to 9.")
    if not all(isinstance(stroke, list) and all(_is_point(point) for point in stroke) for stroke in strokes):
        raise OCRError("a point is not [x, y] with two numbers below a million.")
    if sum(map(len, strokes)) > MOST_POINTS:
        raise OCRError(f"there are more than {MOST_POINTS:,} points.")
    points = [[[float(x), float(y)] for x, y, *_ in stroke] for stroke in strokes if stroke]
    read, kept = values.get("read"), values.get("kept")
    return UserDigit(
        label, points, read if _is_label(read) or read == UNREAD else None, kept if isinstance(kept, str) else ""
    )


def _is_point(point: Any) -> bool:
    """Tell whether a value is a list that begins with two numbers of bearable size."""
    return (
        isinstance(point, list)
        and len(point) >= 2
        and all(type(value) in (int, float) and abs(value) < LARGEST_COORDINATE for value in point[:2])  # NaN is not
    )


def _is_label(label: Any) -> TypeGuard[int]:
    """Tell whether a value is a class, 0..9."""
    return type(label) is int and 0 <= label < len(CLASS_NAMES)


def _unzipped(content: bytes, name: str) -> bytes:
    """Unzip a file's content if it is zipped."""
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(content)) as file:
                content = file.read(LARGEST_FILE + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise OCRError(f"{name} is a damaged gzip file. Download it again.") from error
    if len(content) > LARGEST_FILE:
        raise OCRError(f"{name} is larger than {LARGEST_FILE // 2**20} MB. Split it into smaller files.")
    return content


def _now() -> str:
    """Give the time, in UTC, as text."""
    return datetime.now(UTC).isoformat(timespec="seconds")
