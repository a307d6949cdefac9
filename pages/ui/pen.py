"""The stroke that is being drawn right now, which the canvas itself tells only after it has ended."""

from __future__ import annotations

import streamlit as st

from pages.ui.canvas import SIZE, Strokes, tidy
from pages.ui.frame import COMPONENTS


@st.cache_resource(show_spinner=False)
def _component():  # noqa: ANN202  (the type is private to Streamlit)
    return st.components.v2.component("digitlens_pen", js=(COMPONENTS / "pen.js").read_text())


def with_live_stroke(strokes: Strokes) -> Strokes:
    """`strokes`, which the canvas told, and the one begun since. Call it in the fragment that shows the reading.

    The canvas stays the truth: a forwarded stroke counts only on the drawing it was begun on, and no longer once
    the canvas has told of it.
    """
    version, before = st.session_state.get("canvas_version", 0), len(strokes)
    known = st.session_state.get("pen", {}).get("live") or {}
    _component()(
        key="pen",
        data={"version": version, "before": before, "size": SIZE, "echo": known.get("echo")},
        on_live_change=lambda: None,
        height=0,
    )
    if known.get("version") == version and known.get("before") == before:
        return [*strokes, tidy(known["points"])]
    return strokes
