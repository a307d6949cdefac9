"""What the network says: the digit, its confidence, and ten probabilities as bars."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ocr import CLASS_NAMES, Reading
from ocr.calibrate import FAMILIAR
from ocr.segment import Glyph, page_text

STYLE = """
<style>
.reading { min-height: 17.5rem; }
.reading .said { display: flex; align-items: baseline; gap: 0.6rem; min-height: 4.2rem; }
.reading .digit { font-family: "Source Serif", serif; font-size: 4rem; line-height: 1.05; font-weight: 600; }
.reading .digit[data-size=small] { font-size: 1.5rem; overflow-wrap: anywhere; }
.reading .sure { font-size: 0.95rem; }
.reading .row { display: grid; grid-template-columns: 1ch 1fr 5.4em; gap: 0.5rem; align-items: center;
  font-size: 0.8125rem; line-height: 1.27rem; }
.reading .track { height: 0.6rem; background: color-mix(in srgb, currentColor 8%, transparent); }
.reading .fill { height: 100%; background: currentColor; }
.reading .percent { text-align: right; }
.reading .row.other { opacity: 0.75; }
.reading[data-doubt] [role=img] { opacity: 0.5; }
</style>
"""


def chosen_digit(count: int) -> int:
    """Which of the digits is shown in the lens: the one chosen, or the first."""
    chosen = st.session_state.get(f"digit_of_{count}")
    return chosen if isinstance(chosen, int) and chosen < count else 0


def choose_digit(readings: Sequence[Reading]) -> None:
    """A row of the digits that were found, if there are several, to choose the one that is shown in the lens."""
    if len(readings) < 2:
        return
    st.segmented_control(
        "Shown of these digits",
        range(len(readings)),
        default=0,
        # By place, not by digit: a choice is kept by its label, and labels that change or repeat would move it.
        format_func=lambda i: f"{i + 1}.",
        key=f"digit_of_{len(readings)}",
        on_change=lambda: st.session_state.update(digit_changed=True),
    )
    if st.session_state.pop("digit_changed", False):
        st.rerun()  # what is shown outside of this fragment follows


def percent(confidence: float) -> str:
    """A confidence, never rounded up to certainty."""
    return "over 99.9%" if confidence > 0.9994 else f"{confidence:.1%}"


def unfamiliar(reading: Reading) -> bool:
    """Whether the ink does not look like a digit."""
    return reading.familiarity is not None and reading.familiarity < FAMILIAR


def said_digit(reading: Reading) -> str:
    """The digit, or a question mark for what does not look like one."""
    return "?" if unfamiliar(reading) else CLASS_NAMES[reading.digit]


def verdict(reading: Reading) -> str:
    """What an image is read as, or that it does not look like a digit, in words."""
    doubt = "but it does not look like a digit" if unfamiliar(reading) else f"{percent(reading.confidence)} sure"
    return f"read as **{CLASS_NAMES[reading.digit]}**, {doubt}"


def show_reading(glyphs: Sequence[Glyph], readings: Sequence[Reading], chosen: int, empty: bool) -> None:
    """The text of all digits and the ten probabilities of the chosen one; `empty`: there is no drawing yet."""
    reading = readings[chosen]
    digit = CLASS_NAMES[reading.digit]
    several = len(glyphs) > 1
    said = page_text(glyphs, [said_digit(one) for one in readings]).replace("\n", "<br>")
    sure = f"{percent(reading.confidence)} sure" + (f" of the {digit}" if several else "")
    if empty:
        said, sure = "", "Draw a digit. Until then, a sample shows how one is read."
    elif unfamiliar(reading):
        sure = f"{f'Number {chosen + 1}' if several else 'This'} does not look like a digit. If it had to be one:"
    shares = [(name, percent(value)) for name, value in zip(CLASS_NAMES, reading.probabilities.tolist(), strict=True)]
    rows = "".join(
        f'<div class="row{"" if name == digit else " other"}"><span>{name}</span>'
        f'<span class="track"><div class="fill" style="width:{100 * value:.2f}%"></div></span>'
        f'<span class="percent">{share}</span></div>'
        for (name, share), value in zip(shares, reading.probabilities.tolist(), strict=True)
    )
    listed = ", ".join(f"{name}: {share}" for name, share in shares)
    size = "small" if len(glyphs) > 4 else "large"
    doubt = " data-doubt" if unfamiliar(reading) and not empty else ""
    st.html(
        f'{STYLE}<div class="reading"{doubt}><div class="said" role="status" aria-live="polite">'
        f'<span class="digit" data-size="{size}">{said}</span><span class="sure">{sure}</span></div>'
        f'<div role="img" aria-label="Probabilities of the ten digits: {listed}">{rows}</div></div>'
    )
