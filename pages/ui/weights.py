"""Choosing whose weights a page shows: the shipped ones, those of a run, or none trained at all."""

from __future__ import annotations

import streamlit as st

from ocr import Checkpoint
from ocr.network.cnn import CNNConfig
from ocr.network.models import build_model
from pages.ui import session
from pages.ui.cache import weights
from pages.ui.session import SHIPPED, UNTRAINED
from pages.ui.visitor import visible_run, visible_runs


def choose_weights(key: str, label: str = "Read by", untrained: bool = True) -> Checkpoint:
    """Show a chooser of weights, and give the checkpoint it stands on."""
    return named_weights(st.selectbox(label, weight_names(untrained), key=key, persist_state="session"))


def weight_names(untrained: bool = True) -> list[str]:
    """List the names that the chooser offers: the shipped weights, every run that has some, and none trained at all."""
    runs = [run.name for run in visible_runs() if run.checkpoint_path.is_file()]
    return [SHIPPED, *runs, *([UNTRAINED] if untrained else [])]


def choose_others(key: str, most: int) -> list[str]:
    """Show a chooser of further networks, and give their names."""
    return st.multiselect(
        "Other networks", weight_names(), key=key, max_selections=most, persist_state="session", placeholder="none yet"
    )


def named_weights(name: str) -> Checkpoint:
    """Give the checkpoint behind a name of the chooser.

    Raises:
        OCRError: The file is gone, damaged, or somebody else's own.
    """
    if name == SHIPPED:
        return weights()
    if name == UNTRAINED:
        return Checkpoint(build_model(CNNConfig(), seed=0).eval().requires_grad_(False))
    return weights(visible_run(name).checkpoint_path)


def choose_view() -> None:
    """Choose how the maps are shown: each on its own scale or all of a layer on one, small or large."""
    st.toggle("One scale for a layer's maps", key=session.ONE_SCALE.key, persist_state="session")
    st.toggle("Large maps", key=session.LARGE_MAPS.key, persist_state="session")
