"""What the network says: the digit, its confidence, and ten probabilities as bars."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ocr import CLASS_NAMES, Prediction
from ocr.ink.segment import Segmentation
from pages.ui.text.numbers import percent


def said_digit(prediction: Prediction) -> str:
    """The digit, or a question mark for what does not look like one."""
    return CLASS_NAMES[prediction.digit] if prediction.familiar else "?"


def verdict(prediction: Prediction) -> str:
    """What an image is read as, or that it does not look like a digit, in words."""
    doubt = f"{percent(prediction.confidence)} sure" if prediction.familiar else "but it does not look like a digit"
    return f"read as **{CLASS_NAMES[prediction.digit]}**, {doubt}"


def show_prediction(segmentation: Segmentation, predictions: Sequence[Prediction], chosen: int, empty: bool) -> None:
    """The text of all digits and the ten probabilities of the chosen one; `empty`: there is no drawing yet."""
    prediction = predictions[chosen]
    digit = CLASS_NAMES[prediction.digit]
    several = len(predictions) > 1
    said = segmentation.text([said_digit(prediction) for prediction in predictions]).replace("\n", "<br>")
    sure = f"{percent(prediction.confidence)} sure" + (f" of the {digit}" if several else "")
    if empty:
        said, sure = "", "Draw a digit. Until then, a sample shows how one is read."
    elif not prediction.familiar:
        sure = f"{f'Number {chosen + 1}' if several else 'This'} does not look like a digit. If it had to be one:"
    if (left_out := len(segmentation.left_out)) and segmentation.glyphs[0].strokes:
        sure += f"<br>{left_out} {'stroke is' if left_out == 1 else 'strokes are'} left out"
    shares = [
        (name, percent(value)) for name, value in zip(CLASS_NAMES, prediction.probabilities.tolist(), strict=True)
    ]
    rows = "".join(
        f'<div class="row{"" if name == digit else " other"}"><span>{name}</span>'
        f'<span class="track"><div class="fill" style="width:{100 * value:.2f}%"></div></span>'
        f'<span class="percent">{share}</span></div>'
        for (name, share), value in zip(shares, prediction.probabilities.tolist(), strict=True)
    )
    listed = ", ".join(f"{name}: {share}" for name, share in shares)
    size = "small" if len(predictions) > 4 else "large"
    doubt = "" if prediction.familiar or empty else " data-doubt"
    st.html(
        f'<div class="reading"{doubt}{" data-empty" if empty else ""}{" data-several" if several else ""}>'
        f'<div class="said" data-size="{size}" role="status" aria-live="polite">'
        f'<span class="digit">{said}</span><span class="sure">{sure}</span></div>'
        f'<div role="img" aria-label="Probabilities of the ten digits: {listed}">{rows}</div></div>'
    )
