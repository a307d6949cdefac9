"""What a filter answers to: the patches of test images that excite it most."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CNN, Checkpoint
from ocr.inspection.filters import top_patches
from ocr.inspection.receptive_field import convolved_field
from pages.ui.cache import filter_answers, mnist_data
from pages.ui.elements.maps import show_maps
from pages.ui.text.numbers import signed


def show_answers(checkpoint: Checkpoint, layer: int, channel: int) -> None:
    """Show the nine patches of test images that excite a filter most; layer and channel count from 0."""
    model, split = checkpoint.model, mnist_data().test
    assert isinstance(model, CNN)
    answers, everything = filter_answers(checkpoint, layer), model.convs[layer].weight.detach().numpy()
    patches = top_patches(model, split, answers, layer, channel)
    values, positions = answers.values[channel], answers.positions[channel]
    size = patches.shape[1]
    names = [
        f"{signed(float(v), 2)}: a {split.labels[i]}, image {i + 1:,}"
        for v, (i, _, _) in zip(values, positions, strict=True)
    ]
    st.markdown(
        f"Of all {len(split):,} test images, these excite filter {channel + 1} of layer {layer + 1} most: it answers "
        f"{signed(float(values[0]), 2)} to the first and {signed(float(values[-1]), 2)} to the last. It looks at "
        f"**{size} × {size}** pixels at a time; beyond an image's edge there is no ink."
    )
    field = convolved_field(model.config, layer)
    boxes = [
        (number, field.start + field.step * row, field.start + field.step * column, size, size)
        for number, (_, row, column) in enumerate(positions.tolist())
    ]
    parts = [
        ("patches", patches, (), "What it looked at"),
        ("images", split.ink(positions[:, 0]), boxes, "Where that is"),
    ]
    with st.container(horizontal=True, gap="medium"):
        if everything.shape[1] == 1:
            with st.container(width=250):
                _show_weights(everything[channel], layer, channel)
        for key, images, marks, caption in parts:
            with st.container(width=330):
                show_maps(
                    images,
                    key=f"answer_{key}",
                    names=names,
                    limit=1.0,
                    columns=3,
                    largest=max(1, 105 // images.shape[1]),
                    legend=False,
                    boxes=marks,
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
