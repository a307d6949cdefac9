"""The images behind the chosen cell."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, Evaluation
from pages.ui import session
from pages.ui.behind import show_behind
from pages.ui.mistakes.cell import chosen_cell
from pages.ui.mistakes.image_set import ImageSet

AT_ONCE = 9


def show_images(evaluation: Evaluation, images: ImageSet) -> None:
    """Show the images behind the chosen cell, nine at a time, what they are, and a button for more.

    Args:
        evaluation: How the images were read.
        images: The images.
    """
    positions = evaluation.behind(*chosen_cell())
    st.caption(_describe_cell(len(positions)))
    if not len(positions):
        return
    count = session.mistakes().shown or AT_ONCE
    name = session.MISTAKES_WEIGHTS.value
    show_behind(
        evaluation, images.split, positions[:count], key="gallery", origin=images.origin, name=name, names=images.names
    )
    if count < len(positions):
        st.button(f"Show {min(AT_ONCE, len(positions) - count)} more", on_click=_show_more, key="more")


def _show_more() -> None:
    session.mistakes().shown = (session.mistakes().shown or AT_ONCE) + AT_ONCE


def _describe_cell(count: int) -> str:
    """What the images below are."""
    true, read = chosen_cell()
    if true is not None and true == read:
        return f"{count:,} images of a {CLASS_NAMES[true]} read right, the least confident first."
    what = "misread images" if true is None else f"misread images of a {CLASS_NAMES[true]}"
    taken = "" if read is None else f", taken for a {CLASS_NAMES[read]}"
    order = "the most confident mistakes first" if count else "so there is nothing to show"
    return f"{f'{count:,}' if count else 'No'} {what}{taken}, {order}."
