"""The weights of a filter, neuron or output: over every input, the strongest first."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import CNN
from ocr.inspection.filters import filter_statistics, usual_weight
from ocr.inspection.units import unit_weights
from pages.ui.elements.maps import even_columns, show_maps
from pages.ui.filters.side import Side
from pages.ui.navigation import look_closer
from pages.ui.takeaway import offer_images, show_python, take_away
from pages.ui.text.numbers import signed
from pages.ui.text.table import offer_csv, show_table
from pages.ui.text.terms import tell_lines
from pages.ui.text.units import capital, input_name, unit_name

LARGEST = 8  # weights that have a line each
WRITTEN = 240  # pixels of the screen for a filter of one input, so that each number can stand in its square


def show_weights(side: Side, layer: int, channel: int) -> None:
    """Show what a unit weighs each of its inputs with, ranked by their norm; layer and unit count from 0."""
    model = side.checkpoint.model
    assert isinstance(model, CNN)
    config = model.config
    weights = unit_weights(model, layer)[channel].numpy()  # (C, H, W)
    norms = np.sqrt((weights**2).sum((1, 2)))
    order = np.argsort(-norms, kind="stable")
    name, statistics = unit_name(config, layer, channel), filter_statistics(model, layer)
    inputs = [input_name(config, layer, int(i)) for i in order]
    tell_lines(
        f"{capital(name)} has {weights.size:,} [[weights|weight]] with a norm of "
        f"{signed(float(statistics.norm[channel]))}, and the [[bias]] {signed(float(statistics.bias[channel]))}."
        + (" Its inputs, the strongest first. Press one to look closer at it." if layer else "")
    )
    single, alone, limit = weights.shape[1] == 1, len(order) == 1, usual_weight(model, layer)
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=WRITTEN + 20 if alone else 620):
            show_maps(
                weights[order],
                key="unit_weights",
                names=[
                    f"{capital(each)} (norm {signed(float(norms[i]))})" for each, i in zip(inputs, order, strict=True)
                ],
                labels=[] if single else [f"{i + 1}" for i in order] if layer else None,
                signed=True,
                limit=limit,
                columns=even_columns(len(order), 16) if single else even_columns(len(order), 12),
                largest=WRITTEN // weights.shape[2] if alone else 24 if single else 12,
                numbers=alone,
                on_press=(lambda place: look_closer(config, layer - 1, int(order[place]))) if layer else None,
                description=f"The weights of {name}, an image for each of {len(order)} inputs, the strongest first, "
                "red positive and blue negative. Arrow keys read single weights.",
            )
        with st.container(width=330):
            places = np.argsort(-np.abs(weights.ravel()), kind="stable")[:LARGEST]
            rows = []
            for c, row, column in zip(*np.unravel_index(places, weights.shape), strict=True):
                where = "" if single else f", row {row + 1}, column {column + 1}"
                rows.append([f"{input_name(config, layer, int(c))}{where}", signed(float(weights[c, row, column]))])
            show_table(["Its largest weights, for", "weight"], rows)
    with take_away("weights"):
        offer_images("The weights", "weights", weights[order], inputs, signed=True, limit=limit)
        offer_csv("Its largest weights as CSV", "largest-weights.csv", ["for", "weight"], rows)
        show_python(
            side.code,
            "from ocr.inspection.units import unit_weights",
            f"weights = unit_weights(checkpoint.model, layer={layer})[{channel}].numpy()",
            "order = (-(weights**2).sum((1, 2))).argsort(kind='stable')  # the strongest inputs first",
            "weights = weights[order]",
        )
