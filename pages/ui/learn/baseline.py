"""Step 11: why convolution: the linear model beside it, its weights, and a shifted digit."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import CLASS_NAMES, LinearClassifier, predict
from ocr.inspection.pooling import shift
from ocr.network.models import count_parameters
from pages.ui.cache import weights
from pages.ui.elements.maps import show_maps
from pages.ui.elements.prediction import verdict
from pages.ui.learn.cache import LESSON, accuracies_when_shifted
from pages.ui.learn.pictures import largest, show_picture
from pages.ui.learn.step import Step, ask, task
from pages.ui.learn.subject import Subject
from pages.ui.text.table import show_table
from pages.ui.text.terms import tell, tell_lines

ASKED, FARTHEST = 3, 6  # pixels


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    linear = weights(LESSON / "linear.safetensors")
    assert isinstance(linear.model, LinearClassifier)
    facts = linear.info
    tell(
        "Is all this needed? The simplest network has one layer only: each digit's score is a weighted sum of the 784 "
        f"pixels. It is a [[linear model]]. It has {count_parameters(linear.model):,} [[parameters|parameter]]; the "
        f"network of this lesson has {count_parameters(subject.model):,}. It reads "
        f"{facts['test_correct'] / facts['test_count']:.1%} of MNIST's test images right. That is not bad at all.",
    )
    shifts, ours, theirs = accuracies_when_shifted(subject.weights, linear)
    at = shifts.index(ASKED)
    right = "The linear model" if ours[at] - ours[0] > theirs[at] - theirs[0] else "The convolutional network"
    answered = ask(
        number,
        f"Now shift every test image {ASKED} pixels to the right. Which of the two loses more?",
        ["The linear model", "The convolutional network", "Both lose the same"],
        right,
        f"The linear model falls from {theirs[0]:.0%} to {theirs[at]:.0%}, the convolutional network from "
        f"{ours[0]:.0%} "
        f"to {ours[at]:.0%}. A window looks for its pattern everywhere; a weight of the linear model knows one place.",
    )
    if not answered:
        return
    show_table(
        ["Shift (pixels)", "linear model", "convolutional network"],
        [[str(s), f"{b:.1%}", f"{a:.1%}"] for s, a, b in zip(shifts, ours, theirs, strict=True)],
    )
    st.caption("Share of the first 500 test images that is read right.")
    tell(
        "These are all the weights of the linear model: one picture for each digit. You can see a blurred digit in "
        "some."
    )
    values = linear.model.pixel_weights()
    with st.container(width=480):
        show_maps(
            values,
            key="linear_weights",
            names=[f"Weights for {name}" for name in CLASS_NAMES],
            labels=CLASS_NAMES,
            signed=True,
            limit=largest(values),
            columns=5,
            largest=4,
            caption="Red: for the digit, blue: against",
            description="The linear model's weights for the ten digits.",
        )
    _shift_own(number, subject)


def _shift_own(number: int, subject: Subject) -> None:
    """The learner's digit shifted, read by both."""
    linear = weights(LESSON / "linear.safetensors")
    right = st.slider("Shift your digit to the right (pixels)", -FARTHEST, FARTHEST, 0, key="shift_own", width=320)
    image = shift(subject.image, right, 0)
    ours, theirs = predict(subject.weights, [image])[0], predict(linear, [image])[0]
    still = predict(linear, [subject.image])[0].digit
    with st.container(horizontal=True, gap="medium"):
        show_picture("Your digit, shifted", image, "own_shifted", "The shifted digit.", width=168, limit=1.0)
        with st.container(width=300):
            said = f"Linear model: {_say(theirs.probabilities)}", f"Convolutional network: {verdict(ours)}"
            tell_lines(*said, live=True)
    task(
        number,
        "Shift your digit until one of the two networks reads another digit.",
        bool(right) and (theirs.digit != still or ours.digit != subject.digit),
    )


def _say(probabilities: np.ndarray) -> str:
    """What the linear model reads; whether it looks like a digit is another network's business."""
    return f"read as **{CLASS_NAMES[int(probabilities.argmax())]}**, {probabilities.max():.1%} sure"


BASELINE = Step(
    "Why convolution?",
    4,
    "Let the class count the parameters: 784 × 10 + 10. A filter has 25 weights and a bias, and is used at 784 places: "
    "that is called sharing weights.",
    show,
)
