"""Draw's way to say what a drawing really is: it is then kept, with its strokes, in the user's own digits."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, Glyph, OCRError, Reading
from ocr.own import OwnDigit, digit_id, keep_digit
from pages.ui.own import own_set


def show_correction(glyph: Glyph, reading: Reading, empty: bool) -> None:
    """A small button below the reading that opens ten digits, and what the drawing was kept as."""
    kept = None if empty or not len(glyph.strokes) else _kept(glyph)
    with st.container(key="correction", horizontal=True, vertical_alignment="center", gap="small"):
        with st.popover("Not right?", type="tertiary", disabled=empty, key="correct"):
            if not len(glyph.strokes):
                st.caption("A picture has no strokes, so it cannot be kept. Draw the digit on the canvas instead.")
            else:
                _choose_label(glyph, reading, kept)
        if kept:
            st.page_link("pages/yours.py", label=f"Kept as a {CLASS_NAMES[kept.label]}")
    if "correction_problem" in st.session_state:
        st.error(st.session_state.pop("correction_problem"))


def _choose_label(glyph: Glyph, reading: Reading, kept: OwnDigit | None) -> None:
    identity = digit_id(glyph.strokes)

    def keep() -> None:
        label = st.session_state.get(f"label_{identity}")
        if label is not None:
            try:
                keep_digit(glyph.strokes, label, reading.digit)
            except OCRError as error:
                st.session_state.correction_problem = str(error)

    st.segmented_control(
        "It is a",
        range(len(CLASS_NAMES)),
        default=kept.label if kept else None,
        format_func=CLASS_NAMES.__getitem__,
        key=f"label_{identity}",
        on_change=keep,
    )
    if kept:
        count = len(own_set().digits)
        st.caption(f"Kept as a {CLASS_NAMES[kept.label]}, one of {count:,}. Train on them on the page **Your digits**.")
    else:
        st.caption("It is kept with its strokes among your digits, on which the network can be trained further.")


def _kept(glyph: Glyph) -> OwnDigit | None:
    identity = digit_id(glyph.strokes)
    return next((digit for digit in own_set().digits if digit.id == identity), None)
