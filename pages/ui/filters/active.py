"""When a filter is active, and the image that excites it most."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import CLASS_NAMES, CNN, Checkpoint
from ocr.inspection.excitation import COPY, Activity, Excitation, activity, most_exciting_image, similarity
from pages.ui.cache import filter_answers, fingerprint, mnist_data
from pages.ui.elements.maps import show_maps
from pages.ui.text.numbers import signed
from pages.ui.text.table import show_table


@st.cache_data(show_spinner="Looking when filters are active …", max_entries=32)
def _activity(identity: str, layer: int, _model: CNN) -> Activity:
    return activity(_model, mnist_data().test, layer)


@st.cache_data(show_spinner="Searching for the image that excites it most …", max_entries=256)
def _excitation(identity: str, layer: int, channel: int, _model: CNN, _strongest: float) -> Excitation:
    return most_exciting_image(_model, layer, channel, _strongest)


def show_active(checkpoint: Checkpoint, layer: int, channel: int) -> None:
    """Show how often a filter is active, for which digits, its nearest copy, and the image that excites it most.

    Args:
        checkpoint: The network.
        layer: Which convolutional layer, from 0.
        channel: Which filter, from 0.
    """
    model, identity = checkpoint.model, fingerprint(checkpoint)
    assert isinstance(model, CNN)
    found, count = _activity(identity, layer, model), len(mnist_data().test)
    left, right = st.columns([2, 1], gap="large")
    with left:
        st.markdown(_describe(found, channel, count) + " " + _nearest(model, layer, channel))
        by_class = found.by_class[channel]
        rows = [[name, signed(float(by_class[i]), 2)] for i, name in enumerate(CLASS_NAMES)]
        show_table(["Digit", "strongest value, mean"], rows, (by_class / max(by_class.max(), 1e-9)).tolist())
    with right:
        strongest = float(filter_answers(checkpoint, layer).values[channel, 0])
        made = _excitation(identity, layer, channel, model, strongest)
        show_maps(
            made.image[None],
            key="exciting",
            names=["An image made to excite it"],
            limit=1.0,
            largest=8,
            legend=False,
            caption="An image made to excite it",
            description=f"An image that was changed step by step until filter {channel + 1} answered most to it.",
        )
        st.caption(
            f"Nobody drew this. The image began as faint noise and was changed, step by step, so that the filter "
            f"answers more in its middle. It answers {signed(made.value, 2)} to it, and {signed(strongest, 2)} to the "
            "most exciting test image."
        )


def _describe(found: Activity, channel: int, count: int) -> str:
    share, places = float(found.share[channel]), float(found.places[channel])
    if found.dead[channel]:
        return f"This filter is **dead**: it is active in none of the {count:,} test images."
    return (
        f"This filter is active in **{share:.1%}** of the {count:,} test images, on average at {places:.0%} of the "
        "places of its map. Active means: above 0 after max-pooling and ReLU."
    )


def _nearest(model: CNN, layer: int, channel: int) -> str:
    """Say which filter of the layer is most like it."""
    cosines = similarity(model, layer)[channel].copy()
    if len(cosines) == 1:
        return ""
    cosines[channel] = -np.inf
    other = int(cosines.argmax())
    copy = ": nearly a copy" if cosines[other] >= COPY else ""
    return f"Most like it is filter {other + 1} (cosine of their weights {signed(float(cosines[other]), 2)}{copy})."
