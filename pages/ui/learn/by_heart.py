"""Step 9: three networks that differ only in what they were trained on: learning by heart, and what helps."""

from __future__ import annotations

import streamlit as st

from ocr import predict
from ocr.inspection.plots import learning_figure
from ocr.training.report import Progress
from pages.ui import session
from pages.ui.cache import weights
from pages.ui.frame import is_dark
from pages.ui.learn.cache import LESSON
from pages.ui.learn.step import Step, ask, task
from pages.ui.learn.subject import Subject
from pages.ui.text.numbers import percent
from pages.ui.text.table import show_table
from pages.ui.text.terms import tell

NETWORKS = {
    "few": "300 images",
    "distorted": "300 images, distorted",
    "all": "all 55,000 images",
}


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    known = {name: weights(LESSON / f"{name}.safetensors") for name in NETWORKS}
    facts = {name: checkpoint.info for name, checkpoint in known.items()}
    few = facts["few"]
    iterations = few["reports"][-1]["iteration"]
    tell(
        f"Here are three small networks. They have the same size and made the same {iterations:,} steps of training, "
        "64 "
        "images each. They differ in one thing only: the images. The first saw the same "
        f"{few['training_images']} images again and again. The second saw them too, but [[distorted|distortion]] a "
        f"little differently each time. The third saw all {facts['all']['training_images']:,} images of [[MNIST]].",
    )
    answered = ask(
        number,
        f"The first network reads {few['training_accuracy']:.0%} of its {few['training_images']} training images "
        "right. "
        "How many of the 10,000 test images, which it has never seen, does it read right?",
        ["100%, as before", "between 80 and 95%", "about 50%", "about 10%, like guessing"],
        _range_of(_accuracy(few)),
        f"It reads {_accuracy(few):.1%} right. It learnt its images partly by heart. That is called [[overfitting]].",
    )
    if not answered:
        return
    with st.container(horizontal=True, gap="medium"):
        for name, title in NETWORKS.items():
            with st.container(width=350, gap="xsmall"):
                st.markdown(f"**{title}**")
                _show_curve(name, title, [Progress(**report) for report in facts[name]["reports"]])
    tell(
        "[[Validation images]] are not trained on. Where the validation curve stays far below the training curve, the "
        "network learns by heart. More images help most. Distorted images help too: no image is seen twice. (The "
        "distortions are halved in the last fifth of the training: there the training curve jumps.)"
    )
    predictions = {name: predict(checkpoint, [subject.image])[0] for name, checkpoint in known.items()}
    show_table(
        ["Trained on", "training", "test", "your digit"],
        [
            [
                title,
                f"{facts[name]['training_accuracy']:.1%}",
                f"{_accuracy(facts[name]):.1%}",
                f"{predictions[name].digit} ({percent(predictions[name].confidence)})",
            ]
            for name, title in NETWORKS.items()
        ],
    )
    st.caption("Share of the training images and of the 10,000 test images that is read right.")
    chosen = st.segmented_control(
        "Which network would you trust with the digits of a stranger?", list(NETWORKS.values()), key=session.TRUSTED.key
    )
    task(
        number,
        "Look at the gap between the two curves of each network. Choose the one you would trust. Then draw a digit in "
        "an unusual way and see which of the three still reads it.",
        chosen is not None,
    )


def _accuracy(facts: dict) -> float:
    """The share of the test images that are read right."""
    return facts["test_correct"] / facts["test_count"]


def _range_of(accuracy: float) -> str:
    """The answer that a share lies in."""
    if accuracy > 0.995:
        return "100%, as before"
    return "between 80 and 95%" if accuracy > 0.65 else "about 50%" if accuracy > 0.3 else "about 10%, like guessing"


def _show_curve(name: str, title: str, reports: list[Progress]) -> None:
    """Training and validation accuracy by iteration."""
    figure = learning_figure(reports, is_dark())
    figure.update_layout(height=240, margin={"l": 60, "r": 8, "t": 8, "b": 48}, legend={"x": 0.5, "y": 0.1})
    last = next(report for report in reversed(reports) if report.validation_accuracy is not None)
    st.plotly_chart(
        figure,
        theme=None,
        key=f"curve_{name}",
        config={"staticPlot": True},
        alt=f"Accuracy of the network trained on {title}: at the end {last.training_accuracy or 0:.1%} of the training "
        f"batches and {last.validation_accuracy or 0:.1%} of the validation images.",
    )


BY_HEART = Step(
    "Learning by heart",
    5,
    "Compare with learning for a test: who learns only last year's answers? Ask what else one could do with only 300 "
    "images (a smaller network, stop earlier, draw more).",
    show,
)
