"""A row of sample drawings, for who cannot draw, or not yet."""

from __future__ import annotations

import streamlit as st

from ocr.ink.canvas import sample_strokes
from pages.ui import session


def show_samples() -> None:
    """Show ten small buttons, each of which puts its drawing on the canvas."""
    with st.container(
        horizontal=True, gap=None, horizontal_alignment="distribute", vertical_alignment="center", key="samples"
    ):
        st.caption("Samples", width="content")
        for digit in range(10):
            st.button(
                str(digit),
                key=f"sample_{digit}",
                type="tertiary",
                on_click=session.drawing().put,
                args=(sample_strokes(digit),),
            )
