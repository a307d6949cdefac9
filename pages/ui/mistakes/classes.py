"""How well each digit is read."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, Evaluation
from ocr.reading.scores import class_scores
from pages.ui.mistakes.image_set import ImageSet, evaluation_code
from pages.ui.takeaway import show_python, take_away
from pages.ui.text.table import offer_csv, show_table


def show_classes(evaluation: Evaluation, images: ImageSet) -> None:
    """Show precision, recall and F1 of each digit."""
    scores = class_scores(evaluation)
    st.markdown(
        "**Recall**: of the images of a digit, the share that is read as it. **Precision**: of the images that are "
        "read as a digit, the share that is it. **F1** is their harmonic mean: it is high only if both are."
    )
    head = ["Digit", "images", "recall", "precision", "F1"]
    shares = (scores.recall, scores.precision, scores.f1)
    rows = [
        [name, f"{scores.count[i]:,}", *(_share(values[i], scores.count[i]) for values in shares)]
        for i, name in enumerate(CLASS_NAMES)
    ]
    show_table(head, rows)
    with take_away("classes"):
        offer_csv("This table as CSV", "digits.csv", head, rows)
        show_python(
            *evaluation_code(images), "from ocr.reading.scores import class_scores", "scores = class_scores(evaluation)"
        )


def _share(value: float, count: int) -> str:
    return f"{value:.2%}" if count else "–"
