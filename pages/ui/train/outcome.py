"""What a run's weights read of the validation images, open at its end; and its recipe in full."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES
from ocr.runs.comparison import settings
from ocr.runs.run import Run
from pages.ui import session
from pages.ui.behind import show_behind
from pages.ui.cache import evaluation_on_validation, mnist_data, weights
from pages.ui.elements.confusion import show_confusion
from pages.ui.text.table import show_table

CONFUSION, RECIPE = "Confusion matrix", "Recipe in full"
AT_ONCE = 9


def show_more(run: Run) -> None:
    """Show the confusion matrix or the recipe; while it learns only once asked for, because reading takes its time."""
    ended = not run.status().live and run.checkpoint_path.is_file()
    key, default = ("more_about", CONFUSION) if ended else ("more_about_live", None)
    view = st.segmented_control("More about this run", [CONFUSION, RECIPE], default=default, key=key)
    if view == CONFUSION:
        _show_confusion(run)
    elif view == RECIPE:
        show_table(["Setting", "value"], [[name, value] for name, value in settings(run.config()).items()])


def _choose_cell(true: int | None, read: int | None) -> None:
    session.training().cell = true, read


def _show_confusion(run: Run) -> None:
    if not run.checkpoint_path.is_file():
        st.caption("There are no weights yet.")
        return
    checkpoint, split = weights(run.checkpoint_path), mnist_data().validation
    evaluation = evaluation_on_validation(checkpoint)
    st.markdown(
        f"**{evaluation.accuracy:.2%}** ({evaluation.correct:,} of {evaluation.count:,} validation images) "
        + (f"after {checkpoint.info['iteration']:,} iterations." if "iteration" in checkpoint.info else "as it came.")
    )
    chosen = session.training().cell
    left, right = st.columns(2, gap="large")
    with left, st.container(key="validation_confusion"):
        show_confusion(
            evaluation.confusion(),
            CLASS_NAMES,
            key="validation_matrix",
            chosen=chosen,
            caption="Press a cell for the images behind it. The more ink, the more mistakes.",
            on_press=_choose_cell,
        )
    with right:
        positions = evaluation.behind(*chosen)[:AT_ONCE]
        if not len(positions):
            st.caption("There are no images behind this cell.")
            return
        origin = "the validation image from Train"
        show_behind(evaluation, split, positions, key="validation_gallery", origin=origin, name=run.name)
