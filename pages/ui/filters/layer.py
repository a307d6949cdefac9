"""The filters of one layer, of both networks beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui import session
from pages.ui.elements.maps import even_columns, show_maps
from pages.ui.filters.side import Side
from pages.ui.navigation import look_closer
from pages.ui.session import Widget
from pages.ui.takeaway import offer_images, show_python, take_away
from pages.ui.text.say import literally


def show_layer(layer: int, sides: Sequence[Side]) -> None:
    """Show the filters of a layer, counted from 0, for one input channel, both networks on one scale."""
    present = [side for side in sides if side.layers > layer]
    limit = max(side.limit(layer) for side in present)
    channels = max(side.filters(layer).shape[1] for side in present)
    channel = 0
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.header(f"Layer {layer + 1} · {describe_filters(present, layer)}", anchor=False, width="content")
        if channels > 1:
            label = f"Input channel: which map of layer {layer} they look at"
            chooser = session.input_channel(layer)
            keep_within(chooser, channels)
            channel = st.slider(label, 1, channels, key=chooser.key, width=300) - 1
    for column, side in zip(st.columns(2, gap="medium"), sides, strict=True):
        with column:
            if side in present:
                show_filters(sides, side, layer, channel, limit)


def offer_layers(sides: Sequence[Side]) -> None:
    """Offer the filters that are shown, of all layers and both networks, as files, and those of the first in Python."""
    with take_away("filters"):
        for layer in range(max(side.layers for side in sides)):
            present = [side for side in sides if side.layers > layer]
            limit, channel = max(side.limit(layer) for side in present), session.input_channel(layer).value - 1
            for side in present:
                weights = side.filters(layer)
                if channel < weights.shape[1]:
                    offer_images(
                        f"Layer {layer + 1}, {literally(side.name)}",
                        f"layer-{layer + 1}-{column_key(sides, side)}",
                        weights[:, channel],
                        [f"filter {i + 1}" for i in range(len(weights))],
                        signed=True,
                        limit=limit,
                        columns=even_columns(len(weights), 9),
                    )
        show_python(
            next(side for side in sides if side.layers).code,
            "from ocr import plots",
            "weights = checkpoint.model.convs[0].weight.detach().numpy()",
            "figure = plots.filters_figure(weights)  # in a notebook, it is shown",
        )


def describe_filters(sides: Sequence[Side], layer: int) -> str:
    """Say how many filters of what size there are, of both sides where they differ."""
    shapes = [side.filters(layer).shape for side in sides]
    return " and ".join(dict.fromkeys(f"{count} filters of {size} × {size}" for count, _, size, _ in shapes))


def column_key(sides: Sequence[Side], side: Side) -> str:
    """Give the word for a side in the keys of its elements."""
    return "left" if side is sides[0] else "right"


def show_filters(sides: Sequence[Side], side: Side, layer: int, channel: int, limit: float) -> None:
    """Show one network's filters of a layer.

    Args:
        sides: Both networks.
        side: The one whose filters they are.
        layer: The layer, counted from 0.
        channel: The input channel, counted from 0.
        limit: The weight at the ends of the scale.
    """
    everything = side.filters(layer)
    count, channels, size, _ = everything.shape
    about = f"{side.name}: {count} filters of {size} × {size}" + (f", channel {channel + 1}" if channels > 1 else "")
    if channel >= channels:
        st.caption(f"{literally(about)}: there are only {channels} input channels here.")
        return
    chosen = everything[:, channel]
    number = 0 if side is sides[0] else 1
    closer = session.filter_number(layer).value - 1  # outlined is the filter that is looked at closer, below
    looked_at = (session.LAYER.value or "Layer 1") == f"Layer {layer + 1}"
    marked = session.CLOSER_OF.value == number and looked_at and closer < count
    boxes = [(closer, 0, 0, size, size)] if marked else []

    def press(unit: int) -> None:
        session.CLOSER_OF.value = number
        look_closer(side.config, layer, unit)

    show_maps(
        chosen,
        key=f"filters{layer}_{column_key(sides, side)}",
        names=[f"Filter {i + 1}" for i in range(count)],
        signed=True,
        limit=limit,
        columns=even_columns(count, 9),
        largest=12,
        caption=side.name,
        boxes=boxes,
        on_press=press,
        description=f"{about}, layer {layer + 1}. Weights from {chosen.min():.3f} to {chosen.max():.3f}, "
        "red positive, blue negative.",
    )


def keep_within(widget: Widget[int], most: int) -> None:
    """Keep what was chosen for a larger network within what the one on show has."""
    if widget.value > most:
        widget.value = most
