"""The digit that flows through the network."""

from __future__ import annotations

import random

import streamlit as st

from ocr import Split
from pages.ui import session


def choose_digit(split: Split) -> int:
    """Show a button for another digit.

    Args:
        split: The images that there are.

    Returns:
        The position of the one on show, which is kept over page switches.
    """
    home = session.home()
    if home.digit >= len(split):
        home.digit = 0

    def another() -> None:
        others = [i for i in random.sample(range(len(split)), min(20, len(split))) if i != home.digit]
        home.digit = next((i for i in others if split.labels[i] != split.labels[home.digit]), others[0])

    st.button("Another digit", on_click=another, key="another", disabled=len(split) < 2)
    return home.digit
