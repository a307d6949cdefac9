"""Pictures that several steps use: an image with its title, and a small matrix with its numbers written in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.elements.maps import show_maps

ROOM = 230  # pixels of the screen that both the ends of the values and a legend need
Boxes = Sequence[tuple[int, int, int, int, int]]


def largest(values: NDArray) -> float:
    """Give the end of a scale for these values."""
    return max(float(np.abs(values).max()), 1e-6)


def show_picture(
    title: str,
    values: NDArray[np.float32],
    key: str,
    description: str,
    *,
    width: int = 232,
    is_signed: bool = False,
    limit: float | None = None,
    under: NDArray[np.float32] | None = None,
    boxes: Boxes = (),
    pickable: bool = False,
    echo: int | None = None,
    numbers: bool = False,
) -> None:
    """Show one image below its title, as wide as `width` pixels of the screen allow; see `show_maps`."""
    with st.container(width=width, gap="xsmall"):
        st.markdown(f"**{title}**")
        show_maps(
            values[None],
            key=key,
            names=[title],
            signed=is_signed,
            limit=largest(values) if limit is None else limit,
            largest=width // values.shape[1],
            legend=is_signed and not numbers,
            caption="" if numbers or limit == 1.0 or (is_signed and width < ROOM) else "{low} to {high}",
            under=under,
            boxes=boxes,
            pickable=pickable,
            echo=echo,
            numbers=numbers,
            description=f"{description} Values from {values.min():.2f} to {values.max():.2f}.",
        )


def show_matrix(
    title: str, values: NDArray[np.float32], key: str, *, is_signed: bool, limit: float, width: int = 180
) -> None:
    """Show a small matrix, each number in its square."""
    show_picture(title, values, key, f"{title}.", width=width, is_signed=is_signed, limit=limit, numbers=True)
