"""The cell of the confusion matrix that is chosen, and the two choosers, which are what counts."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES
from pages.ui import session
from pages.ui.session import ANY


def choose_cell(true: int | None, read: int | None) -> None:
    """Choose the cell of a true class and of what it was read as; None is any."""
    session.TRUE_CLASS.value = ANY if true is None else CLASS_NAMES[true]
    session.READ_CLASS.value = ANY if read is None else CLASS_NAMES[read]
    session.mistakes().start_over()


def chosen_cell() -> tuple[int | None, int | None]:
    """Give the true class and what it was read as; None is any."""
    names = session.TRUE_CLASS.value, session.READ_CLASS.value
    true, read = (None if name == ANY else CLASS_NAMES.index(name) for name in names)
    return true, read


def show_choosers() -> None:
    """Show the same choice as by the matrix, for keyboards and phones."""
    options = [ANY, *CLASS_NAMES]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.selectbox(
            "True class", options, key=session.TRUE_CLASS.key, on_change=session.mistakes().start_over, width=110
        )
        st.selectbox("Read as", options, key=session.READ_CLASS.key, on_change=session.mistakes().start_over, width=110)
        st.button("All mistakes", on_click=choose_cell, args=(None, None), disabled=chosen_cell() == (None, None))
