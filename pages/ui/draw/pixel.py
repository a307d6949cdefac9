"""Where one pixel of a feature map comes from: patch × weights = products, their sum, the pool, ReLU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ocr import CNN, Trace
from ocr.inspection.receptive_field import pooled_field
from ocr.inspection.traces import Origin, origin
from pages.ui import session
from pages.ui.elements.maps import show_maps
from pages.ui.navigation import open_unit
from pages.ui.text.numbers import signed
from pages.ui.text.terms import tell_lines

HINT = "Point at any pixel of a map, or step to it with the arrow keys: here you see where its number comes from."
RANKED = 6  # of the input channels, the ones that weigh most, until the others are asked for
OTHERS = -1


def show_pixel(model: CNN, traced: Trace, layer: int, channel: int, row: int, column: int) -> None:
    """The account of `traced.layers[layer].maps[channel, row, column]`."""
    account = origin(model, traced, layer, channel, row, column)
    place = f"Layer {layer + 1}, map {channel + 1}, row {row + 1}, column {column + 1}"
    st.markdown(f"**{place}**: {signed(account.value)}, because")
    chosen = choose_input(account, layer)
    products = account.patches * account.weights
    source = f"of layer-{layer} map {chosen + 1}" if layer else "of the image"
    # Each of the three has one scale for all inputs, so that they compare.
    strongest_weight, strongest_product = largest(account.weights), largest(products)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="times_pixel"):
        grid(f"Patch {source}", account.patches[chosen], "pixel_patch", largest(account.patches), is_signed=False)
        st.markdown("×", width="content")
        grid("Weights", account.weights[chosen], "pixel_weights", strongest_weight, is_signed=True)
        st.markdown("=", width="content")
        grid("Products", products[chosen], "pixel_products", strongest_product, is_signed=True)
    seen = pooled_field(model.config, layer).size
    tell_lines(
        f"Red is positive, blue negative, the strongest at ±{strongest_weight:.2f} for weights and "
        f"±{strongest_product:.2f} for products. On Filters the colours differ: there the whole layer has one scale.",
        f"This number depends on {seen} × {seen} pixels of the image: its [[receptive field]].",
        small=True,
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width="content"):
            tell_lines(*sum_in_words(account, layer, chosen))
        show_pool(account)
    if st.button(f"Look closer at filter {channel + 1}", key="open_filter"):
        open_unit(model.config, layer, channel, session.DRAW_WEIGHTS.value)


def largest(values: np.ndarray) -> float:
    """The end of a scale for these values."""
    return max(float(np.abs(values).max()), 1e-6)


def choose_input(account: Origin, layer: int) -> int:
    """Which input channel's patch is shown: there is one in layer 1; further on the one that weighs most, or chosen."""
    sums = account.partial_sums
    if len(sums) == 1:
        return 0
    ranked = [int(i) for i in np.argsort(-np.abs(sums))]
    shown = ranked if session.drawing().all_inputs else ranked[:RANKED]
    labels = {i: f"{i + 1}: {signed(float(sums[i]))}" for i in shown}
    rest = ranked[len(shown) :]
    if rest:
        labels[OTHERS] = f"the other {len(rest)}: {signed(float(sums[rest].sum()))}"
    chooser = session.pixel_input(shown)

    def open_others() -> None:
        if chooser.value == OTHERS:
            session.drawing().all_inputs = True

    chosen = st.segmented_control(
        f"What each of the {len(sums)} layer-{layer} maps adds, the strongest first",
        list(labels),
        format_func=labels.__getitem__,
        default=ranked[0],
        required=True,
        key=chooser.key,
        on_change=open_others,
    )
    return ranked[0] if chosen is None or chosen == OTHERS else chosen


def sum_in_words(account: Origin, layer: int, chosen: int) -> list[str]:
    """The arithmetic from the products to the pixel, a line each."""
    total, pooled = signed(float(account.partial_sums.sum())), signed(float(account.pool.max()))
    if layer:
        lines = [
            f"Sum of these products: {signed(float(account.partial_sums[chosen]))}",
            f"Sum over all {len(account.partial_sums)} input maps: {total}",
        ]
    else:
        lines = [f"Sum of the products: {total}"]
    return [
        *lines,
        f"plus [[bias]] {signed(account.bias)} = **{pooled}**",
        "It is the largest of its four, so [[max-pooling]] keeps it",
        f"[[ReLU]]: max(0, {pooled}) = **{signed(account.value)}**",
    ]


def show_pool(account: Origin) -> None:
    """The four places of the pool, the one that won outlined."""
    height, width = account.pool.shape
    winner = (0, account.row % height, account.column % width, 1, 1)
    grid("Its pool of four", account.pool, "pixel_pool", largest(account.pool), is_signed=True, size=48, boxes=[winner])


def grid(
    title: str,
    values: np.ndarray,
    key: str,
    limit: float,
    is_signed: bool,
    size: int = 32,
    boxes: Sequence[tuple[int, int, int, int, int]] = (),
) -> None:
    """A small matrix with its numbers written in, each on a square of `size` pixels."""
    with st.container(width=160, gap=None):
        st.caption(title)
        show_maps(
            values[None],
            key=key,
            names=[title],
            signed=is_signed,
            limit=limit,
            largest=size,
            numbers=True,
            legend=False,
            boxes=boxes,
            description=title,
        )
