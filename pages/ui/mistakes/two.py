"""Two networks on the same images: who reads what the other misreads."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, Evaluation
from ocr.inspection.score_plots import confusion_difference_figure
from ocr.reading.scores import Comparison, compare
from pages.ui import session
from pages.ui.behind import show_behind
from pages.ui.frame import is_dark
from pages.ui.mistakes.image_set import ImageSet, evaluation_code, evaluation_on
from pages.ui.takeaway import network_code, offer_chart, show_python, take_away
from pages.ui.text.numbers import counted
from pages.ui.text.table import offer_csv
from pages.ui.weights import choose_weights

AT_ONCE = 9
UNLIKELY = 0.05  # the usual threshold of a test of significance


def show_two(evaluation: Evaluation, images: ImageSet) -> None:
    """Show how another network differs from the one above, image by image."""
    session.MISTAKES_OTHER.begin()
    other = evaluation_on(choose_weights(session.MISTAKES_OTHER.key, "Compared with"), images)
    comparison = compare(evaluation, other)
    sets = {
        f"Only the first is right ({len(comparison.only_first):,})": comparison.only_first,
        f"Only the second is right ({len(comparison.only_second):,})": comparison.only_second,
        f"Both are wrong ({len(comparison.neither):,})": comparison.neither,
    }
    st.markdown(_verdict(evaluation, other, comparison))
    left, right = st.columns(2, gap="large")
    with left:
        names = list(sets)
        chosen = st.segmented_control("Which images", names, default=names[0], required=True, wrap=True) or names[0]
        positions = sets[chosen][:AT_ONCE]
        wrong, reader = (
            (other, session.MISTAKES_OTHER) if chosen == names[0] else (evaluation, session.MISTAKES_WEIGHTS)
        )
        if len(positions):
            split, origin = images.split, images.origin
            show_behind(wrong, split, positions, key="two", origin=origin, name=reader.value, names=images.names)
        else:
            st.caption("There is none.")
    with right:
        st.markdown("**The second's counts minus the first's.** Red: more images, blue: fewer.")
        st.plotly_chart(
            confusion_difference_figure(evaluation.confusion(), other.confusion(), is_dark()),
            theme=None,
            key="confusion_difference",
            alt="Difference of the two confusion matrices.",
        )
    _offer(evaluation, other, comparison, images)


def _verdict(first: Evaluation, second: Evaluation, comparison: Comparison) -> str:
    """Say whether one network is better than the other, or merely luckier."""
    differ = len(comparison.only_first) + len(comparison.only_second)
    if not differ:
        return "Both read the same images right."
    chance = f"{comparison.p_value:.1%}" if comparison.p_value >= 0.001 else "less than 0.1%"
    verdict = "so one is truly better" if comparison.p_value < UNLIKELY else "so this may be chance"
    return (
        f"The first reads {first.correct:,} of {first.count:,} right, the second {second.correct:,}. They differ on "
        f"{counted(differ, 'image')}. If both were equally good, counts as unequal as these would come up in {chance} "
        f"of all cases (McNemar's test), {verdict}."
    )


def _offer(first: Evaluation, second: Evaluation, comparison: Comparison, images: ImageSet) -> None:
    """Offer the difference, and who is right where, to take away."""
    with take_away("two"):
        offer_chart("The difference of the two confusion matrices", "confusion_difference", "difference")
        difference = second.confusion() - first.confusion()
        rows = [[name, *map(str, row)] for name, row in zip(CLASS_NAMES, difference, strict=True)]
        offer_csv("The difference as CSV", "difference.csv", ["true", *CLASS_NAMES], rows)
        told = ["only the first", "only the second", "neither"]
        lists = (comparison.only_first, comparison.only_second, comparison.neither)
        offer_csv(
            "Who is right where, as CSV",
            "two.csv",
            ["image", "right"],
            [
                [images.names[i] if images.names else f"{i + 1}", who]
                for who, positions in zip(told, lists, strict=True)
                for i in positions
            ],
        )
        show_python(
            *evaluation_code(images),
            "from ocr.reading.scores import compare",
            network_code(session.MISTAKES_OTHER.value),
            "other = evaluate(checkpoint.model, split, temperature(checkpoint))",
            "comparison = compare(evaluation, other)",
        )
