"""A kernel that is made by hand, cell by cell, drawn by `pages/ui/elements/kernel.js`."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from pages.ui.elements.base import component
from pages.ui.session import told


class KernelData(TypedDict):
    """What the script is told, which describes it too."""

    values: list[float]
    size: int
    limit: float
    version: int


def show_kernel(start: NDArray[np.float32], version: int, *, key: str, limit: float) -> None:
    """Show weights (k, k) to paint with a brush; another `version` starts over with those given."""
    data: KernelData = {
        "values": [round(float(value), 4) for value in start.ravel()],
        "size": len(start),
        "limit": limit,
        "version": version,
    }
    component("kernel")(key=key, data=data, on_kernel_change=lambda: None)


def made_kernel(start: NDArray[np.float32], version: int, *, key: str) -> NDArray[np.float32]:
    """Give the weights as they stand: those given, or what was painted over them in this version."""
    made = told(key, "kernel")
    if not made or made["version"] != version:
        return start
    return np.array(made["values"], np.float32).reshape(start.shape)
