"""What a filter, neuron or output answers to: the test images that excite it most, around the median, and least."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CNN
from ocr.inspection.filters import patches_behind
from ocr.inspection.units import FILTER, unit_field, unit_kinds
from pages.ui.cache import mnist_data
from pages.ui.elements.maps import show_maps
from pages.ui.filters.measured import SHOWN, measure_layer
from pages.ui.filters.side import Side
from pages.ui.takeaway import offer_images, show_python, take_away
from pages.ui.text.numbers import signed
from pages.ui.text.units import capital, unit_name

RANKS = {"Most": "most", "Around the median": "median", "Least": "least"}


def show_answers(side: Side, layer: int, channel: int) -> None:
    """Show nine test images that excite a unit most, about as often as not, or least; layer and unit count from 0."""
    model, split = side.checkpoint.model, mnist_data().test
    assert isinstance(model, CNN)
    name, is_filter = unit_name(model.config, layer, channel), unit_kinds(model.config)[layer] == FILTER
    rank = st.segmented_control("Which test images", list(RANKS), default="Most", key="rank", required=True) or "Most"
    measured = measure_layer(side, layer)
    if measured is None:
        return
    answers = getattr(measured.ranked, RANKS[rank])
    patches = patches_behind(model, split, answers, layer, channel)
    values, positions = answers.values[channel], answers.positions[channel]
    size = patches.shape[1]
    names = [
        f"{signed(float(v), 2)}: a {split.labels[i]}, image {i + 1:,}"
        for v, (i, _, _) in zip(values, positions, strict=True)
    ]
    excite = {"Most": "excite it most", "Around the median": "lie in the middle", "Least": "excite it least"}[rank]
    looks = f"It looks at **{size} × {size}** pixels at a time; beyond an image's edge there is no ink."
    st.markdown(
        f"{capital(name)}: of all {len(split):,} test images, these {excite}. It answers "
        f"{signed(float(values[0]), 2)} to the first and {signed(float(values[-1]), 2)} to the last, before "
        f"{'max-pooling and ReLU' if is_filter else 'ReLU or softmax'}. "
        f"{looks if is_filter else 'It looks at the whole image.'}"
    )
    field = unit_field(model.config, layer)
    boxes = [
        (number, field.start + field.step * row, field.start + field.step * column, size, size)
        for number, (_, row, column) in enumerate(positions.tolist())
    ]
    everything = model.convs[layer].weight.detach().numpy() if is_filter else None
    with st.container(horizontal=True, gap="medium"):
        if everything is not None and everything.shape[1] == 1:
            with st.container(width=250):
                _show_weights(everything[channel], layer, channel)
        with st.container(width=330):
            _show(patches, "answer_patches", names, "What it looked at")
        if is_filter:
            with st.container(width=330):
                _show(split.ink(positions[:, 0]), "answer_images", names, "Where that is", boxes)
    with take_away("answers"):
        offer_images("What it looked at", "answers", patches, names, limit=1.0, columns=3)
        show_python(
            side.code,
            "from ocr import load_data",
            "from ocr.inspection.filters import patches_behind, rank_activations",
            "model, test = checkpoint.model, load_data().test",
            f"answers = rank_activations(model, test, layer={layer}, count={SHOWN}).{RANKS[rank]}",
            f"patches = patches_behind(model, test, answers, layer={layer}, channel={channel})",
        )


def _show(
    images: NDArray[np.float32],
    key: str,
    names: list[str],
    caption: str,
    boxes: list[tuple[int, int, int, int, int]] | None = None,
) -> None:
    show_maps(
        images,
        key=key,
        names=names,
        limit=1.0,
        columns=3,
        largest=max(1, 105 // images.shape[1]),
        legend=False,
        boxes=boxes or (),
        caption=caption,
        description=f"{caption}: the strongest answers first. {'; '.join(names)}.",
    )


def _show_weights(weights_of_one: NDArray[np.float32], layer: int, channel: int) -> None:
    """A filter with one input channel (1, k, k), its weights written into it."""
    show_maps(
        weights_of_one,
        key="one_filter",
        names=[f"Filter {channel + 1}"],
        signed=True,
        limit=float(np.abs(weights_of_one).max()),
        largest=48,
        legend=False,
        numbers=True,
        caption="Its weights",
        description=f"The weights of filter {channel + 1} of layer {layer + 1}.",
    )
