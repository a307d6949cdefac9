"""Step 5: the second layer looks at sixteen maps at once; what part of the image one of its numbers depends on."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr.inspection.places import place_of_largest
from ocr.inspection.receptive_field import convolved_field, pooled_field
from ocr.inspection.traces import origin
from pages.ui.elements.maps import picked, show_maps
from pages.ui.learn.pictures import show_picture
from pages.ui.learn.step import Step, ask, task
from pages.ui.learn.subject import Subject
from pages.ui.text.numbers import signed
from pages.ui.text.table import show_table
from pages.ui.text.terms import tell

SHOWN = 5  # of the sixteen parts, the strongest


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    config = subject.model.config
    inputs, filters = config.filters
    sizes = [convolved_field(config, 0).size, pooled_field(config, 0).size, convolved_field(config, 1).size]
    whole = pooled_field(config, 1).size
    tell(
        f"The second layer has {filters} filters. Each looks at all {inputs} maps of the first layer at once: it has a "
        f"5 × 5 kernel for every one of them. The {inputs} answers and a [[bias]] are added up.",
        "A number of the second layer thus depends on a part of a map, which depends on a part of the image. The "
        "part of "
        "the image that it depends on is its [[receptive field]].",
    )
    answered = ask(
        number,
        "One number of layer 2, after pooling: how large is the part of the image that it depends on?",
        ["5 × 5 pixels", f"{2 * sizes[0]} × {2 * sizes[0]} pixels", f"{whole} × {whole} pixels", "all 28 × 28 pixels"],
        f"{whole} × {whole} pixels",
        f"Step by step: 1 pixel, {sizes[0]} after the first window, {sizes[1]} after pooling (a neighbour more), "
        f"{sizes[2]} after the second window (its 4 further places are 2 pixels apart each), {whole} after pooling.",
    )
    if answered:
        _explore(number, subject)


@st.fragment
def _explore(number: int, subject: Subject) -> None:
    """The maps of layer 2; what the number that is pointed at looked at."""
    maps, before = subject.traced.layers[1].maps, subject.traced.layers[0].maps
    told = picked("field_maps")
    channel, row, column = told[2:] if told else place_of_largest(maps)
    account = origin(subject.model, subject.traced, 1, channel, row, column)
    field, size = pooled_field(subject.model.config, 1), account.weights.shape[1]
    tell("Point at any number of the 36 maps. The frames show what it looked at.")
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=300, gap="xsmall"):
            st.markdown("**Layer 2: 36 maps**")
            show_maps(
                maps,
                key="field_maps",
                names=[f"Map {i + 1}" for i in range(len(maps))],
                columns=6,
                largest=6,
                legend=False,
                caption="Each map on its own scale",
                boxes=[(channel, row, column, 1, 1)],
                pickable=True,
                echo=told[0] if told else None,
                description="The 36 maps of layer 2.",
            )
        with st.container(width=300, gap="xsmall"):
            st.markdown("**Layer 1: the same window in 16 maps**")
            show_maps(
                before,
                key="field_before",
                names=[f"Map {i + 1}" for i in range(len(before))],
                columns=4,
                largest=4,
                legend=False,
                caption="Each map on its own scale",
                boxes=[(-1, account.top, account.left, size, size)],
                description="The 16 maps of layer 1, with the window of the second filter outlined.",
            )
        show_picture(
            f"The image: {field.size} × {field.size} pixels",
            subject.image,
            "field_image",
            "The digit, with the receptive field outlined.",
            limit=1.0,
            boxes=[(0, field.first(row), field.first(column), field.size, field.size)],
        )
    sums = account.partial_sums
    order = np.argsort(-np.abs(sums))
    rows = [[f"map {i + 1}", signed(float(sums[i]), 3)] for i in order[:SHOWN]]
    rows.append([f"the other {len(sums) - SHOWN} maps", signed(float(sums[order[SHOWN:]].sum()), 3)])
    rows.append(["bias", signed(account.bias, 3)])
    rows.append(["sum", signed(float(sums.sum()) + account.bias, 3)])
    st.markdown(f"**Map {channel + 1}, row {row + 1}, column {column + 1}: {signed(account.value, 3)}**")
    show_table(["Layer 1", "what it adds"], rows)
    st.caption("This is the largest of the four sums in its pool. ReLU turns it into 0 if it is negative.")
    task(
        number,
        "Point at a number that is not 0, and find out which map of layer 1 adds most to it.",
        told is not None and account.value > 0,
    )


FIELD = Step(
    "The second layer sees more",
    4,
    "Compute 1, 5, 6, 14, 16 together on squared paper. Ask how many layers it would take to see a whole photo.",
    show,
)
