"""Step 6: from maps to ten probabilities: weights for and against, logits, softmax."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import CLASS_NAMES
from ocr.inspection.softmax import Softmax, work_softmax
from ocr.inspection.traces import evidence
from ocr.network.checkpoint import temperature
from pages.ui.elements.maps import show_maps
from pages.ui.learn.pictures import largest
from pages.ui.learn.step import Step, ask, task
from pages.ui.learn.subject import Subject, choose_digit
from pages.ui.text.numbers import percent, signed
from pages.ui.text.table import show_table
from pages.ui.text.terms import tell

UNSURE = 0.5
TINY = 1e-4  # powers that are not worth their digits


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    count, height, width = subject.traced.layers[-1].maps.shape
    tell(
        f"After the second layer there are {count} maps of {height} × {width} numbers. They are laid out in one row of "
        f"{count * height * width:,} numbers. Then come two [[fully connected layers|fully connected layer]]. In such "
        "a layer, every number is a weighted sum of all the numbers before it, plus a [[bias]]. Between the two layers "
        "comes [[ReLU]] again.",
        "At the end there are ten sums, one for each digit. Such a sum is called a [[logit]]. It can be any number. "
        "[[Softmax]] turns the ten logits into ten probabilities that add up to 100%.",
        "Before softmax, all logits can be divided by one number, the [[temperature]].",
    )
    answered = ask(
        number,
        f"All logits are divided by a temperature of 10. What happens to the probability of {subject.digit}?",
        ["It falls", "It stays the same", "It rises"],
        "It falls",
        "The logits come closer together, so their shares do too. The order of the digits stays the same.",
    )
    if not answered:
        return
    _show_evidence(subject)
    own = temperature(subject.weights)
    chosen = st.slider("Temperature", 0.2, 20.0, 1.0, 0.1, key="temperature", width=320)
    worked = work_softmax(subject.traced.logits, chosen)
    _show_softmax(subject.traced.logits, worked, chosen)
    st.caption(
        f"Draw uses a temperature of {own:.2f}. It was fitted so that of all digits that are read with 90% "
        "confidence, 90% are right. This is called calibration."
    )
    task(
        number,
        f"Find a temperature at which the network is less than {UNSURE:.0%} sure. Does the digit that it reads change?",
        bool(worked.shares.max() < UNSURE),
    )


@st.fragment
def _show_evidence(subject: Subject) -> None:
    """What each of the last maps' values adds to a digit's logit."""
    digit = choose_digit("For and against the digit", subject, "for")
    found = evidence(subject.model, subject.traced, digit)
    total = float(found.contributions.sum())
    with st.container(width=330):
        show_maps(
            found.contributions,
            key="learn_evidence",
            names=[f"Layer-2 map {i + 1}" for i in range(len(found.contributions))],
            signed=True,
            limit=largest(found.contributions),
            caption="Red speaks for it, blue against it",
            description=f"What each of the {found.contributions.size:,} numbers adds to the logit of {digit}.",
        )
    st.markdown(
        f"All {found.contributions.size:,} parts add up to {signed(total, 2)}. "
        f"The biases add {signed(found.constant, 2)}. Together: **logit {signed(found.logit, 2)}** for {digit}."
    )


def _show_softmax(logits: np.ndarray, worked: Softmax, chosen: float) -> None:
    """Softmax as a table: each logit, divided, its power of e, its share."""
    rows = [
        [
            CLASS_NAMES[i],
            signed(float(logits[i]), 2),
            signed(float(worked.divided[i]), 2),
            f"{worked.powers[i]:.4f}" if worked.powers[i] >= TINY else "below 0.0001",
            percent(float(worked.shares[i])),
        ]
        for i in range(len(logits))
    ]
    top = float(worked.divided.max())
    show_table(
        ["Digit", "logit", f"÷ {chosen:g}", f"e^(x − {signed(top, 2)})", "probability"], rows, worked.shares.tolist()
    )
    st.caption(
        f"e = 2.718… The largest x is taken off first; that changes no probability. The ten powers of e add up to "
        f"{worked.powers.sum():.4g}. Each divided by this sum is a probability."
    )


ANSWERS = Step(
    "From maps to an answer",
    5,
    "Softmax never says 0 or 1: it always leaves a little doubt. Ask what temperature a careful doctor would choose.",
    show,
)
