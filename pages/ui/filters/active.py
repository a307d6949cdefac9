"""When a filter, neuron or output is active, and the image that excites it most."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import CLASS_NAMES, CNN
from ocr.ink.strokes import Ink
from ocr.inspection.excitation import COPY, Activity, Excitation, most_exciting_image, similarity
from ocr.inspection.units import FILTER, OUTPUT, unit_kinds
from pages.ui.cache import fingerprint, mnist_data
from pages.ui.elements.maps import show_maps
from pages.ui.filters.measured import measure_layer
from pages.ui.filters.side import Side
from pages.ui.takeaway import offer_images, show_python, take_away
from pages.ui.text.numbers import signed
from pages.ui.text.table import offer_csv, show_table
from pages.ui.text.units import capital, unit_name


@st.cache_data(show_spinner="Searching for the image that excites it most …", max_entries=256)
def _excitation(
    identity: str, layer: int, channel: int, _model: CNN, _strongest: float, _start: Ink | None
) -> Excitation:
    return most_exciting_image(_model, layer, channel, _strongest, _start)


def show_active(side: Side, layer: int, channel: int) -> None:
    """Show how often a unit is active, for which digits, its nearest copy, and the image that excites it most.

    Args:
        side: The network.
        layer: Which layer, from 0.
        channel: Which of its units, from 0.
    """
    model, identity = side.checkpoint.model, fingerprint(side.checkpoint)
    assert isinstance(model, CNN)
    name = unit_name(model.config, layer, channel)
    kind = unit_kinds(model.config)[layer]
    measured, count = measure_layer(side, layer), len(mnist_data().test)
    if measured is None:
        return
    found, most = measured.activity, measured.ranked.most
    left, right = st.columns([2, 1], gap="large")
    with left:
        st.markdown(_describe(found, capital(name), kind, channel, count) + " " + _nearest(model, layer, channel))
        by_class = found.by_class[channel]
        head = ["Digit", "logit, mean" if kind == OUTPUT else "strongest value, mean"]
        rows = [[digit, signed(float(by_class[i]), 2)] for i, digit in enumerate(CLASS_NAMES)]
        show_table(head, rows, (by_class.clip(0) / max(by_class.max(), 1e-9)).tolist())
    with right:
        strongest, position = float(most.values[channel, 0]), int(most.positions[channel, 0, 0])
        start = None if kind == FILTER else mnist_data().test.ink(position)
        made = _excitation(identity, layer, channel, model, strongest, start)
        show_maps(
            made.image[None],
            key="exciting",
            names=["An image made to excite it"],
            limit=1.0,
            largest=8,
            legend=False,
            caption="An image made to excite it",
            description=f"An image that was changed step by step until {name} answered most to it.",
        )
        began = "faint noise" if start is None else "the most exciting test image"
        st.caption(
            f"Nobody drew this. The image began as {began} and was changed, step by step, so that the answer"
            f"{' in its middle' if kind == FILTER else ''} grows. It is {signed(made.value, 2)} now, and "
            f"{signed(strongest, 2)} to the most exciting test image."
        )
    with take_away("active"):
        offer_csv("The values by digit as CSV", "active.csv", head, rows)
        offer_images("The image made to excite it", "exciting", made.image[None], ["exciting"], limit=1.0)
        show_python(
            side.code,
            "from ocr import load_data",
            "from ocr.inspection.excitation import activity, most_exciting_image",
            "model, test = checkpoint.model, load_data().test",
            f"found = activity(model, test, layer={layer})",
            f"made = most_exciting_image(model, {layer}, {channel}, strongest={strongest!r}"
            + (")" if start is None else f", start=test.ink({position}))"),
        )


def _describe(found: Activity, name: str, kind: str, channel: int, count: int) -> str:
    share, places = float(found.share[channel]), float(found.places[channel])
    if found.dead[channel]:
        return f"{name} is **dead**: it is active in none of the {count:,} test images."
    if kind == OUTPUT:
        return f"{name} is the largest in **{share:.1%}** of the {count:,} test images, which are read as that digit."
    if kind == FILTER:
        return (
            f"{name} is active in **{share:.1%}** of the {count:,} test images, on average at {places:.0%} of the "
            "places of its map. Active means: above 0 after max-pooling and ReLU."
        )
    return f"{name} is active in **{share:.1%}** of the {count:,} test images. Active means: above 0 after ReLU."


def _nearest(model: CNN, layer: int, channel: int) -> str:
    """Say which unit of the layer is most like it."""
    cosines = similarity(model, layer)[channel].copy()
    if len(cosines) == 1:
        return ""
    cosines[channel] = -np.inf
    other = int(cosines.argmax())
    copy = ": nearly a copy" if cosines[other] >= COPY else ""
    name = unit_name(model.config, layer, other)
    return f"Most like it is {name} (cosine of their weights {signed(float(cosines[other]), 2)}{copy})."
