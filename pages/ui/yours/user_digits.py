"""The user's own digits as pages need them: read again only when the file has changed, and as small images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr.data.user_digits import UserDigit, UserDigits, load_user_digits, user_digits_path
from ocr.ink.strokes import from_strokes
from ocr.runs.run import Run
from pages.ui.draw.canvas import SIZE, Strokes

MARGIN = 30  # pixels of the canvas left free around a drawing from elsewhere


def own_set() -> UserDigits:
    """The digits that were kept, and what is wrong with lines that are none."""
    return _read(*_stamp(user_digits_path()))


def digits_of(run: Run) -> list[UserDigit]:
    """The digits that a run was fine-tuned with."""
    return _read(*_stamp(run.user_digits_path)).digits


def images_of(digits: Sequence[UserDigit]) -> NDArray[np.float32]:
    """What the network sees of each, (N, 28, 28) of 0..1."""
    return np.stack([_image(digit.id, digit) for digit in digits])


def to_canvas(strokes: Strokes) -> Strokes:
    """Strokes as they are if they lie on the canvas, else scaled to its middle."""
    points = np.concatenate([np.asarray(stroke) for stroke in strokes])
    low, high = points.min(0), points.max(0)
    if low.min() >= 0 and high.max() <= SIZE:
        return strokes
    scale = (SIZE - 2 * MARGIN) / max(float((high - low).max()), 1e-6)
    middle = (low + high) / 2
    return [((np.asarray(stroke) - middle) * scale + SIZE / 2).round(1).tolist() for stroke in strokes]


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_mtime_ns, found.st_size


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(path: str, modified: int, size: int) -> UserDigits:
    return load_user_digits(Path(path))


@st.cache_data(show_spinner=False, max_entries=20_000)
def _image(identity: str, _digit: UserDigit) -> NDArray[np.float32]:
    return from_strokes(_digit.strokes)
