"""The figures of a layer's filters, neurons or outputs."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, CNN
from ocr.inspection.filters import filter_statistics
from ocr.inspection.units import OUTPUT, unit_kinds
from pages.ui.filters.side import Side
from pages.ui.takeaway import show_python, take_away
from pages.ui.text.numbers import signed
from pages.ui.text.table import offer_csv, show_table


def show_figures(side: Side, layer: int, channel: int) -> None:
    """Show mean, smallest, largest, norm and bias of every unit of the layer; of the one looked at first."""
    model = side.checkpoint.model
    assert isinstance(model, CNN)
    kind, statistics = unit_kinds(model.config)[layer], filter_statistics(model, layer)
    columns = (statistics.mean, statistics.low, statistics.high, statistics.norm, statistics.bias)
    names = CLASS_NAMES if kind == OUTPUT else [f"{i + 1}" for i in range(len(statistics.mean))]
    rows = [
        [name, *(signed(float(value)) for value in row)]
        for name, row in zip(names, zip(*columns, strict=True), strict=True)
    ]
    st.caption("Over all inputs. Norm: the root of the sum of the squared weights. The one looked at stands first.")
    head = [kind.capitalize(), "mean", "min", "max", "norm", "bias"]
    show_table(head, [rows[channel], *rows[:channel], *rows[channel + 1 :]])
    with take_away("figures"):
        offer_csv("These figures as CSV", "figures.csv", head, rows)
        show_python(
            side.code,
            "from ocr.inspection.filters import filter_statistics",
            f"statistics = filter_statistics(checkpoint.model, layer={layer})",
        )
