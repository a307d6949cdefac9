"""What Draw reads: the canvas with its tools, or a picture in its place."""

from __future__ import annotations

import streamlit as st

from ocr import Checkpoint
from pages.ui import session
from pages.ui.draw.canvas import show_canvas
from pages.ui.draw.picture import choose_picture, listen_for_paste, say_refusal, show_picture
from pages.ui.draw.samples import show_samples
from pages.ui.draw.switches import choose_switches, say_switches
from pages.ui.text.heading import show_heading
from pages.ui.weights import choose_view, choose_weights


def show_source() -> Checkpoint:
    """Show the canvas with its tools, or in its place a picture that is to be read; give the weights to read with."""
    drawing = session.drawing()
    drawing.note_shown()
    show_heading("Your drawing", unseen=True)
    shown = st.container(gap="xsmall")
    with st.container(horizontal=True, gap="xsmall", key="tools"):
        tools = st.container(horizontal=True, gap="xsmall", width="content", key="strokes_tools")
        with st.popover("Picture", key=f"choose_{drawing.uploads}_{drawing.given}"):  # another one is closed
            choose_picture()
        with st.popover("More"):
            whole = choose_weights(session.DRAW_WEIGHTS.key)
            weights = choose_switches(whole)
            choose_view()
            st.slider(
                "Stroke width",
                6,
                36,
                16,
                key=session.STROKE_WIDTH.key,
                help="Only how it looks: the ink is evened out.",
            )
    say_switches(whole, weights)
    show_samples()
    listen_for_paste()
    say_refusal()
    with shown:
        if drawing.picture:
            show_picture(drawing.picture, weights)
        else:
            show_canvas()
    with tools:
        if drawing.picture:
            st.button("Back to canvas", on_click=drawing.dismiss, key="back")
        else:
            # Which of them can be pressed, the canvas says: so a stroke need not run the whole page again.
            st.button("Undo", on_click=drawing.undo, key="undo", icon=":material/undo:")
            st.button("Redo", on_click=drawing.redo, key="redo", icon=":material/redo:")
            st.button(
                "Rubber",
                on_click=drawing.rub,
                key="rubber",
                icon=":material/ink_eraser:",
                type="primary" if drawing.rubbing else "secondary",
            )
            st.button("Clear", on_click=drawing.clear, key="clear")
    return weights
