"""What a drawing is read as while sliders change it, by `redrawn.js`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from ocr.ink.strokes import Ink, Strokes
from pages.ui.elements.base import component
from pages.ui.elements.maps import show_image


class Slider(TypedDict):
    """A slider, and what it changes."""

    key: str
    changes: str  # an argument of `vary`, or "points" for how many points are drawn
    value: float  # that Python's picture is of
    low: float
    step: float


class RedrawnData(TypedDict):
    """What the script is told, which describes it too."""

    name: str
    said: str
    strokes: list[list[list[float]]]
    sliders: list[Slider]


def show_redrawn(
    image: Ink, said: str, strokes: Strokes, sliders: Sequence[Slider], *, key: str, description: str
) -> None:
    """Show what became of a drawing, and what it is read as; while the sliders move, as the page finds by itself.

    Args:
        image: the drawing as the sliders stand, float32 (28, 28) of 0..1.
        said: what it is read as, in words; between two asterisks they are bold.
        strokes: the drawing, unchanged.
        sliders: those that change it. They are other elements of the page.
        key: of the image.
        description: its text alternative.
    """
    show_image(image, key=key, limit=1.0, largest=8, description=description, redrawn=key)
    points = [np.asarray(stroke, float).reshape(-1, 2).tolist() for stroke in strokes]
    data: RedrawnData = {"name": key, "said": said, "strokes": points, "sliders": list(sliders)}
    component("redrawn")(key=f"{key}_said", data=data)
