"""Where the value of a neuron, or a digit's logit and share, comes from: products, their sum, and what follows."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CLASS_NAMES, CNN, Trace
from ocr.inspection.softmax import work_softmax
from ocr.inspection.weighted_sums import WeightedSum, logit_sum, neuron_sum
from pages.ui.elements.maps import even_columns, show_maps
from pages.ui.text.numbers import percent, signed
from pages.ui.text.table import show_table
from pages.ui.text.terms import tell_lines

STRONGEST = 8  # products that have a line each


def show_neuron(model: CNN, traced: Trace, neuron: int, key: str) -> None:
    """Show the account of a neuron of the fully connected layer.

    Args:
        model: The network that was traced.
        traced: Its trace of an image.
        neuron: Which, from 0.
        key: Begins the keys of its elements.
    """
    account = neuron_sum(model, traced, neuron)
    maps, size, _ = traced.layers[-1].maps.shape
    layer = len(traced.layers)
    st.markdown(f"**Neuron {neuron + 1}**: {signed(float(traced.hidden[neuron]))}, because")
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=330):
            products = account.products.reshape(maps, size, size)
            show_maps(
                products,
                key=f"{key}_products",
                names=[f"Map {i + 1} of layer {layer}, input × weight" for i in range(maps)],
                signed=True,
                limit=max(float(np.abs(products).max()), 1e-6),
                columns=even_columns(maps, 6),
                largest=7,
                caption=f"Input × weight, {maps} × {size} × {size}",
                description=f"What each value of the maps of layer {layer} adds to neuron {neuron + 1}: input times "
                "weight, red positive, blue negative. Arrow keys read single values.",
            )
        with st.container(width=430):
            _show_products(account, [_feature(place, size) for place in account.strongest(STRONGEST)])
            tell_lines(
                *_sum_in_words(account),
                f"[[ReLU]]: max(0, {signed(account.total)}) = **{signed(float(traced.hidden[neuron]))}**",
            )


def show_logit(model: CNN, traced: Trace, digit: int, temperature: float) -> None:
    """Show the account of a digit's logit, and of its share.

    Args:
        model: The network that was traced.
        traced: Its trace of an image.
        digit: Which, 0..9.
        temperature: What logits are divided by before softmax.
    """
    account = logit_sum(model, traced, digit)
    st.markdown(f"**The logit of {CLASS_NAMES[digit]}**: {signed(account.total)}, because")
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=360):
            _show_products(account, [f"neuron {place + 1}" for place in account.strongest(STRONGEST)])
            tell_lines(*_sum_in_words(account))
        with st.container(width=440):
            _show_softmax(traced.logits, digit, temperature)


def _show_products(account: WeightedSum, names: list[str]) -> None:
    places = account.strongest(STRONGEST)
    rows = [
        [name, *(signed(float(values[place])) for values in (account.inputs, account.weights, account.products))]
        for name, place in zip(names, places, strict=True)
    ]
    rest = len(account.products) - len(places)
    if rest:
        rows.append([f"the other {rest:,}", "", "", signed(account.rest(STRONGEST))])
    show_table(["From", "input", "× weight", "= product"], rows)


def _sum_in_words(account: WeightedSum) -> list[str]:
    total = signed(float(account.products.sum(dtype=np.float64)))
    return [
        f"Sum of all {len(account.products):,} products: {total}",
        f"plus [[bias]] {signed(account.bias)} = **{signed(account.total)}**",
    ]


def _show_softmax(logits: NDArray[np.float32], digit: int, temperature: float) -> None:
    """Show the ten logits, their powers and shares."""
    worked = work_softmax(logits, temperature)
    highest = signed(float(worked.divided.max()))
    rows = [
        [
            f"{name} ←" if i == digit else name,
            signed(float(logits[i])),
            *([signed(float(worked.divided[i]))] if temperature != 1 else []),
            f"{worked.powers[i]:.6f}",
            percent(float(worked.shares[i])),
        ]
        for i, name in enumerate(CLASS_NAMES)
    ]
    divided = [f"÷ {temperature:.3f}"] if temperature != 1 else []
    less = f"+ {highest[1:]}" if highest[0] == "−" else f"− {highest}"
    power = f"e^(x {less})"
    show_table(["Digit", "logit", *divided, power, "share"], rows, worked.shares.tolist())
    calibrated = f" Logits are first divided by the [[temperature]] {temperature:.3f}." if temperature != 1 else ""
    tell_lines(
        f"[[Softmax]]: {worked.powers[digit]:.6f} ÷ {worked.powers.sum():.6f}, the sum of all ten, = "
        f"**{percent(float(worked.shares[digit]))}**.{calibrated} x is the number before. The largest is taken off "
        "first, which changes no share.",
        small=True,
    )


def _feature(place: int, size: int) -> str:
    """Name a feature by the place that it has in the last maps."""
    channel, row, column = np.unravel_index(place, (place // size**2 + 1, size, size))
    return f"map {channel + 1}, row {row + 1}, column {column + 1}"
