"""What the lesson computes once: a network before training, and its steps on one image."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CNN, Checkpoint
from ocr.files import ASSETS
from ocr.ink.strokes import Ink
from ocr.inspection.attribution import occlusion
from ocr.inspection.pooling import accuracy_when_shifted
from ocr.network.checkpoint import temperature
from ocr.network.cnn import CNNConfig
from ocr.network.models import build_model
from ocr.training.worked_step import WorkedStep, work_steps
from pages.ui.cache import fingerprint, mnist_data

LESSON = ASSETS / "lesson"  # the small networks that the lesson compares
SHIFTS = [0, 1, 2, 3, 4, 5, 6]  # pixels
COMPARED = 500  # test images: more take seconds


@st.cache_resource(show_spinner=False)
def untrained() -> CNN:
    """The network that every run of the tutorial's recipe starts from."""
    model = build_model(CNNConfig(), seed=0).eval().requires_grad_(False)
    assert isinstance(model, CNN)
    return model


@st.cache_data(show_spinner=False, max_entries=200)
def steps_at(
    image: Ink, label: int, parameter: str, index: tuple[int, ...], steps: int, rate: float, betas: tuple[float, float]
) -> tuple[list[WorkedStep], float, NDArray[np.float32]]:
    """What `work_steps` gives for the untrained network."""
    return work_steps(untrained(), image, label, parameter, index, steps, rate, betas)


def drops_where_erased(checkpoint: Checkpoint, image: Ink, digit: int, patch: int) -> NDArray[np.float32]:
    """Give `occlusion` of an image, which takes a tenth of a second: the drop in a digit's probability, (28, 28)."""
    return _drops(fingerprint(checkpoint), image, digit, patch, checkpoint)


@st.cache_data(show_spinner=False, max_entries=200)
def _drops(identity: str, image: Ink, digit: int, patch: int, _checkpoint: Checkpoint) -> NDArray[np.float32]:
    assert isinstance(_checkpoint.model, CNN)
    return occlusion(_checkpoint.model, image, digit, patch, temperature(_checkpoint))


def accuracies_when_shifted(ours: Checkpoint, theirs: Checkpoint) -> tuple[list[int], list[float], list[float]]:
    """How well two networks read test images that are shifted to the right: pixels, and both shares."""
    first, second = (_when_shifted(fingerprint(one), one) for one in (ours, theirs))
    return SHIFTS, first, second


@st.cache_data(show_spinner="Shifting test images …", max_entries=8)
def _when_shifted(identity: str, _checkpoint: Checkpoint) -> list[float]:
    test = mnist_data().test
    return accuracy_when_shifted(_checkpoint.model, test.ink(slice(0, COMPARED)), test.labels[:COMPARED], SHIFTS)
