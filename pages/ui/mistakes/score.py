"""How well the network reads."""

from __future__ import annotations

import streamlit as st

from ocr import Checkpoint, Evaluation
from ocr.reading.scores import wilson_interval
from pages.ui.cache import mnist_data, own_set
from pages.ui.mistakes.image_set import ImageSet
from pages.ui.session import OWN_IMAGES
from pages.ui.text.numbers import counted
from pages.ui.text.terms import tell_lines


def show_score(checkpoint: Checkpoint, evaluation: Evaluation, images: ImageSet) -> None:
    """Show the accuracy with its counts, and how far its confidence can be believed."""
    gap = 100 * evaluation.calibration_error()
    low, high = wilson_interval(evaluation.correct, evaluation.count)
    with st.container(key="score"):
        st.markdown(
            f"**{evaluation.accuracy:.2%}** {evaluation.correct:,} of {counted(evaluation.count, images.noun)} "
            f"read right · calibration error {gap:.2f} points",
            help="With a probability of 95%, the accuracy on all images of this kind lies between "
            f"{low:.2%} and {high:.2%} (Wilson's interval). Calibration error: how far the network's confidence and "
            "its accuracy lie apart, on average over 15 bins of confidence. At 0 points, of all digits that it is 90% "
            "sure of, 90% are read right.",
        )
    owner = " of [[MNIST]]" if mnist_data().is_mnist else ""  # else they are the bundled digits'
    apart = f" The [[test images]]{owner} were kept apart from all training." if images.is_test else ""
    tell_lines(
        f"The share that is read right is the [[accuracy]].{apart} The [[confusion matrix]] counts each kind of "
        "mistake.",
        small=True,
    )
    if images.name == OWN_IMAGES and (learnt := set(checkpoint.info.get("learnt", ()))):
        known = sum(digit.id in learnt for digit in own_set().digits)
        st.caption(f"The network was trained on {known:,} of these, which says little of how well it reads others.")
