"""One filter, neuron or output, closer: a dossier of it, one side at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from ocr import CLASS_NAMES, CNN
from ocr.inspection.units import NEURON, OUTPUT, unit_counts, unit_kinds
from pages.ui import session
from pages.ui.filters.active import show_active
from pages.ui.filters.answers import show_answers
from pages.ui.filters.digit import show_digit
from pages.ui.filters.figures import show_figures
from pages.ui.filters.growth import show_growth
from pages.ui.filters.layer import keep_within
from pages.ui.filters.side import Side
from pages.ui.filters.weights import show_weights
from pages.ui.filters.worth import show_worth
from pages.ui.text.say import literally
from pages.ui.text.units import layer_labels


def show_closer(sides: Sequence[Side]) -> None:
    """Show one unit of one of the two networks from several sides; what it makes of a digit, beside the other's."""
    st.subheader("One filter, neuron or output, closer", anchor=False)
    side, other = _choose_side(sides)
    model = side.checkpoint.model
    assert isinstance(model, CNN)
    layer, channel = _choose_unit(model)
    views: dict[str, Callable[[Side, int, int], None]] = {
        "What it answers to": show_answers,
        "Its weights": show_weights,
        "When it is active": show_active,
        "What it makes of a digit": partial(show_digit, other=other),
        "How it grew": show_growth,
        "Its figures": show_figures,
        "How much accuracy it adds": show_worth,
    }
    names = list(views)
    session.FILTER_VIEW.begin()
    session.FILTER_VIEW.keep_among(names)
    view = st.segmented_control("View", names, key=session.FILTER_VIEW.key, required=True, label_visibility="collapsed")
    views[view or names[0]](side, layer, channel)


def _choose_side(sides: Sequence[Side]) -> tuple[Side, Side]:
    """Show a chooser of the network, if both have filters, and give it and the other one."""
    choices = [number for number, side in enumerate(sides) if side.layers]
    session.CLOSER_OF.begin()
    session.CLOSER_OF.keep_among(choices)
    if len(choices) > 1:
        st.segmented_control(
            "Network",
            choices,
            key=session.CLOSER_OF.key,
            format_func=lambda i: literally(sides[i].title),
            required=True,
        )
    chosen = session.CLOSER_OF.value
    return sides[chosen], sides[1 - chosen]


def _choose_unit(model: CNN) -> tuple[int, int]:
    """Show choosers of a layer and of one of its units, and give both, from 0."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="closer"):
        labels = layer_labels(model.config)
        session.LAYER.keep_among(labels)  # at first, of another network, or pressed once more
        st.segmented_control("Part", labels, key=session.LAYER.key)
        layer = labels.index(session.LAYER.value)
        count, kind = unit_counts(model.config)[layer], unit_kinds(model.config)[layer]
        chooser = session.filter_number(layer)
        keep_within(chooser, count)
        if count == 1:
            return layer, 0
        if kind == OUTPUT:  # counted as the others are, and called by its digit
            numbers = range(1, count + 1)
            return layer, st.select_slider(
                "Digit", numbers, key=chooser.key, format_func=lambda number: CLASS_NAMES[number - 1], width=260
            ) - 1
        label = "Neuron" if kind == NEURON else "Filter"
        return layer, st.slider(label, 1, count, key=chooser.key, width=260) - 1
