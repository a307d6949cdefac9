"""The pen: it forwards the stroke that is being drawn, and outlines the digits on the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from ocr.ink.canvas import SIZE
from pages.ui import session
from pages.ui.elements.base import component


class PenData(TypedDict):
    """What the script is told, which describes it too."""

    size: int
    empty: bool
    echo: str | None
    boxes: list[list[float]]
    doubts: list[bool]
    chosen: int


def listen(boxes: Sequence[Sequence[float]], doubts: Sequence[bool], chosen: int) -> None:
    """Listen for the next points, in the same fragment.

    Args:
        boxes: (left, top, right, bottom) to outline on the canvas.
        doubts: whether what is in each digit's box looks like none.
        chosen: position of the digit that is looked at.
    """
    drawing = session.drawing()
    data: PenData = {
        "size": SIZE,
        "empty": drawing.empty,  # an empty canvas says where to draw
        "echo": drawing.live.echo if drawing.live else None,
        "boxes": [list(box) for box in boxes],
        "doubts": list(doubts),
        "chosen": chosen,
    }
    component("pen")(key="pen", data=data, on_live_change=lambda: None, height=0)
