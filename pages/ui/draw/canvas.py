"""The drawing canvas: what is on it is kept over page switches."""

from __future__ import annotations

import streamlit as st

from ocr.palette import LIGHT
from pages.ui import session
from pages.ui.fabric import SIZE, to_strokes


def show_canvas() -> None:
    """Show the canvas, and take over what is on it."""
    from streamlit_drawable_canvas import st_canvas  # importing it needs a running app

    drawing, stroke_width = session.drawing(), session.STROKE_WIDTH.value
    canvas = session.canvas(drawing.version)
    if drawing.start is None or not canvas.there:
        drawing.mount(stroke_width)
    with st.container(key="canvas"):
        result = st_canvas(
            stroke_width=stroke_width,
            stroke_color=LIGHT.ink,
            width=SIZE,
            height=SIZE,
            initial_drawing=drawing.start,
            on_change=drawing.note_change,
            key=canvas.key,
        )
    drawing.tell(to_strokes(result.json_data))
