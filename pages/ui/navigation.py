"""Going to another page, with what it is to show."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ocr import CNNConfig, Split
from ocr.data.split import CLASS_NAMES
from pages.ui import session
from pages.ui.cache import mnist_data
from pages.ui.text.units import layer_labels

HOME, LEARN, TEACHER_PAGE = "app.py", "pages/learn.py", "pages/teacher.py"

SPLITS = ("train", "validation", "test")
# The choosers of the pages that read with weights of one's choice.
CHOOSERS = {
    "pages/draw.py": session.DRAW_WEIGHTS,
    "pages/filters.py": session.FILTERS_LEFT,
    "pages/mistakes.py": session.MISTAKES_WEIGHTS,
}


def take_to(page: str, name: str) -> None:
    """Go to a page, which then reads with the weights of this name."""
    CHOOSERS[page].value = name
    # The browser goes on asking for what it looks at every second until it hears of the other page. Streamlit would run
    # that as if the page left were still there, and show an empty one; what it does not know any more it leaves out.
    if context := get_script_run_ctx():
        context.fragment_storage.clear()
    st.switch_page(page, query_params={})  # None would be refused: Train's address is bound to a run


def open_unit(config: CNNConfig, layer: int, unit: int, name: str, at: int | None = None) -> None:
    """Go to Filters, which looks closer at a filter, neuron or output of a network.

    Args:
        config: The network's sizes.
        layer: Which layer, from 0.
        unit: Which of its units, from 0.
        name: The network's.
        at: The iteration of a run's snapshot; None is now.
    """
    look_closer(config, layer, unit)
    session.CLOSER_OF.value = 0
    session.left_moment(name).value = at
    take_to("pages/filters.py", name)


def look_closer(config: CNNConfig, layer: int, unit: int) -> None:
    """Choose the filter, neuron or output, counted from 0, that Filters looks closer at."""
    session.LAYER.value = layer_labels(config)[layer]
    session.filter_number(layer).value = unit + 1


def open_in_lens(split: Split, position: int, origin: str, name: str) -> None:
    """Go to Draw, which reads one image of a split with the weights of this name; `origin` says where it is from."""
    open_image(split, position, origin)
    take_to("pages/draw.py", name)


def open_image(split: Split, position: int, origin: str) -> None:
    """Let Draw read one image of a split; `origin` says where it is from."""
    data = mnist_data()
    place = next((f"{name}.{position + 1}" for name in SPLITS if getattr(data, name) is split), "")
    name = f"{origin}, labelled {CLASS_NAMES[split.labels[position]]}"
    session.drawing().open(split.ink(position), name, place)
