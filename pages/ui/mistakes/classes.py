"""How well each digit is read."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, Evaluation
from ocr.reading.scores import class_scores
from pages.ui.text.table import offer_csv, show_table


def show_classes(evaluation: Evaluation) -> None:
    """Show precision, recall and F1 of each digit, and offer what was said of every image."""
    scores = class_scores(evaluation)
    st.markdown(
        "**Recall**: of the images of a digit, the share that is read as it. **Precision**: of the images that are "
        "read as a digit, the share that is it. **F1** is their harmonic mean: it is high only if both are."
    )
    head = ["Digit", "images", "recall", "precision", "F1"]
    rows = [
        [name, f"{scores.count[i]:,}", *(f"{values[i]:.2%}" for values in (scores.recall, scores.precision, scores.f1))]
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
            ["image", "label", "predicted", *(f"probability of {name}" for name in CLASS_NAMES)],
            [
                [str(i + 1), str(label), str(predicted), *(f"{value:.6f}" for value in probabilities)]
                for i, (label, predicted, probabilities) in enumerate(
                    zip(evaluation.labels, evaluation.predictions, evaluation.probabilities, strict=True)
                )
            ],
        )
