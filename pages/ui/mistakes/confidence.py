"""How far a network's confidence can be believed, and what is gained by leaving unsure readings out."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import Evaluation
from ocr.inspection.score_plots import coverage_figure, reliability_figure
from ocr.reading.scores import RELIABILITY_BINS, THRESHOLDS, coverage, most_uncertain
from pages.ui import session
from pages.ui.behind import show_behind
from pages.ui.frame import is_dark
from pages.ui.mistakes.image_set import ImageSet, evaluation_code
from pages.ui.takeaway import offer_chart, offer_images, show_python, take_away
from pages.ui.text.numbers import counted
from pages.ui.text.table import offer_csv
from pages.ui.text.terms import tell

CLOSEST = 12


def show_confidence(evaluation: Evaluation, images: ImageSet) -> None:
    """Show a reliability diagram, a threshold of confidence with what it costs and gains, and the closest images."""
    left, right = st.columns(2, gap="large")
    with left:
        _show_reliability(evaluation)
    with right:
        threshold = _show_threshold(evaluation)
    closest = most_uncertain(evaluation)[:CLOSEST]
    st.markdown("**The least decided**: the two most probable digits are nearly equal.")
    show_behind(
        evaluation,
        images.split,
        closest,
        key="closest",
        origin="a close race from Mistakes",
        name=session.MISTAKES_WEIGHTS.value,
        compact=True,
        names=images.names,
    )
    _offer(evaluation, images, threshold, closest)


def _show_reliability(evaluation: Evaluation) -> None:
    """Show accuracy over confidence."""
    tell(
        "**Is it right as often as it is sure?** Images are put into ten bins by the network's confidence. Where "
        "the line is on the dotted diagonal, both are the same: [[calibration]] brings them together. Below: how "
        "many images each bin has."
    )
    st.plotly_chart(
        reliability_figure(evaluation, is_dark()),
        theme=None,
        key="reliability",
        alt=f"Accuracy over confidence in ten bins; they differ by {evaluation.calibration_error():.2%}.",
    )


def _show_threshold(evaluation: Evaluation) -> float:
    """Show what is left when unsure readings are left out, and give the least confidence that was chosen, 0..1."""
    st.markdown("**What if it may leave some out?** Readings below a confidence are left to a person.")
    session.THRESHOLD.begin()
    threshold = st.select_slider(
        "At least this sure", THRESHOLDS, key=session.THRESHOLD.key, format_func=lambda level: f"{level:.1%}"
    )
    kept = coverage(evaluation, threshold)
    wrong = kept.kept - kept.right
    st.markdown(
        f"**{kept.kept:,} of {kept.count:,}** images are read ({kept.kept / kept.count:.1%}), "
        f"**{counted(wrong, 'mistake')}** among them"
        + (f" ({wrong / kept.kept:.2%})." if kept.kept else ".")
        + f" {counted(kept.count - kept.kept, 'image')} would go to a person."
    )
    st.plotly_chart(
        coverage_figure(evaluation, threshold, is_dark()),
        theme=None,
        key="coverage",
        alt="Share of mistakes among the images that are read, over the share that is read.",
    )
    return threshold


def _offer(evaluation: Evaluation, images: ImageSet, threshold: float, closest: NDArray[np.int64]) -> None:
    """Offer the charts, the figures behind them and the least decided images to take away."""
    with take_away("confidence"):
        offer_chart("Is it right as often as it is sure?", "reliability", "reliability")
        offer_chart("What if it may leave some out?", "coverage", "coverage")
        bins = evaluation.reliability(RELIABILITY_BINS)
        rows = zip(bins.edges[:-1], bins.confidence, bins.accuracy, bins.count, strict=True)
        head = ["from confidence", "mean confidence", "accuracy", "images"]
        offer_csv("The bins as CSV", "reliability.csv", head, [[f"{value:.6g}" for value in row] for row in rows])
        kept_at = [coverage(evaluation, level) for level in THRESHOLDS]
        offer_csv(
            "The thresholds as CSV",
            "thresholds.csv",
            ["threshold", "read", "right", "images"],
            [
                [str(level), *map(str, (each.kept, each.right, each.count))]
                for level, each in zip(THRESHOLDS, kept_at, strict=True)
            ],
        )
        offer_images("The least decided", "closest", images.split.ink(closest), [str(i + 1) for i in closest], limit=1)
        show_python(
            *evaluation_code(images),
            "from ocr.reading.scores import coverage",
            f"kept = coverage(evaluation, {threshold})",
        )
