"""Where one pixel of a feature map comes from: patch × weights = products, their sum, the pool, ReLU."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import CNN, Trace
from ocr.trace import Origin, origin
from pages.ui.maps import show_maps
from pages.ui.numbers import signed

HINT = "Point at any pixel of a map, or step to it with the arrow keys: here you see where its number comes from."
RANKED = 6  # of the input channels, the ones that weigh most


def show_pixel(model: CNN, traced: Trace, layer: int, channel: int, row: int, column: int) -> None:
    """The account of `traced.layers[layer].maps[channel, row, column]`."""
    account = origin(model, traced, layer, channel, row, column)
    st.markdown(
        f"**Layer {layer + 1}, map {channel + 1}, row {row}, column {column}**: {signed(account.value)}, because"
    )
    chosen = choose_input(account, layer)
    patch, weights = account.patches[chosen], account.weights[chosen]
    products = patch * weights
    source = f"of layer-{layer} map {chosen + 1}" if layer else "of the image"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        grid(f"Patch {source}", patch, "pixel_patch", limit=max(float(patch.max()), 1e-6), is_signed=False)
        st.markdown("×", width="content")
        grid("Weights", weights, "pixel_weights", float(np.abs(account.weights).max()), is_signed=True)
        st.markdown("=", width="content")
        grid("Products", products, "pixel_products", max(float(np.abs(products).max()), 1e-6), is_signed=True)
    show_sum(account, layer, chosen)


def choose_input(account: Origin, layer: int) -> int:
    """Which input channel's patch is shown: there is one in layer 1; further on the one that weighs most, or chosen."""
    if len(account.partial_sums) == 1:
        return 0
    ranked = [int(i) for i in np.argsort(-np.abs(account.partial_sums))[:RANKED]]
    labels = {i: f"{i + 1}: {signed(float(account.partial_sums[i]))}" for i in ranked}
    chosen = st.segmented_control(
        f"The {RANKED} of {len(account.partial_sums)} layer-{layer} maps whose sums weigh most",
        ranked,
        format_func=labels.__getitem__,
        default=ranked[0],
        key=f"pixel_input_{'_'.join(map(str, ranked))}",
    )
    return ranked[0] if chosen is None else chosen


def show_sum(account: Origin, layer: int, chosen: int) -> None:
    """The arithmetic in words, from the products to the pixel."""
    total = float(account.partial_sums.sum())
    lines = []
    if layer:
        lines.append(f"Sum of these products: {signed(float(account.partial_sums[chosen]))}")
        lines.append(f"Sum over all {len(account.partial_sums)} input maps: {signed(total)}")
    else:
        lines.append(f"Sum of the products: {signed(total)}")
    lines.append(f"plus bias {signed(account.bias)} = **{signed(float(account.pool.max()))}**")
    others = ", ".join(signed(float(value)) for value in np.sort(account.pool.ravel())[-2::-1])
    lines.append(f"Largest of the four in its pool (the others: {others}), so it stays")
    lines.append(f"ReLU: max(0, {signed(float(account.pool.max()))}) = **{signed(account.value)}**")
    st.markdown("  \n".join(lines))


def grid(title: str, values: np.ndarray, key: str, limit: float, is_signed: bool) -> None:
    """A small matrix with its numbers written in."""
    with st.container(width=160, gap=None):
        st.caption(title)
        show_maps(
            values[None],
            key=key,
            names=[title],
            signed=is_signed,
            limit=limit,
            largest=32,
            numbers=True,
            legend=False,
            description=f"{title}: " + "; ".join(" ".join(f"{value:z.2f}" for value in line) for line in values),
        )
