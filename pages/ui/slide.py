"""The stepping view: the filter's window slides over the image and the map fills cell by cell."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import COMPONENTS
from pages.ui.maps import encode


@st.cache_resource(show_spinner=False)
def _component():  # noqa: ANN202  (the type is private to Streamlit)
    return st.components.v2.component(
        "digitlens_slide", css=(COMPONENTS / "slide.css").read_text(), js=(COMPONENTS / "slide.js").read_text()
    )


def show_slide(
    source: NDArray[np.float32],
    weights: NDArray[np.float32],
    result: NDArray[np.float32],
    source_name: str,
    result_name: str,
) -> None:
    """`source` (S, S) and `weights` (k, k) give `result` (S, S), which fills while the window slides."""
    _component()(
        key="slide",
        data={
            "source_values": encode(source),
            "weights_values": encode(weights),
            "result_values": encode(result),
            "size": source.shape[0],
            "window": weights.shape[0],
            "source_name": source_name,
            "result_name": result_name,
            "identity": f"{source_name} {result_name} {float(source.sum())}",
        },
    )
