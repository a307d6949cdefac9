"""Mistakes: how well a network reads the test images, what it takes for what, and the images behind that."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, Evaluation, Split
from pages.ui.cache import mnist_data
from pages.ui.elements.confusion import show_confusion
from pages.ui.elements.gallery import show_gallery
from pages.ui.frame import page
from pages.ui.measured import evaluation_on_test
from pages.ui.navigation import open_in_lens
from pages.ui.text.numbers import percent
from pages.ui.weights import choose_weights

ANY = "any"
AT_ONCE = 9


def choose_cell(true: int | None, read: int | None) -> None:
    """Puts what was pressed in the matrix into the two choosers, which are what counts."""
    st.session_state.true_class = ANY if true is None else CLASS_NAMES[true]
    st.session_state.read_class = ANY if read is None else CLASS_NAMES[read]
    start_over()


def start_over() -> None:
    """Back to the first nine images."""
    st.session_state.images_shown = AT_ONCE


def show_more() -> None:
    """Nine images more."""
    st.session_state.images_shown += AT_ONCE


def chosen_cell() -> tuple[int | None, int | None]:
    """The true class and what it was read as; None is any."""
    names = (st.session_state.get("true_class", ANY), st.session_state.get("read_class", ANY))
    true, read = (None if name == ANY else CLASS_NAMES.index(name) for name in names)
    return true, read


def show_score(evaluation: Evaluation) -> None:
    """Accuracy with its counts, and how far its confidence can be believed."""
    gap = 100 * evaluation.calibration_error()
    with st.container(key="score"):
        st.markdown(
            f"**{evaluation.accuracy:.2%}** {evaluation.correct:,} of {evaluation.count:,} test images read right · "
            f"calibration error {gap:.2f} points",
            help="How far the network's confidence and its accuracy lie apart, on average over 15 bins of confidence. "
            "At 0 points, of all digits that it is 90% sure of, 90% are read right.",
        )


def show_choosers() -> None:
    """The same choice as by the matrix, for keyboards and phones."""
    options = [ANY, *CLASS_NAMES]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.selectbox("True class", options, key="true_class", on_change=start_over, width=110)
        st.selectbox("Read as", options, key="read_class", on_change=start_over, width=110)
        st.button("All mistakes", on_click=choose_cell, args=(None, None), disabled=chosen_cell() == (None, None))


def describe_cell(count: int) -> str:
    """What the images below are."""
    true, read = chosen_cell()
    if true is not None and true == read:
        return f"{count:,} images of a {CLASS_NAMES[true]} read right, the least confident first."
    what = "misread images" if true is None else f"misread images of a {CLASS_NAMES[true]}"
    taken = "" if read is None else f", taken for a {CLASS_NAMES[read]}"
    order = "the most confident mistakes first" if count else "so there is nothing to show"
    return f"{f'{count:,}' if count else 'No'} {what}{taken}, {order}."


def show_images(evaluation: Evaluation, split: Split) -> None:
    """The images behind the chosen cell, nine at a time; a press opens one on the Draw page."""
    positions = evaluation.behind(*chosen_cell())
    st.caption(describe_cell(len(positions)))
    if not len(positions):
        return
    shown = positions[: st.session_state.setdefault("images_shown", AT_ONCE)]
    images = split.ink(shown)
    predictions, confidence = evaluation.predictions, evaluation.probabilities.max(1)
    titles = [f"{CLASS_NAMES[split.labels[i]]} read as {CLASS_NAMES[predictions[i]]}" for i in shown]
    notes = [f"{percent(confidence[i])} sure · image {i + 1:,}" for i in shown]
    opened = show_gallery(images, titles, notes, key="gallery", action="Open in the lens")
    if opened is not None and opened < len(images):
        # Who misread it reads it again.
        open_in_lens(split, shown[opened], "the test image from Mistakes", st.session_state.mistakes_weights)
    if len(shown) < len(positions):
        st.button(f"Show {min(AT_ONCE, len(positions) - len(shown))} more", on_click=show_more, key="more")


with page("pages/mistakes.py"):
    left, right = st.columns(2, gap="large")
    with left:
        evaluation = evaluation_on_test(choose_weights("mistakes_weights"))
        show_score(evaluation)
        with st.container(key="confusion"):
            show_confusion(
                evaluation.confusion(),
                CLASS_NAMES,
                key="matrix",
                chosen=chosen_cell(),
                caption="Press a cell for the images behind it. The more ink, the more mistakes.",
                on_press=choose_cell,
            )
    with right:
        show_choosers()
        show_images(evaluation, mnist_data().test)
