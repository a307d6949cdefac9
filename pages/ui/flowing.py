"""The network as a flowchart of one image, and the paths that carried its reading."""

from __future__ import annotations

import streamlit as st

from ocr import CNN, Checkpoint, Trace, predict
from ocr.inspection.paths import find_paths
from ocr.inspection.stages import stages, total_parameters
from pages.ui import session
from pages.ui.elements.flow import show_flow


def show_flowchart(weights: Checkpoint, traced: Trace, *, identity: str, caption: str) -> None:
    """Show every stage of a convolutional network, and a switch that lights what carried the reading.

    Args:
        weights: The network.
        traced: Its trace of the image.
        identity: Of the image; another one lets the stages arrive one after the other.
        caption: What the image is, as a sentence; how many parameters there are stands behind it.
    """
    model = weights.model
    assert isinstance(model, CNN)
    prediction = predict(weights, [traced.image])[0]
    row = stages(model, traced, prediction.probabilities)
    lit = st.toggle(
        "Light up what carried the reading",
        key=session.LIT.key,
        persist_state="session",
        help="The logit of the digit is split over all values on the way: each value times the slope of the logit by "
        "it. The few that add or take away most are lit.",
    )
    paths = find_paths(model, traced.image, prediction.digit) if lit else None
    numbers = [f"{stage.parameters:,}" for stage in row if stage.parameters]
    total = f"{' + '.join(numbers)} = {total_parameters(row):,} parameters, all of them learnt from examples."
    with st.container(key="flow"):
        show_flow(
            row,
            key="flowchart",
            identity=identity,
            caption=f"{caption} {total}",
            paths=paths,
            digit=prediction.digit,
        )
