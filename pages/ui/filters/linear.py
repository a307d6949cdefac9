"""The linear baseline, which has no filters."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES
from pages.ui.elements.maps import show_maps
from pages.ui.filters.side import Side

LINEAR = (
    "The linear baseline has no filters: one weight joins every pixel to every digit. "
    "Here they are, ten images of 28 × 28; red ink speaks for the digit, blue against it."
)


def show_linear(side: Side, limit: float, key: str) -> None:
    """Show the baseline's weights, which are images themselves.

    Args:
        side: A network without layers.
        limit: The weight at the ends of the scale.
        key: The element's key.
    """
    st.markdown(LINEAR)
    show_maps(
        side.pixel_weights,
        key=key,
        names=[f"Weights for {name}" for name in CLASS_NAMES],
        labels=CLASS_NAMES,
        signed=True,
        limit=limit or 1.0,
        columns=5,
        largest=3,
        caption=side.name,
        description="The linear baseline's weights for the ten digits, 28 by 28 each, red positive and blue negative.",
    )
