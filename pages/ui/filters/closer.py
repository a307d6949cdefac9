"""One filter, closer: what it answers to, when it is active, what it makes of a digit, its figures and its worth."""

from __future__ import annotations

import streamlit as st

from ocr import CNN
from pages.ui import session
from pages.ui.filters.active import show_active
from pages.ui.filters.answers import show_answers
from pages.ui.filters.digit import show_digit
from pages.ui.filters.figures import show_figures
from pages.ui.filters.layer import keep_within
from pages.ui.filters.side import Side
from pages.ui.filters.worth import show_worth
from pages.ui.text.say import literally

ANSWERS, ACTIVE, DIGIT = "What it answers to", "When it is active", "What it makes of a digit"
FIGURES = "Its figures"
WORTH = "How much accuracy it adds"


def show_closer(side: Side) -> None:
    """Show one filter of a convolutional network from five sides."""
    model = side.checkpoint.model
    assert isinstance(model, CNN)
    st.header("One filter, closer", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="closer"):
        layers = [f"Layer {i + 1}" for i in range(side.layers)]
        session.LAYER.keep_among(layers)  # at first, of another network, or pressed once more
        st.segmented_control(f"Of {literally(side.name)}", layers, key=session.LAYER.key)
        layer = layers.index(session.LAYER.value)
        count = model.config.filters[layer]
        chooser = session.filter_number(layer)
        keep_within(chooser, count)
        channel = st.slider("Filter", 1, count, key=chooser.key, width=260) - 1 if count > 1 else 0
    views = [ANSWERS, ACTIVE, DIGIT, FIGURES, WORTH]
    view = st.segmented_control("View", views, default=ANSWERS, key="view", required=True, label_visibility="collapsed")
    if view == ANSWERS:
        show_answers(side.checkpoint, layer, channel)
    elif view == ACTIVE:
        show_active(side.checkpoint, layer, channel)
    elif view == DIGIT:
        show_digit(model, layer, channel)
    elif view == FIGURES:
        show_figures(model, layer)
    else:
        show_worth(side.checkpoint, layer)
