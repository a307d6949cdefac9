"""What takes a second or more to measure, kept as long as weights and data are the same."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CNN, Checkpoint, Evaluation, evaluate
from ocr.inspection.filters import TopActivations, ablate, top_activations
from ocr.network.checkpoint import temperature
from pages.ui.cache import mnist_data


def fingerprint(checkpoint: Checkpoint) -> str:
    """The same for the same weights and data, whatever their file is called and however often it was written."""
    digest = hashlib.sha256(mnist_data().source.encode())
    for name, values in [*checkpoint.model.state_dict().items(), *sorted(checkpoint.extra.items())]:
        digest.update(name.encode() + np.ascontiguousarray(values.numpy()).tobytes())
    return digest.hexdigest()


def evaluation_on_test(checkpoint: Checkpoint) -> Evaluation:
    """What the network says of every test image."""
    return _evaluation(fingerprint(checkpoint), checkpoint)


def evaluation_on_validation(checkpoint: Checkpoint) -> Evaluation:
    """What the network says of every validation image."""
    return _validation(fingerprint(checkpoint), checkpoint)


def filter_answers(checkpoint: Checkpoint, layer: int) -> TopActivations:
    """The test images that each filter of a layer answers to most."""
    return _answers(fingerprint(checkpoint), layer, checkpoint)


def filter_worth(checkpoint: Checkpoint, layer: int) -> NDArray[np.int64]:
    """Validation images read right with all maps of a layer, then without each filter's."""
    return _worth(fingerprint(checkpoint), layer, checkpoint)


@st.cache_data(show_spinner="Reading the test images …", max_entries=32)
def _evaluation(identity: str, _checkpoint: Checkpoint) -> Evaluation:
    return evaluate(_checkpoint.model, mnist_data().test, temperature(_checkpoint))


@st.cache_data(show_spinner="Reading the validation images …", max_entries=32)
def _validation(identity: str, _checkpoint: Checkpoint) -> Evaluation:
    return evaluate(_checkpoint.model, mnist_data().validation, temperature(_checkpoint))


@st.cache_data(show_spinner="Looking for the strongest answers …", max_entries=32)
def _answers(identity: str, layer: int, _checkpoint: Checkpoint) -> TopActivations:
    assert isinstance(_checkpoint.model, CNN)
    return top_activations(_checkpoint.model, mnist_data().test, layer)


@st.cache_data(show_spinner="Reading the validation images without each filter in turn …", max_entries=32)
def _worth(identity: str, layer: int, _checkpoint: Checkpoint) -> NDArray[np.int64]:
    assert isinstance(_checkpoint.model, CNN)
    return ablate(_checkpoint.model, mnist_data().validation, layer)
