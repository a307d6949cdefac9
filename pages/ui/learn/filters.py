"""Step 4: sixteen kernels that were learnt; find the one that answers to horizontal strokes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from ocr.inspection.filters import usual_weight
from ocr.inspection.kernels import bar_answers
from pages.ui import session
from pages.ui.elements.maps import show_maps
from pages.ui.learn.step import Step, question_frame, task
from pages.ui.learn.subject import Subject
from pages.ui.text.table import show_table
from pages.ui.text.terms import tell
from pages.ui.topics import Answer

ACROSS, DOWN = 0, 1
COLUMNS = 4  # so that a finger meets one, on a phone too
GOOD = 4  # so many of the filters count as found
UPRIGHT = "upright"  # the name of what is pressed in the thing to do
QUESTION = "Press a filter that answers to horizontal strokes: much to —, little to |."


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    tell(
        "Nobody made the network's own kernels by hand. They began as random numbers. Training changed them, a little "
        "at a time, until the digits were read right. Then they are called [[filters|filter]].",
        "Here are the 16 filters of the first layer. Red weights are positive: ink there makes the answer larger. Blue "
        "weights are negative: ink there makes it smaller.",
    )
    lesson, name = session.lesson(), str(number)
    answers = bar_answers(subject.model)
    lead = answers[:, ACROSS] - answers[:, DOWN]
    lying, upright = ({int(i) for i in np.argsort(sign * lead)[:GOOD]} for sign in (-1, 1))
    best = int(lead.argmax())

    def choose(filter_: int) -> None:
        if name in lesson.answers:
            lesson.places[UPRIGHT] = (filter_, 0)
            return
        because = (
            f"Filter {filter_ + 1} answers {answers[filter_, ACROSS]:.1f} to a horizontal stroke and "
            f"{answers[filter_, DOWN]:.1f} to a vertical one. Filter {best + 1} shows the largest difference: "
            f"{answers[best, ACROSS]:.1f} and {answers[best, DOWN]:.1f}."
        )
        lesson.answer(name, Answer(f"filter {filter_ + 1}", filter_ in lying, QUESTION, because))

    with question_frame(number, QUESTION) as answered:
        _show_filters(subject, choose)
    if answered:
        _show_answers(number, subject, answers, upright)


def _show_filters(subject: Subject, choose: Callable[[int], None]) -> None:
    filters = subject.model.convs[0].weight.detach()[:, 0].numpy()
    show_maps(
        filters,
        key="learn_filters",
        names=[f"Filter {i + 1}" for i in range(len(filters))],
        signed=True,
        limit=usual_weight(subject.model, 0),
        columns=COLUMNS,
        largest=12,
        caption="Press one",
        description="The 16 filters of layer 1, 5 by 5 weights each, red positive and blue negative.",
        on_press=choose,
    )


def _show_answers(number: int, subject: Subject, answers: np.ndarray, upright: set[int]) -> None:
    """The maps of the digit, what each filter answers, and the second one to find."""
    maps = subject.traced.layers[0].maps
    tell(
        "And this is what the 16 filters make of your digit: 16 [[feature maps|feature map]]. The more ink, the "
        "larger the answer."
    )
    show_maps(
        maps,
        key="learn_maps",
        names=[f"Map {i + 1}" for i in range(len(maps))],
        columns=COLUMNS,
        largest=5,
        legend=False,
        caption="Each map on its own scale",
        description="The 16 feature maps of layer 1 for the digit.",
    )
    found = session.lesson().places.get(UPRIGHT)
    told = f" You pressed filter {found[0] + 1}." if found else ""
    task(
        number,
        f"Now press a filter above that answers to vertical strokes: much to |, little to —.{told}",
        found is not None and found[0] in upright,
    )
    if number in session.lesson().done:
        order = np.argsort(answers[:, DOWN] - answers[:, ACROSS])
        show_table(
            ["Filter", "to a horizontal stroke", "to a vertical stroke"],
            [[str(i + 1), f"{answers[i, ACROSS]:.1f}", f"{answers[i, DOWN]:.1f}"] for i in order],
        )
        st.caption("The sum of all answers above 0 to a bar three pixels thick, without what the bias alone gives.")


FILTERS = Step(
    "Sixteen kernels that were learnt",
    4,
    "Let everybody point at a filter and say in words what it looks for. Some look for nothing that has a name: that "
    "is "
    "normal, nobody asked them to.",
    show,
)
