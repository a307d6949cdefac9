"""How well each digit is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import streamlit as st

from ocr import CLASS_NAMES, Evaluation
from ocr.reading.scores import PREDICTION_HEAD, class_scores, prediction_rows
from pages.ui.mistakes.image_set import ImageSet
from pages.ui.text.table import offer_csv, show_table


def show_classes(evaluation: Evaluation, images: ImageSet) -> None:
    """Show precision, recall and F1 of each digit, and offer what was said of every image."""
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
    with st.container(horizontal=True):
        offer_csv("This table as CSV", "digits.csv", head, rows)
        confusion = [[name, *map(str, row)] for name, row in zip(CLASS_NAMES, evaluation.confusion(), strict=True)]
        offer_csv("The confusion matrix as CSV", "confusion.csv", ["true", *CLASS_NAMES], confusion)
        offer_csv(
            "Every image's probabilities as CSV",
            "predictions.csv",
            PREDICTION_HEAD,
            _Predictions(evaluation, images.names),
        )


def _share(value: float, count: int) -> str:
    return f"{value:.2%}" if count else "–"


@dataclass(frozen=True)
class _Predictions:
    """What was said of each image, written only when it is asked for."""

    evaluation: Evaluation
    names: Sequence[str] | None

    def __iter__(self) -> Iterator[list[str]]:
        return prediction_rows(self.evaluation, self.names)
