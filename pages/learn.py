"""Learn: a lesson in short steps, from the first pixel to one weight's update."""

from __future__ import annotations

from pages.ui.draw.canvas import follow_canvas, show_canvas
from pages.ui.draw.samples import show_samples
from pages.ui.frame import page
from pages.ui.learn.lesson import show_lesson


def show_drawing() -> None:
    """Draw's canvas, with its samples."""
    show_canvas()
    follow_canvas()
    show_samples()


with page("pages/learn.py"):
    show_lesson(show_drawing)
