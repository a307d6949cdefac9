"""The stepping view: the filter's window slides over the image and the map fills cell by cell."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from pages.ui.elements.base import component
from pages.ui.elements.maps import encode


class SlideData(TypedDict):
    """What the script is told, which describes it too."""

    source_values: str
    weights_values: str
    result_values: str
    convolved_values: str
    maps_values: str
    bias: float
    others: int
    size: int
    window: int
    source_name: str
    result_name: str
    identity: str


def show_slide(
    source: NDArray[np.float32],
    weights: NDArray[np.float32],
    result: NDArray[np.float32],
    convolved: NDArray[np.float32],
    maps: NDArray[np.float32],
    bias: float,
    others: int,
    source_name: str,
    result_name: str,
) -> None:
    """`source` (S, S) and `weights` (k, k) give `result` (S, S), which fills while the window slides.

    What `others`, the number of other inputs, and the `bias` add makes `convolved` (S, S) of it, and then pool and
    ReLU `maps` (S/2, S/2), rounded up.
    """
    data: SlideData = {
        "source_values": encode(source),
        "weights_values": encode(weights),
        "result_values": encode(result),
        "convolved_values": encode(convolved),
        "maps_values": encode(maps),
        "bias": bias,
        "others": others,
        "size": source.shape[0],
        "window": weights.shape[0],
        "source_name": source_name,
        "result_name": result_name,
        "identity": f"{source_name} {result_name} {float(source.sum())}",
    }
    component("slide")(key="slide", data=data)
