"""A picture on which a part is marked, drawn by `pages/ui/elements/mark.js`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from pages.ui.elements.base import component
from pages.ui.session import told


class MarkData(TypedDict):
    """What the script is told, which describes it too."""

    source: str
    width: float
    height: float
    description: str


def show_mark(
    source: str, width: float, height: float, *, key: str, on_marked: Callable[[tuple[float, ...]], None]
) -> None:
    """Shows a picture, and tells `on_marked` which part of it was marked: left, top, right, bottom as shares of it.

    `source` is the picture's address; it is shown `width` times `height` pixels large.
    """

    def marked() -> None:
        part = told(key, "marked")
        if part is not None:
            on_marked(tuple(map(float, part)))

    description = "The picture. Arrow keys move the part that is marked, with Shift they size it, and Enter reads it."
    data: MarkData = {"source": source, "width": width, "height": height, "description": description}
    component("mark")(key=key, data=data, on_marked_change=marked)
