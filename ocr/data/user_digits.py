"""Your own digits: drawings that were kept with their strokes and with what they really are.

    own/strokes.jsonl          a stroke file, see `stroke_file`; no drawing is there twice
        <owner>/strokes.jsonl  the same, of one of several people; until they keep one, they see the file above

Changes replace the file atomically, one process at a time. A line that cannot be read is reported and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import portalocker

from ocr.data.stroke_file import UserDigit, digit_of, is_label, parse, to_lines, unzipped
from ocr.errors import OCRError
from ocr.files import folder_setting, write_atomically

FILE = "strokes.jsonl"
LOCK_PATIENCE = 5.0  # seconds; a change takes milliseconds
HOLD_OUT_FROM, HOLD_OUT_EVERY = 10, 5  # of ten digits or more, every fifth is kept out of training


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
    digits, problems, _ = parse(_content(path), path.name)
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
        digit = digit_of({"label": label, "strokes": points, "read": read, "kept": _now()})
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
    if not is_label(label):
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
    added, problems, _ = parse(unzipped(content, name), name)
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
            digits, _, damaged = parse(content, path.name)
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


def _now() -> str:
    """Give the time, in UTC, as text."""
    return datetime.now(UTC).isoformat(timespec="seconds")
