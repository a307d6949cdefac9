"""Step 7: how wrong a reading is: cross-entropy."""

from __future__ import annotations

import math

import streamlit as st

from ocr import CLASS_NAMES
from ocr.inspection.softmax import cross_entropies
from ocr.network.checkpoint import temperature
from pages.ui.learn.step import Step, ask, task
from pages.ui.learn.subject import Subject
from pages.ui.text.numbers import percent
from pages.ui.text.table import show_table
from pages.ui.text.terms import tell

SURE, UNSURE = 0.9, 0.1


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    tell(
        "A network that is to learn must be told how wrong it is, as one number: the [[loss]]. Here it is the "
        "[[cross-entropy]]: minus the natural logarithm (ln) of the probability that it gave to the **true** digit.",
        f"If it gave the true digit {SURE:.0%}, the loss is −ln {SURE} = {-math.log(SURE):.2f}. If it had given 100%, "
        "the loss would be 0.",
    )
    right = f"{-math.log(UNSURE):.2f}"
    answered = ask(
        number,
        f"And if it gave the true digit only {UNSURE:.0%}: how large is the loss?",
        [f"{-math.log(SURE) * SURE / UNSURE / 2:.2f}", "0.90", right, "10.00"],
        right,
        f"−ln {UNSURE} = {right}. That is {math.log(UNSURE) / math.log(SURE):.0f} times as much. To be sure and wrong "
        "costs most of all.",
    )
    if not answered:
        return
    losses = cross_entropies(subject.traced.logits, temperature(subject.weights))
    tell("These are the ten losses for your digit. Which one counts depends on what the digit truly is.")
    show_table(
        ["If it is a", "probability", "loss"],
        [[CLASS_NAMES[i], percent(float(subject.probabilities[i])), f"{losses[i]:.3f}"] for i in range(len(losses))],
        (losses / losses.max()).tolist(),
    )
    chosen = st.segmented_control("Say what it is", range(10), key="loss_label", format_func=CLASS_NAMES.__getitem__)
    worst = int(losses.argmax())
    if chosen is not None:
        said = f"If it is a {chosen}, the loss is {losses[chosen]:.3f}. "
        tell(
            said + f"The network would be told: you are very wrong. The smallest loss would be {losses.min():.3f}."
            if chosen != subject.digit
            else said + "It reads the digit so, and there is hardly anything to learn from it."
        )
    task(number, "Tell the network the label that would make its loss the largest.", chosen == worst)


LOSS = Step(
    "How wrong is it?",
    3,
    "Draw −ln p from 0 to 1 on the board. Ask why the loss of a lucky guess among ten digits is −ln 0.1 = 2.30.",
    show,
)
