"""The fully connected layer and the ten digits: each neuron and each logit opens like a pixel of a map."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ocr import CLASS_NAMES, CNN, Checkpoint, Trace
from ocr.network.checkpoint import temperature
from pages.ui import session
from pages.ui.account import show_logit, show_neuron
from pages.ui.elements.maps import even_columns, show_maps
from pages.ui.navigation import open_unit
from pages.ui.text.units import read_unit, unit_name, write_unit


def show_neurons(weights: Checkpoint, traced: Trace) -> None:
    """Show the values of all neurons, and where the chosen neuron's or digit's number comes from."""
    model = weights.model
    assert isinstance(model, CNN)
    config = model.config
    layer, unit = _chosen(model, traced)
    is_neuron = layer == len(config.filters)
    count = config.fc_size
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=320):
            st.markdown(f"**Fully connected layer** · {count} neurons")
            show_maps(
                traced.hidden.reshape(count, 1, 1),
                key="neurons",
                names=[f"Neuron {i + 1}" for i in range(count)],
                labels=[],
                limit=max(float(traced.hidden.max()), 1e-6),
                columns=even_columns(count, 16),
                largest=13,
                boxes=[(unit, 0, 0, 1, 1)] if is_neuron else [],
                caption="Press one to see where its number comes from",
                legend=False,
                on_press=partial(_choose, model, len(config.filters)),
                description=f"The {count} neurons of the fully connected layer, after ReLU: values from 0 to "
                f"{traced.hidden.max():.3f}. Arrow keys read single values.",
            )
            session.INSIDE_DIGIT.value = None if is_neuron else unit
            st.segmented_control(
                "Logits: one for each digit",
                range(config.classes),
                key=session.INSIDE_DIGIT.key,
                format_func=CLASS_NAMES.__getitem__,
                on_change=lambda: _choose(model, len(config.filters) + 1, session.INSIDE_DIGIT.value),
            )
        with st.container(width="stretch", key="account"):
            if is_neuron:
                show_neuron(model, traced, unit, key="inside")
            else:
                show_logit(model, traced, unit, temperature(weights))
            name = unit_name(config, layer, unit)
            if st.button(f"Look closer at {name}", key="open_unit"):
                open_unit(config, layer, unit, session.DRAW_WEIGHTS.value)


def _chosen(model: CNN, traced: Trace) -> tuple[int, int]:
    """Give the layer and the neuron or output that are chosen, from 0: at first the output of the digit read."""
    layers = len(model.config.filters)
    unit = read_unit(model.config, session.INSIDE.value)
    return unit if unit and unit[0] >= layers else (layers + 1, int(traced.logits.argmax()))


def _choose(model: CNN, layer: int, unit: int | None) -> None:
    session.INSIDE.value = "" if unit is None else write_unit(model.config, layer, unit)
