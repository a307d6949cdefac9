"""What the lesson is shown on: the learner's drawing, or a sample, and what the network makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CLASS_NAMES, CNN, Checkpoint, Prediction, Trace, predict, trace
from ocr.ink.strokes import Ink, Strokes
from pages.ui import session
from pages.ui.cache import weights
from pages.ui.elements.maps import show_image
from pages.ui.elements.prediction import verdict


@dataclass(frozen=True)
class Subject:
    """A digit, and what the shipped network makes of it.

    Attributes:
        weights: The shipped weights.
        image: float32 (28, 28) of 0..1.
        strokes: What it was drawn with; none of a picture.
        own: Whether the learner drew or chose it.
        traced: Every value on the way.
        prediction: What it is read as.
    """

    weights: Checkpoint
    image: Ink
    strokes: Strokes
    own: bool
    traced: Trace
    prediction: Prediction

    @property
    def model(self) -> CNN:
        """The network."""
        assert isinstance(self.weights.model, CNN)
        return self.weights.model

    @property
    def digit(self) -> int:
        """What it is read as."""
        return self.prediction.digit

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Of the ten digits."""
        return self.prediction.probabilities


def choose_digit(label: str, subject: Subject, key: str) -> int:
    """Let one of the ten digits be chosen; at first it is the one that is read.

    Args:
        label: What is asked.
        subject: What the lesson is shown on.
        key: What the widget's key begins with; another digit that is read is another widget.
    """
    chosen = st.segmented_control(
        label,
        range(10),
        default=subject.digit,
        required=True,
        key=f"{key}_{subject.digit}",
        format_func=CLASS_NAMES.__getitem__,
    )
    return subject.digit if chosen is None else chosen


def read_subject() -> Subject:
    """Read the digit that is looked at on Draw too."""
    drawing = session.drawing()
    glyphs = drawing.segmentation().glyphs
    glyph = glyphs[drawing.choose_among(glyphs)]
    shipped = weights()
    assert isinstance(shipped.model, CNN)
    return Subject(
        weights=shipped,
        image=glyph.image,
        strokes=glyph.strokes,
        own=not drawing.empty,
        traced=trace(shipped.model, glyph.image),
        prediction=predict(shipped, [glyph.image])[0],
    )


def show_subject(subject: Subject, show_canvas: Callable[[], None]) -> None:
    """Show the digit in small, and the canvas when another is to be drawn.

    Args:
        subject: The digit.
        show_canvas: Shows the canvas, with samples for who cannot draw.
    """
    drawing, lesson = session.drawing(), session.lesson()
    drawing.changed = False

    def open_canvas() -> None:
        lesson.drawing = not lesson.drawing
        if lesson.drawing and drawing.picture:
            drawing.dismiss()

    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="subject"):
        with st.container(width=88):
            show_image(
                subject.image,
                key="subject_image",
                largest=3,
                description="The digit that this lesson is shown on, 28 by 28 pixels.",
            )
        whose = drawing.name if subject.own else "A sample, until you draw your own"
        label = "Close the canvas" if lesson.drawing else "Draw another digit" if subject.own else "Draw your own digit"
        with st.container(width=220, gap="xsmall"):
            st.markdown(f"{whose}: {verdict(subject.prediction)}")
            st.button(label, on_click=open_canvas, key="draw_here")
    if lesson.drawing:
        with st.container(width=292, gap="xsmall"):
            show_canvas()
            with st.container(horizontal=True, gap="xsmall"):
                st.button("Undo", on_click=drawing.undo, disabled=not drawing.past, key="undo")
                st.button("Clear", on_click=drawing.clear, disabled=not drawing.strokes, key="clear")
