"""Sample drawings for who cannot draw, or not yet."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

import streamlit as st

from ocr.files import ASSETS
from pages.ui.draw.canvas import Strokes


@cache
def _samples() -> dict[str, Strokes]:
    return json.loads((ASSETS / "samples.json").read_text())


def sample_strokes(digit: int) -> Strokes:
    """A drawing of a digit, in canvas pixels."""
    return _samples()[str(digit)]


def show_samples(put: Callable[[Strokes], None]) -> None:
    """A row of ten small buttons; each hands its drawing to `put`."""
    with st.container(
        horizontal=True, gap=None, horizontal_alignment="distribute", vertical_alignment="center", key="samples"
    ):
        st.caption("Samples", width="content")
        for digit in range(10):
            st.button(
                str(digit),
                key=f"sample_{digit}",
                type="tertiary",
                on_click=put,
                args=(sample_strokes(digit),),
            )
