"""The figures of a layer's filters."""

from __future__ import annotations

import streamlit as st

from ocr import CNN
from ocr.inspection.filters import filter_statistics
from pages.ui.text.numbers import signed
from pages.ui.text.table import show_table


def show_figures(model: CNN, layer: int) -> None:
    """Show mean, smallest, largest, norm and bias of every filter of the layer."""
    statistics = filter_statistics(model, layer)
    columns = (statistics.mean, statistics.low, statistics.high, statistics.norm, statistics.bias)
    rows = [[f"{i + 1}", *(signed(float(value)) for value in row)] for i, row in enumerate(zip(*columns, strict=True))]
    st.caption("Over all input channels of a filter. Norm: the root of the sum of its squared weights.")
    show_table(["Filter", "mean", "min", "max", "norm", "bias"], rows)
