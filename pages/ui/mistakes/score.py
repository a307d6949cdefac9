"""How well the network reads."""

from __future__ import annotations

import streamlit as st

from ocr import Evaluation
from ocr.reading.scores import wilson_interval


def show_score(evaluation: Evaluation) -> None:
    """Show the accuracy with its counts, and how far its confidence can be believed."""
    gap = 100 * evaluation.calibration_error()
    low, high = wilson_interval(evaluation.correct, evaluation.count)
    with st.container(key="score"):
        st.markdown(
            f"**{evaluation.accuracy:.2%}** {evaluation.correct:,} of {evaluation.count:,} test images read right · "
            f"calibration error {gap:.2f} points",
            help="With a probability of 95%, the accuracy on all images of this kind lies between "
            f"{low:.2%} and {high:.2%} (Wilson's interval). Calibration error: how far the network's confidence and "
            "its accuracy lie apart, on average over 15 bins of confidence. At 0 points, of all digits that it is 90% "
            "sure of, 90% are read right.",
        )
