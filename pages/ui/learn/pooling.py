"""Step 3: ReLU and max-pooling, in either order, and what pooling forgives."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import predict, trace
from ocr.inspection.pooling import Array, changed_share, negative_pool, pool, relu, shift
from pages.ui.elements.prediction import verdict
from pages.ui.learn.pictures import largest, show_matrix, show_picture
from pages.ui.learn.step import Step, ask, task
from pages.ui.learn.subject import Subject
from pages.ui.text.numbers import signed
from pages.ui.text.terms import tell, tell_lines

FARTHEST = 4  # pixels that the digit may be shifted


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    tell(
        "The network's first layer has 16 kernels. They were learnt, so they are called [[filters|filter]]. Each makes "
        "one picture of answers. Two simple things then happen to it.",
        "[[Max-pooling]] keeps the largest of every 2 × 2 answers. The picture gets half as high and half as wide. "
        "[[ReLU]] then turns every negative number into 0.",
    )
    convolved = subject.traced.layers[0].convolved
    strongest = int(relu(convolved).std((1, 2)).argmax())  # and silent where there is no ink
    if _ask(number, convolved):
        chosen = st.selectbox("Filter", range(1, len(convolved) + 1), index=strongest, key="pooled_filter", width=110)
        _show_order(convolved, chosen - 1)
        _show_shift(number, subject, chosen - 1)


def _ask(number: int, convolved: Array) -> bool:
    """What comes of one pool: of four negative numbers, if there are such."""
    pools = [found for found in map(negative_pool, convolved) if found is not None]
    four = min(pools, key=lambda one: float(one.min())) if pools else convolved[0, 12:14, 12:14]
    low, high = signed(float(four.min()), 2), signed(float(four.max()), 2)
    right = signed(max(0.0, float(four.max())), 2)
    options = list(dict.fromkeys([low, high, signed(float(four.mean()), 2), right]))

    def show_four() -> None:
        show_matrix("Four answers", four, "asked_pool", is_signed=True, limit=largest(four), width=112)

    return ask(
        number,
        "These are four answers of one pool. Max-pooling keeps one of them, then comes ReLU. What comes out?",
        options,
        right,
        f"The largest of the four is {high}. "
        + (f"It is negative, so ReLU turns it into {right}." if float(four.max()) < 0 else "ReLU lets it through."),
        show_four,
    )


def _show_order(convolved: Array, number: int) -> None:
    """One map before and after, and that the order does not matter."""
    pooled = pool(convolved)
    with st.container(horizontal=True, gap="medium"):
        show_picture(
            "Answers, 28 × 28",
            convolved[number],
            "before_pool",
            f"The answers of filter {number + 1}.",
            is_signed=True,
        )
        show_picture(
            "After max-pooling, 14 × 14",
            pooled[number],
            "after_pool",
            "The largest of every four answers.",
            is_signed=True,
            limit=largest(convolved[number]),
        )
        show_picture("After ReLU", relu(pooled[number]), "after_relu", "The same, without what is negative.")
    difference = float(np.abs(relu(pooled) - pool(relu(convolved))).max())
    same = "give the very same numbers" if difference == 0 else f"differ by up to {difference:.2g}"
    tell(
        f"Which should come first? It makes no difference: on all 16 maps of this digit, the two orders {same}. But "
        f"pooling first is cheaper: ReLU then has to look at {pooled.size:,} numbers and not at {convolved.size:,}. "
        "That is a quarter."
    )


def _show_shift(number: int, subject: Subject, chosen: int) -> None:
    """The digit shifted by some pixels: how much the answers change, and the pooled ones."""
    tell("What is pooling good for? Shift the digit and see how much changes before pooling, and how much after.")
    with st.container(horizontal=True, gap="medium"):
        right = st.slider("Shift right (pixels)", -FARTHEST, FARTHEST, 0, key="shift_right", width=220)
        down = st.slider("Shift down (pixels)", -FARTHEST, FARTHEST, 0, key="shift_down", width=220)
    image = shift(subject.image, right, down)
    moved = trace(subject.model, image)
    before, after = (relu(one.layers[0].convolved) for one in (subject.traced, moved))
    pooled = changed_share(subject.traced.layers[0].maps, moved.layers[0].maps)
    with st.container(horizontal=True, gap="medium"):
        show_picture("The shifted digit", image, "shifted", "The shifted digit.", width=168, limit=1.0)
        show_picture(
            f"Filter {chosen + 1}, after ReLU",
            after[chosen],
            "shifted_answers",
            "Its answers, before pooling.",
            width=168,
        )
        show_picture(
            "After pooling too", moved.layers[0].maps[chosen], "shifted_map", "Its map, after pooling.", width=168
        )
        with st.container(width=260):
            tell_lines(
                f"Changed before pooling: **{changed_share(before, after):.0%}**",
                f"Changed after pooling: **{pooled:.0%}**",
                f"Now {verdict(predict(subject.weights, [image])[0])}.",
                live=True,
            )
            st.caption("All changes in the 16 maps, added up. 0%: nothing changed. 100%: nothing in common.")
    task(
        number,
        "Shift the digit by one pixel, then by four. Compare the two percentages.",
        max(abs(right), abs(down)) == FARTHEST,
    )


POOLING = Step(
    "Smaller and simpler",
    4,
    "Why may a network forget where exactly a line is? A 7 that is one pixel further right is still a 7. Ask what is "
    "lost if one pools too much.",
    show,
)
