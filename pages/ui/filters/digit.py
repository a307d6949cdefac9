"""What a filter, neuron or output makes of a digit: a test image, or what is drawn."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CLASS_NAMES, CNN, Trace, trace
from ocr.ink.strokes import Ink
from ocr.inspection.units import FILTER, NEURON, unit_counts, unit_kinds
from ocr.network.checkpoint import temperature
from pages.ui import session
from pages.ui.account import show_logit, show_neuron
from pages.ui.cache import mnist_data
from pages.ui.elements.maps import show_image, show_maps
from pages.ui.filters.side import Side
from pages.ui.takeaway import offer_images, show_python, take_away
from pages.ui.text.numbers import write_shape
from pages.ui.text.say import literally
from pages.ui.text.units import unit_name

DRAWN = "Your drawing"


def show_digit(side: Side, layer: int, channel: int, other: Side) -> None:
    """Show a digit, and what a unit makes of it; below that, what the same unit of the other network does."""
    model = side.checkpoint.model
    assert isinstance(model, CNN)
    image, position = _choose_digit()
    kind = unit_kinds(model.config)[layer]
    _show_side(side, image, layer, channel, "digit")
    other_model = other.checkpoint.model
    same = isinstance(other_model, CNN) and unit_kinds(other_model.config)[layer : layer + 1] == (kind,)
    if isinstance(other_model, CNN) and same and channel < unit_counts(other_model.config)[layer]:
        st.markdown(f"**{literally(other.name)}**, {unit_name(other_model.config, layer, channel)}:")
        _show_side(other, image, layer, channel, "other")
    if position is None:
        return
    values = {FILTER: f"layers[{layer}].maps[{channel}]", NEURON: f"hidden[{channel}]"}
    with take_away("digit"):
        if kind == FILTER:
            offer_images("Its map", "map", trace(model, image).layers[layer].maps[channel][None], ["map"])
        show_python(
            side.code,
            "from ocr import load_data, trace",
            f"traced = trace(checkpoint.model, load_data().test.ink({position}))",
            f"value = traced.{values.get(kind, f'logits[{channel}]')}",
        )


def _show_side(side: Side, image: Ink, layer: int, channel: int, key: str) -> None:
    """Show what a unit of one network makes of a digit; its elements' keys begin with `key`."""
    model = side.checkpoint.model
    assert isinstance(model, CNN)
    traced, kind = trace(model, image), unit_kinds(model.config)[layer]
    if kind == FILTER:
        _show_maps(traced, layer, channel, key)
        return
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=140):
            show_image(image, key=f"{key}_seen", largest=5, description="The digit, 28 by 28.")
        with st.container(width=900):
            if kind == NEURON:
                show_neuron(model, traced, channel, key=key)
            else:
                show_logit(model, traced, channel, temperature(side.checkpoint))


def _choose_digit() -> tuple[Ink, int | None]:
    """Let choose a digit of the test images, or the drawing; gives the image, and its position among the test's."""
    split, drawing = mnist_data().test, session.drawing()
    present = [name for i, name in enumerate(CLASS_NAMES) if (split.labels == i).any()]
    options = present if drawing.empty else [DRAWN, *present]
    digit = st.segmented_control("Digit", options, default=options[0], key="digit", required=True) or options[0]
    if digit == DRAWN:
        glyphs = drawing.segmentation().glyphs
        return glyphs[drawing.choose_among(glyphs)].image, None
    position = int(np.argmax(split.labels == CLASS_NAMES.index(digit)))
    return split.ink(position), position


def _show_maps(traced: Trace, layer: int, channel: int, key: str) -> None:
    """Show the digit, the filter's answer everywhere in it, and what pooling and ReLU leave of that."""
    values = traced.layers[layer]
    convolved, pooled = values.convolved[channel], values.maps[channel]
    parts: list[tuple[str, NDArray[np.float32], bool, float]] = [
        ("The digit", traced.image, False, float(traced.image.max())),
        ("Convolved, bias included", convolved, True, float(np.abs(convolved).max())),
        ("After max-pool and ReLU", pooled, False, float(pooled.max()) or 1.0),
    ]
    with st.container(horizontal=True, gap="medium"):
        for name, part, has_sign, limit in parts:
            with st.container(width=240):
                st.markdown(f"**{name}** · {write_shape(part.shape)}")
                show_maps(
                    part[None],
                    key=f"{key}_{name}",
                    names=[name],
                    signed=has_sign,
                    limit=limit,
                    largest=224 // part.shape[0],
                    description=f"{name}: values from {part.min():.3f} to {part.max():.3f}.",
                )
