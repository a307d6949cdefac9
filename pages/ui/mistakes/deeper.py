"""What opens below the matrix: one look deeper at a time, chosen by name."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ocr import Checkpoint, Evaluation
from pages.ui import session
from pages.ui.mistakes.classes import show_classes
from pages.ui.mistakes.confidence import show_confidence
from pages.ui.mistakes.data import show_data
from pages.ui.mistakes.digit_map import show_digit_map
from pages.ui.mistakes.doubtful import show_doubtful
from pages.ui.mistakes.image_set import ImageSet
from pages.ui.mistakes.nearest import show_nearest
from pages.ui.mistakes.robustness import show_robustness
from pages.ui.mistakes.two import show_two
from pages.ui.text.heading import show_heading


def show_deeper(checkpoint: Checkpoint, evaluation: Evaluation, images: ImageSet) -> None:
    """A row of looks deeper at how a network reads; none is open at first, and only the open one is computed."""
    looks: dict[str, Callable[[], None]] = {
        "Each digit": lambda: show_classes(evaluation, images),
        "Confidence": lambda: show_confidence(evaluation, images),
        "Doubtful labels": lambda: show_doubtful(evaluation, images),
        "Nearest training images": lambda: show_nearest(checkpoint, evaluation, images),
        "Two networks": lambda: show_two(evaluation, images),
        "Map of the digits": lambda: show_digit_map(checkpoint, evaluation, images),
        "Robustness": lambda: show_robustness(checkpoint, images),
        "The images themselves": lambda: show_data(images),
    }
    session.MISTAKES_DEEPER.keep_among([None, *looks])
    st.divider()
    show_heading("Look deeper", unseen=True)
    chosen = st.segmented_control("Look deeper", list(looks), key=session.MISTAKES_DEEPER.key)
    if chosen is not None:
        with st.container(key="deeper_view"):
            looks[chosen]()
