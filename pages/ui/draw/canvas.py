"""The canvas that digits are drawn on, and who follows what is drawn."""

from __future__ import annotations

from typing import TypedDict

import streamlit as st

from ocr.ink.canvas import SIZE, Strokes
from ocr.palette import LIGHT
from pages.ui import session
from pages.ui.draw.fabric import PIXELS, to_drawing
from pages.ui.elements.base import component


class CanvasData(TypedDict):
    """What the script is told, which describes it too."""

    version: int
    step: int
    since: tuple[int, int] | None
    strokes: Strokes
    size: int
    rubber: bool
    tools: dict[str, bool]
    pen: float
    ink: str


def show_canvas() -> None:
    """Show the canvas, which Fabric.js paints."""
    from streamlit_drawable_canvas import st_canvas  # importing it needs a running app

    drawing, stroke_width = session.drawing(), session.STROKE_WIDTH.value
    if not session.CANVAS.there:
        drawing.settle()
        drawing.start = None
    if drawing.start is None:  # another version, or another page was on show: it is given what is on it
        drawing.start = to_drawing(drawing.strokes, stroke_width, drawing.version)
    with st.container(key="canvas"):
        st_canvas(
            stroke_width=PIXELS * stroke_width,
            stroke_color=LIGHT.ink,
            width=PIXELS * SIZE,
            height=PIXELS * SIZE,
            initial_drawing=drawing.start,
            update_streamlit=False,
            key="fabric",
        )


def follow_canvas() -> None:
    """Take over what is drawn on the canvas, in the same fragment.

    A script of ours tells of it, at once and of one finger alone: Fabric.js would tell of it 200 ms after a stroke.
    """
    drawing = session.drawing()
    data: CanvasData = {
        "version": drawing.version,
        "step": drawing.step,
        "since": drawing.since,
        "strokes": drawing.strokes,
        "size": SIZE,
        "rubber": drawing.rubbing,
        "tools": drawing.tools,
        "pen": session.STROKE_WIDTH.value,
        "ink": LIGHT.ink,
    }
    component("canvas")(key=session.CANVAS.key, data=data, on_drawing_change=lambda: None, height=0)
