"""The drawing canvas: what is on it is kept over page switches."""

from __future__ import annotations

from typing import TypedDict

import streamlit as st

from pages.ui import session
from pages.ui.drawing import SIZE, Strokes
from pages.ui.elements.base import component


class CanvasData(TypedDict):
    """What the script is told, which describes it too."""

    version: int
    step: int
    strokes: Strokes
    size: int
    width: int


def show_canvas() -> None:
    """Show the canvas, and take over what is on it."""
    drawing = session.drawing()
    if not session.CANVAS.there:
        drawing.settle()
    data: CanvasData = {
        "version": drawing.version,
        "step": drawing.step,
        "strokes": drawing.strokes,
        "size": SIZE,
        "width": session.STROKE_WIDTH.value,
    }
    with st.container(key="canvas"):
        component("canvas")(key=session.CANVAS.key, data=data, on_drawing_change=drawing.note_change)
