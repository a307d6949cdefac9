"""What the lesson computes once: a network before training, and its steps on one image."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CNN
from ocr.ink.strokes import Ink
from ocr.network.cnn import CNNConfig
from ocr.network.models import build_model
from ocr.training.worked_step import WorkedStep, work_steps


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
