"""Elements at the moment that a slider stands on, while it moves, by `moments.js`."""

from __future__ import annotations

from typing import TypedDict

from pages.ui.elements.base import component


class Part(TypedDict):
    """What an element shows of a moment."""

    name: str
    length: int


class MomentsData(TypedDict):
    """What the script is told, which describes it too."""

    slider: str
    values: str
    parts: list[Part]


def show_moments(slider: str, values: str, parts: list[Part]) -> None:
    """Let elements follow a slider over moments while it moves.

    Nothing of it is seen. It travels once: Streamlit knows a message of the same bytes by its hash.

    Args:
        slider: the key of a slider that counts the moments, and stands for now beyond them.
        values: float32 of one moment after the other, as `encode` gives them.
        parts: what there is of each moment, by the `redrawn` of elements.
    """
    data: MomentsData = {"slider": slider, "values": values, "parts": parts}
    component("moments")(key="moments", data=data, height=0)
