"""What the network says: the digit, its confidence, and ten probabilities as bars."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, Reading

UNFAMILIAR = 0.5  # below, the ink looks less like a digit than like something else

STYLE = """
<style>
.reading { min-height: 17.5rem; }
.reading .said { display: flex; align-items: baseline; gap: 0.6rem; min-height: 4.2rem; }
.reading .digit { font-family: "Source Serif", serif; font-size: 4rem; line-height: 1.05; font-weight: 600; }
.reading .sure { font-size: 0.95rem; }
.reading .row { display: grid; grid-template-columns: 1ch 1fr 4.2em; gap: 0.5rem; align-items: center;
  font-size: 0.8125rem; line-height: 1.27rem; }
.reading .track { height: 0.6rem; background: color-mix(in srgb, currentColor 8%, transparent); }
.reading .fill { height: 100%; background: currentColor; }
.reading .percent { text-align: right; }
.reading .row.other { opacity: 0.75; }
</style>
"""


def show_reading(reading: Reading, empty: bool) -> None:
    """The reading of an image; `empty` shows it as an example while there is no drawing yet."""
    digit = CLASS_NAMES[reading.digit]
    unfamiliar = reading.familiarity is not None and reading.familiarity < UNFAMILIAR
    if empty:
        said, sure = "", "Draw a digit on the left. Until then, a sample 7 shows how it is read."
    elif unfamiliar:
        said, sure = "?", f"This does not look like a digit. The nearest would be {digit}."
    else:
        said, sure = digit, f"{reading.confidence:.1%} sure"
    rows = "".join(
        f'<div class="row{"" if name == digit else " other"}"><span>{name}</span>'
        f'<span class="track"><div class="fill" style="width:{100 * value:.2f}%"></div></span>'
        f'<span class="percent">{value:.1%}</span></div>'
        for name, value in zip(CLASS_NAMES, reading.probabilities.tolist(), strict=True)
    )
    st.html(
        f'{STYLE}<div class="reading"><div class="said" role="status" aria-live="polite">'
        f'<span class="digit">{said}</span><span class="sure">{sure}</span></div>'
        f'<div role="img" aria-label="Probabilities of the ten digits">{rows}</div></div>'
    )
