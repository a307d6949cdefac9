"""What is read or measured once: weights, data, the user's digits, and what takes seconds to find out of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import Checkpoint, Data, Evaluation, evaluate, load_checkpoint, load_data
from ocr.data.stroke_file import UserDigit
from ocr.data.user_digits import UserDigits, load_user_digits, readable_path
from ocr.ink.strokes import from_strokes
from ocr.inspection import findings
from ocr.network.checkpoint import SHIPPED, temperature
from ocr.runs.run import Run
from pages.ui.visitor import owner


@st.cache_resource(show_spinner="Reading MNIST …")
def mnist_data() -> Data:
    """The data in use: MNIST, or the bundled digits."""
    return load_data()


def weights(path: Path = SHIPPED) -> Checkpoint:
    """A checkpoint, read again only when its file has changed."""
    return _weights(*_stamp(path)[:2])


def stamps(paths: Iterable[Path]) -> tuple[tuple[str, int], ...]:
    """Say of each file when it changed last; 0 where it has gone since it was listed, which reading it then says."""
    return tuple(_stamp(path)[:2] for path in paths)


@st.cache_resource(show_spinner=False, max_entries=32)
def _weights(path: str, stamp: int) -> Checkpoint:
    return load_checkpoint(path)


def own_set() -> UserDigits:
    """The visitor's digits, and what is wrong with lines that are none."""
    return _read(*_stamp(readable_path(owner())))


def digits_of(run: Run) -> list[UserDigit]:
    """The digits that a run was fine-tuned with."""
    return _read(*_stamp(run.user_digits_path)).digits


def images_of(digits: Sequence[UserDigit]) -> NDArray[np.float32]:
    """What the network sees of each, (N, 28, 28) of 0..1."""
    return np.stack([_image(digit.id, digit) for digit in digits])


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


def fingerprint(checkpoint: Checkpoint) -> str:
    """The same for the same weights and the data in use, however often their file was written."""
    return findings.fingerprint(checkpoint, mnist_data())


def evaluation_on_test(checkpoint: Checkpoint) -> Evaluation:
    """What the network says of every test image."""
    return _evaluation(fingerprint(checkpoint), checkpoint)


def evaluation_on_validation(checkpoint: Checkpoint) -> Evaluation:
    """What the network says of every validation image."""
    return _validation(fingerprint(checkpoint), checkpoint)


@st.cache_data(show_spinner="Reading the test images …", max_entries=32)
def _evaluation(identity: str, _checkpoint: Checkpoint) -> Evaluation:
    return evaluate(_checkpoint.model, mnist_data().test, temperature(_checkpoint))


@st.cache_data(show_spinner="Reading the validation images …", max_entries=32)
def _validation(identity: str, _checkpoint: Checkpoint) -> Evaluation:
    return evaluate(_checkpoint.model, mnist_data().validation, temperature(_checkpoint))
