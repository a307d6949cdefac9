"""What a filter makes of a digit."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import CLASS_NAMES, CNN, trace
from pages.ui.cache import mnist_data
from pages.ui.elements.maps import show_maps
from pages.ui.text.numbers import write_shape


def show_digit(model: CNN, layer: int, channel: int) -> None:
    """Show a digit, the filter's answer everywhere in it, and what pooling and ReLU leave of that."""
    split = mnist_data().test
    present = [name for i, name in enumerate(CLASS_NAMES) if (split.labels == i).any()]
    digit = st.segmented_control("Digit", present, default=present[0], key="digit", required=True) or present[0]
    image = split.ink(int(np.argmax(split.labels == CLASS_NAMES.index(digit))))
    values = trace(model, image).layers[layer]
    convolved, pooled = values.convolved[channel], values.maps[channel]
    parts = [
        ("The digit", image, False, float(image.max())),
        ("Convolved, bias included", convolved, True, float(np.abs(convolved).max())),
        ("After max-pool and ReLU", pooled, False, float(pooled.max()) or 1.0),
    ]
    with st.container(horizontal=True, gap="medium"):
        for name, part, has_sign, limit in parts:
            with st.container(width=240):
                st.markdown(f"**{name}** · {write_shape(part.shape)}")
                show_maps(
                    part[None],
                    key=f"digit_{name}",
                    names=[name],
                    signed=has_sign,
                    limit=limit,
                    largest=224 // part.shape[0],
                    description=f"{name}: values from {part.min():.3f} to {part.max():.3f}.",
                )
