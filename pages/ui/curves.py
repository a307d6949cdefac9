"""Live curves: accuracy and loss by iteration. Altair updates in place, where Plotly would mount anew each time."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from ocr.train import TUTORIAL_TEST_ACCURACY, Progress
from pages.ui.frame import text_color

TRAINING, VALIDATION, TUTORIAL = "training batches", "validation images", "tutorial's test accuracy"
HEIGHT = 300


def show_curves(reports: Sequence[Progress], target: int, tutorial: bool) -> None:
    """Accuracy above, loss below, up to iteration `target`; `tutorial` marks what the notebook prints.

    Without reports there are the marks alone, on empty axes.
    """
    log = st.toggle("Logarithmic iterations", key="log_iterations", persist_state="session")
    accuracy = _table(reports, "accuracy")
    if tutorial:
        marks = [
            {"iteration": iteration, "value": value, "of": TUTORIAL}
            for iteration, value in TUTORIAL_TEST_ACCURACY.items()
            if iteration <= target
        ]
        accuracy = pd.concat([accuracy, pd.DataFrame(marks)])
    st.altair_chart(_chart(accuracy, "accuracy", target, log, "%"), key="accuracy_curve")
    if not reports:
        return
    st.altair_chart(_chart(_table(reports, "loss"), "loss (nats)", target, log, ".2f"), key="loss_curve")
    st.caption("Training: mean of the last 100 batches, each before its update. Validation: all validation images.")


def _table(reports: Sequence[Progress], figure: str) -> pd.DataFrame:
    rows = [
        {"iteration": report.iteration, "value": value, "of": name}
        for report in reports
        for name, value in (
            (TRAINING, getattr(report, f"training_{figure}")),
            (VALIDATION, getattr(report, f"validation_{figure}")),
        )
        if value is not None
    ]
    return pd.DataFrame(rows, columns=["iteration", "value", "of"])


def _chart(table: pd.DataFrame, title: str, last: int, log: bool, form: str) -> alt.LayerChart:
    ink = text_color()
    style = {"labelColor": ink, "titleColor": ink, "titleFontWeight": "normal"}
    x_scale = alt.Scale(type="symlog", constant=1, domain=[0, last]) if log else alt.Scale(domain=[0, last], nice=False)
    y_scale = alt.Scale(domain=[0, 1]) if form == "%" else alt.Scale(zero=True)
    legend = alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=3, labelColor=ink, labelLimit=0)
    order = [TRAINING, VALIDATION, TUTORIAL]
    base = alt.Chart(table, height=HEIGHT).encode(
        x=alt.X(
            "iteration:Q",
            scale=x_scale,
            title="iteration",
            axis=alt.Axis(format=",d", tickCount=8, tickMinStep=1, grid=False, **style),
        ),
        y=alt.Y("value:Q", title=title, axis=alt.Axis(format=form, tickCount=5, **style), scale=y_scale),
        color=alt.Color("of:N", title=None, sort=order, legend=legend),
        strokeDash=alt.StrokeDash("of:N", title=None, sort=order, legend=legend),
        tooltip=[alt.Tooltip("of:N", title="of"), "iteration:Q", alt.Tooltip("value:Q", title=title, format=form)],
    )
    lines = base.transform_filter(alt.datum.of != TUTORIAL).mark_line(strokeWidth=2)
    marks = base.transform_filter(alt.datum.of == TUTORIAL).mark_point(size=70, strokeWidth=2, strokeDash=[1, 0])
    return alt.layer(lines, marks)
