"""The stroke that is being drawn right now, which the canvas itself tells only after it has ended."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui.draw.canvas import SIZE, Strokes, kept_by_fabric, replace_strokes, tidy
from pages.ui.elements.base import component


def with_live_stroke(strokes: Strokes) -> Strokes:
    """`strokes`, which the canvas told, and the one begun since. It may be called more than once.

    The canvas stays the truth: a forwarded stroke counts only on the drawing it was begun on, and no longer once
    the canvas has told of it.
    """
    known = _known()
    if not known or known["version"] != st.session_state.get("canvas_version", 0):
        return strokes
    stroke = [known["stroke"], *known["points"][0]]
    if known["before"] < len(strokes):
        # From now on the canvas alone says whether it is there: its own toolbar may take it off again.
        st.session_state.told_stroke = stroke
    if known["before"] != len(strokes) or stroke == st.session_state.get("told_stroke"):
        return strokes
    return [*strokes, tidy(kept_by_fabric(known["points"]))]


def undo() -> None:
    """Takes the last stroke off the canvas, also one that has just ended and that the canvas has not told of yet."""
    replace_strokes(with_live_stroke(st.session_state.get("strokes", []))[:-1])


def listen(
    strokes: Strokes, empty: bool, boxes: Sequence[Sequence[float]] = (), doubts: Sequence[bool] = (), chosen: int = 0
) -> None:
    """Listens for the next points, in the same fragment, and outlines `boxes` (left, top, right, bottom) on the canvas.

    `strokes` are those that the canvas told; an `empty` one says where to draw. `doubts` says of each box whether
    it holds what looks like no digit.
    """
    component("pen")(
        key="pen",
        data={
            "version": st.session_state.get("canvas_version", 0),
            "before": len(strokes),
            "size": SIZE,
            "empty": empty,
            "echo": _known().get("echo"),
            "boxes": [list(box) for box in boxes],
            "doubts": list(doubts),
            "chosen": chosen,
        },
        on_live_change=lambda: None,
        height=0,
    )


def _known() -> dict:
    return (st.session_state.get("pen") or {}).get("live") or {}
