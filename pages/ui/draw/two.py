"""A second network beside the first, on the same digit."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, CNN, Checkpoint, Prediction, predict, trace
from ocr.ink.segment import Glyph, Segmentation
from pages.ui import session
from pages.ui.elements.maps import even_columns, show_maps
from pages.ui.elements.prediction import show_prediction
from pages.ui.session import UNTRAINED
from pages.ui.text.say import literally
from pages.ui.weights import named_weights, weight_names


def show_two(weights: Checkpoint, glyph: Glyph) -> None:
    """Show what two networks say of a digit and all their maps of it, one beside the other."""
    session.DRAW_OTHER.begin()
    session.DRAW_OTHER.keep_among([UNTRAINED, *weight_names()])
    name = st.selectbox("Second network", weight_names(), key=session.DRAW_OTHER.key, width=320)
    sides = {session.DRAW_WEIGHTS.value: weights}
    if name in sides:
        st.caption("That is the same network. Choose another one, or train one on Train.")
        return
    sides[name] = named_weights(name)
    predictions = [predict(checkpoint, [glyph.image])[0] for checkpoint in sides.values()]
    first, second = (CLASS_NAMES[prediction.digit] for prediction in predictions)
    st.markdown(f"Both read **{first}**." if first == second else f"They disagree: **{first}** and **{second}**.")
    columns = st.columns(2, gap="medium")
    for number, (column, (title, checkpoint), prediction) in enumerate(
        zip(columns, sides.items(), predictions, strict=True)
    ):
        with column:
            _show_side(title, checkpoint, glyph, prediction, f"two{number}")


def _show_side(name: str, checkpoint: Checkpoint, glyph: Glyph, prediction: Prediction, key: str) -> None:
    st.markdown(f"**{literally(name)}**")
    with st.container(width=224):
        show_prediction(Segmentation((glyph,)), [prediction], 0, False, f"{key}_reading")
    if not isinstance(checkpoint.model, CNN):
        st.caption("The linear baseline has no maps.")
        return
    for layer, values in enumerate(trace(checkpoint.model, glyph.image).layers, 1):
        count, height, width = values.maps.shape
        st.markdown(f"**Layer {layer}** · {count} × {height} × {width}")
        show_maps(
            values.maps,
            key=f"{key}_maps{layer}",
            names=[f"Map {i + 1}" for i in range(count)],
            columns=even_columns(count, 9),
            largest=4 if width > 7 else 7,  # both layers about as wide
            legend=False,
            caption="{low} to {high} · each map on its own scale",
            description=f"{name}: the {count} maps of layer {layer}, {height} by {width} each. Values from "
            f"{values.maps.min():.3f} to {values.maps.max():.3f}. Arrow keys read single values.",
        )
