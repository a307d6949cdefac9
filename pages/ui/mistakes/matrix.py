"""The confusion matrix, as counts or as shares of its rows, and the whole evaluation to take away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from ocr import CLASS_NAMES, Evaluation
from ocr.inspection.confusion_files import confusion_png, confusion_svg
from ocr.reading.scores import PREDICTION_HEAD, prediction_rows
from pages.ui import session
from pages.ui.elements.confusion import show_confusion
from pages.ui.mistakes.cell import choose_cell, chosen_cell
from pages.ui.mistakes.image_set import ImageSet, evaluation_code
from pages.ui.takeaway import show_python, take_away
from pages.ui.text.table import offer_csv

COUNTS, SHARES = "Counts", "Percent of each row"


def show_matrix(evaluation: Evaluation, images: ImageSet) -> None:
    """Show the confusion matrix; below it, how to read it, and what can be taken away."""
    shares = session.MATRIX.value == SHARES
    confusion = evaluation.confusion()
    show_confusion(
        confusion,
        CLASS_NAMES,
        key="matrix",
        chosen=chosen_cell(),
        caption="Press a cell for the images behind it. The more ink, the more mistakes."
        + (" In percent of the images of the true class." if shares else ""),
        on_press=choose_cell,
        shares=shares,
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        session.MATRIX.keep_among([COUNTS, SHARES])
        st.segmented_control(
            "Cells show", [COUNTS, SHARES], key=session.MATRIX.key, required=True, label_visibility="collapsed"
        )
        with take_away("confusion"):
            st.markdown("The confusion matrix")
            with st.container(horizontal=True, gap="small"):
                for make, ending, mime in (
                    (confusion_png, "png", "image/png"),
                    (confusion_svg, "svg", "image/svg+xml"),
                ):
                    file, drawn = f"confusion.{ending}", partial(make, confusion, shares)
                    st.download_button(ending.upper(), drawn, file, mime, on_click="ignore", key=f"save {file}")
                rows = [[name, *map(str, row)] for name, row in zip(CLASS_NAMES, confusion, strict=True)]
                offer_csv("CSV", "confusion.csv", ["true", *CLASS_NAMES], rows)
            st.markdown("What was said of every image")
            offer_csv("Predictions as CSV", "predictions.csv", PREDICTION_HEAD, _Predictions(evaluation, images.names))
            show_python(*evaluation_code(images), "confusion = evaluation.confusion()")


@dataclass(frozen=True)
class _Predictions:
    """What was said of each image, written only when it is asked for."""

    evaluation: Evaluation
    names: Sequence[str] | None

    def __iter__(self) -> Iterator[list[str]]:
        return prediction_rows(self.evaluation, self.names)
