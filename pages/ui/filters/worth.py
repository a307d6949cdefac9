"""What a layer's filters are worth: how well the network reads without each."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import Checkpoint
from pages.ui import session
from pages.ui.cache import filter_worth, fingerprint, mnist_data
from pages.ui.text.numbers import difference
from pages.ui.text.table import show_table


def show_worth(checkpoint: Checkpoint, layer: int) -> None:
    """Show the validation accuracy without each filter, once asked for."""
    count = len(mnist_data().validation)
    asked = session.filters().measured
    this = (fingerprint(checkpoint), layer)
    if this not in asked:
        st.markdown(
            f"How well would the network read without a filter? Its map is set to 0 and all {count:,} validation "
            "images are read again, for each filter of the layer in turn. That takes some seconds."
        )
        st.button("Measure", type="primary", key="measure", on_click=asked.add, args=(this,))
        return
    right = filter_worth(checkpoint, layer)
    st.markdown(f"With all filters: **{right[0] / count:.2%}** ({right[0]:,} of {count:,} validation images).")
    lost = right[0] - right[1:]
    order = np.argsort(-lost, kind="stable")
    rows = [
        [
            f"{i + 1}",
            f"{right[i + 1] / count:.2%}",
            f"{right[i + 1]:,}",
            difference(-lost[i]),
        ]
        for i in order
    ]
    bars = np.maximum(lost, 0) / max(1, lost.max())
    show_table(["Without filter", "accuracy", "read right", "difference"], rows, bars[order].tolist())
