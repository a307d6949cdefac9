"""Home: a real digit flows through the network."""

from __future__ import annotations

import random

import streamlit as st

from ocr import Split, predict, trace
from ocr.inspection.stages import Stage, stages, total_parameters
from pages.ui.cache import mnist_data, weights
from pages.ui.elements.flow import show_flow
from pages.ui.frame import page
from pages.ui.navigation import open_in_lens
from pages.ui.weights import SHIPPED

LEADS = {"pages/draw.py": "Draw a digit", "pages/train.py": "Watch it learn", "pages/filters.py": "Look inside"}


def choose_digit(split: Split) -> int:
    """The position of the image on show: kept over page switches, another at the press of a button."""
    state = st.session_state
    if state.get("home_digit", len(split)) >= len(split):
        state.home_digit = 0

    def another() -> None:
        others = [i for i in random.sample(range(len(split)), min(20, len(split))) if i != state.home_digit]
        state.home_digit = next((i for i in others if split.labels[i] != split.labels[state.home_digit]), others[0])

    st.button("Another digit", on_click=another, key="another", disabled=len(split) < 2)
    return state.home_digit


def say_total(row: list[Stage]) -> str:
    """How the parameters of all stages add up."""
    numbers = [f"{stage.parameters:,}" for stage in row if stage.parameters]
    return f"{' + '.join(numbers)} = {total_parameters(row):,} parameters, all of them learnt from examples."


with page("app.py"):
    with st.container(key="lead"):
        st.title(
            "A convolutional network reads a handwritten digit, and every number on the way lies open.", anchor=False
        )
    split = mnist_data().test
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="leads"):
        for path, label in LEADS.items():
            st.page_link(path, label=label)
        st.space("stretch")
        in_lens = st.container(width="content")
        chosen = choose_digit(split)
    image = split.ink(chosen)
    if in_lens.button("Open in the lens", key="open_digit"):
        open_in_lens(split, chosen, "the test image from the home page", SHIPPED)
    shipped = weights()
    row = stages(shipped.model, trace(shipped.model, image), predict(shipped, [image])[0].probabilities)
    with st.container(key="flow"):
        show_flow(
            row,
            key="flowchart",
            identity=f"{mnist_data().name} {chosen}",
            caption=f"Test image {chosen + 1:,} of {len(split):,}, labelled {split.labels[chosen]}. {say_total(row)}",
        )
