"""The confusion matrix as a table to press, drawn by `assets/components/confusion.js`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import COMPONENTS


@st.cache_resource(show_spinner=False)
def _component():  # noqa: ANN202  (the type is private to Streamlit)
    return st.components.v2.component(
        "digitlens_confusion",
        css=(COMPONENTS / "confusion.css").read_text(),
        js=(COMPONENTS / "ink.js").read_text() + (COMPONENTS / "confusion.js").read_text(),
    )


def show_confusion(
    counts: NDArray,
    names: Sequence[str],
    *,
    key: str,
    chosen: tuple[int | None, int | None],
    caption: str,
    on_press: Callable[[int | None, int | None], None],
) -> None:
    """Shows counts (true, read) and tells `on_press` which cell was pressed; None stands for a whole row or column."""

    def pressed() -> None:
        cell = (st.session_state.get(key) or {}).get("cell")
        if cell:
            on_press(*(None if at < 0 else at for at in cell))

    data = {
        "names": list(names),
        "counts": counts.tolist(),
        "chosen": [-1 if at is None else at for at in chosen],
        "caption": caption,
    }
    _component()(key=key, data=data, on_cell_change=pressed)
