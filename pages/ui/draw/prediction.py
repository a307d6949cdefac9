"""What the network says: the digit, its confidence, and ten probabilities as bars."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ocr import CLASS_NAMES, Prediction
from ocr.ink.segment import Segmentation
from pages.ui.text.numbers import percent


def chosen_digit(count: int) -> int:
    """Which of the digits is shown in the lens: the one chosen, or the first."""
    chosen = st.session_state.get("chosen_digit", 0)
    return chosen if chosen < count else 0


def choose_digit(readings: Sequence[Prediction], chosen: int) -> None:
    """A row of the digits that were found, if there are several, to choose the one that is shown in the lens."""
    if len(readings) < 2:
        return
    labels = [f"{number}: {said_digit(reading)}" for number, reading in enumerate(readings, 1)]
    key = f"digit_of {', '.join(labels)}"  # a choice is kept by its label, so that other labels are another chooser
    st.session_state[key] = chosen

    def choose() -> None:
        st.session_state.update(chosen_digit=st.session_state[key], digit_changed=True)

    st.segmented_control(
        "Shown of these digits",
        range(len(readings)),
        required=True,
        format_func=labels.__getitem__,
        key=key,
        on_change=choose,
        label_visibility="collapsed",
    )
    if st.session_state.pop("digit_changed", False):
        st.rerun()  # what is shown outside of this fragment follows


def said_digit(reading: Prediction) -> str:
    """The digit, or a question mark for what does not look like one."""
    return CLASS_NAMES[reading.digit] if reading.familiar else "?"


def verdict(reading: Prediction) -> str:
    """What an image is read as, or that it does not look like a digit, in words."""
    doubt = f"{percent(reading.confidence)} sure" if reading.familiar else "but it does not look like a digit"
    return f"read as **{CLASS_NAMES[reading.digit]}**, {doubt}"


def show_reading(segmentation: Segmentation, readings: Sequence[Prediction], chosen: int, empty: bool) -> None:
    """The text of all digits and the ten probabilities of the chosen one; `empty`: there is no drawing yet."""
    reading = readings[chosen]
    digit = CLASS_NAMES[reading.digit]
    several = len(readings) > 1
    said = segmentation.text([said_digit(reading) for reading in readings]).replace("\n", "<br>")
    sure = f"{percent(reading.confidence)} sure" + (f" of the {digit}" if several else "")
    if empty:
        said, sure = "", "Draw a digit. Until then, a sample shows how one is read."
    elif not reading.familiar:
        sure = f"{f'Number {chosen + 1}' if several else 'This'} does not look like a digit. If it had to be one:"
    if left_out := len(segmentation.left_out):
        sure += f"<br>{left_out} {'stroke is' if left_out == 1 else 'strokes are'} left out"
    shares = [(name, percent(value)) for name, value in zip(CLASS_NAMES, reading.probabilities.tolist(), strict=True)]
    rows = "".join(
        f'<div class="row{"" if name == digit else " other"}"><span>{name}</span>'
        f'<span class="track"><div class="fill" style="width:{100 * value:.2f}%"></div></span>'
        f'<span class="percent">{share}</span></div>'
        for (name, share), value in zip(shares, reading.probabilities.tolist(), strict=True)
    )
    listed = ", ".join(f"{name}: {share}" for name, share in shares)
    size = "small" if len(readings) > 4 else "large"
    doubt = "" if reading.familiar or empty else " data-doubt"
    st.html(
        f'<div class="reading"{doubt}{" data-empty" if empty else ""}{" data-several" if several else ""}>'
        f'<div class="said" data-size="{size}" role="status" aria-live="polite">'
        f'<span class="digit">{said}</span><span class="sure">{sure}</span></div>'
        f'<div role="img" aria-label="Probabilities of the ten digits: {listed}">{rows}</div></div>'
    )
