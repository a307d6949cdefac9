"""Choosing whose weights a page shows: the shipped ones, those of a run, or none trained at all."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ocr import Checkpoint, Split
from ocr.data.split import CLASS_NAMES
from ocr.network.cnn import CNNConfig
from ocr.network.models import build_model
from ocr.runs.folder import find_run, list_runs
from pages.ui.load import weights

SHIPPED, UNTRAINED = "Shipped weights", "Untrained network"
# The choosers of the pages that read with weights of one's choice.
CHOOSERS = {
    "pages/draw.py": "draw_weights",
    "pages/filters.py": "filters_left",
    "pages/mistakes.py": "mistakes_weights",
}


def choose_weights(key: str, label: str = "Read by", untrained: bool = True) -> Checkpoint:
    """A chooser, hidden as long as there is nothing to choose, and the checkpoint it stands on."""
    runs = [run.name for run in list_runs() if run.checkpoint_path.is_file()]
    options = [SHIPPED, *runs, *([UNTRAINED] if untrained else [])]
    return named_weights(st.selectbox(label, options, key=key, persist_state="session"))


def named_weights(name: str) -> Checkpoint:
    """The checkpoint behind a name of the chooser.

    Errors:
        OCRError: the file is gone or damaged.
    """
    if name == SHIPPED:
        return weights()
    if name == UNTRAINED:
        return Checkpoint(build_model(CNNConfig(), seed=0).eval().requires_grad_(False))
    return weights(find_run(name).checkpoint_path)


def take_to(page: str, name: str) -> None:
    """Goes to a page, which then reads with the weights of this name."""
    st.session_state[CHOOSERS[page]] = name
    # The browser goes on asking for what it looks at every second until it hears of the other page. Streamlit would run
    # that as if the page left were still there, and show an empty one; what it does not know any more it leaves out.
    if context := get_script_run_ctx():
        context.fragment_storage.clear()
    st.switch_page(page, query_params={})  # None would be refused: Train's address is bound to a run


def open_in_lens(split: Split, position: int, origin: str, name: str) -> None:
    """Goes to Draw, which reads one image of a split with the weights of this name; `origin` says where it is from."""
    st.session_state.picked_image = split.ink(position)
    st.session_state.picked_from = f"{origin}, labelled {CLASS_NAMES[split.labels[position]]}"
    take_to("pages/draw.py", name)


def choose_view() -> None:
    """How the maps are shown: each on its own scale or all of a layer on one, small or large."""
    st.toggle("One scale for a layer's maps", key="one_scale", persist_state="session")
    st.toggle("Large maps", key="large_maps", persist_state="session")
