"""Draw's way to say what a drawing really is: it is then kept, with its strokes, in the user's own digits."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, Glyph, OCRError, Prediction
from ocr.data.stroke_file import UNREAD, UserDigit, digit_id
from ocr.data.user_digits import keep_digit
from pages.ui import session
from pages.ui.cache import own_set
from pages.ui.text.numbers import percent
from pages.ui.text.say import say_error
from pages.ui.visitor import owner

SURE = 0.99  # from this confidence on another label is asked for twice: of such readings hardly any is wrong


def show_correction(glyph: Glyph, prediction: Prediction, empty: bool) -> None:
    """A small button below the reading that opens ten digits, and what the drawing was kept as."""
    kept = None
    with st.container(key="correction", horizontal=True, vertical_alignment="center", gap="small"):
        with st.popover("Not right?", type="tertiary", disabled=empty, key="correct"):
            if not len(glyph.strokes):
                st.caption("A picture has no strokes, so it cannot be kept. Draw the digit on the canvas instead.")
            else:
                try:
                    kept = _choose_label(glyph, prediction)
                except OCRError as error:  # without one's digits there is still a reading
                    st.caption(str(error))
        if kept and not empty:
            st.page_link("pages/yours.py", label=f"Kept as a {CLASS_NAMES[kept.label]}")
    _, problem = session.collection().take_messages()
    if problem:
        say_error(problem)


def _choose_label(glyph: Glyph, prediction: Prediction) -> UserDigit | None:
    """Ten digits to choose from; gives what the drawing is kept as already."""
    digits, identity = own_set().digits, digit_id(glyph.strokes)
    kept = next((digit for digit in digits if digit.id == identity), None)
    chooser, collection = session.LABEL, session.collection()
    if collection.asked_of != identity or not chooser.there:
        collection.asked_of, chooser.value = identity, kept.label if kept else None

    def keep() -> None:
        label = chooser.value
        if label is not None:
            try:
                keep_digit(glyph.strokes, label, prediction.digit if prediction.familiar else UNREAD, owner())
            except OCRError as error:
                session.collection().error = str(error)

    def keep_unless_doubtful() -> None:
        if not _contradicts(chooser.value, prediction):
            keep()

    st.segmented_control(
        "It is a",
        range(len(CLASS_NAMES)),
        format_func=CLASS_NAMES.__getitem__,
        key=chooser.key,
        on_change=keep_unless_doubtful,
    )
    label = chooser.value
    if label is not None and _contradicts(label, prediction) and not (kept and kept.label == label):
        st.caption(
            f"The network is {percent(prediction.confidence)} sure that this is a {CLASS_NAMES[prediction.digit]}. "
            "Check the label: a network that is trained on wrong labels reads worse."
        )
        st.button(f"It is a {CLASS_NAMES[label]}, keep it", on_click=keep, key="keep_anyway")
    elif kept:
        st.caption(
            f"Kept as a {CLASS_NAMES[kept.label]}, one of {len(digits):,}. Train on them on the page **Your digits**."
        )
    else:
        st.caption("It is kept with its strokes among your digits, on which the network can be trained further.")
    return kept


def _contradicts(label: int | None, prediction: Prediction) -> bool:
    """Say whether a label is another digit than the one that is read for sure."""
    sure = prediction.familiar and prediction.confidence >= SURE
    return sure and label is not None and label != prediction.digit
