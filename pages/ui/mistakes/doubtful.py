"""Images whose labels are probably wrong."""

from __future__ import annotations

import streamlit as st

from ocr import Evaluation
from ocr.network.checkpoint import SHIPPED, TEACHERS
from ocr.reading.scores import doubtful_labels, together
from pages.ui import session
from pages.ui.behind import show_behind
from pages.ui.cache import mnist_data, weights
from pages.ui.mistakes.image_set import ImageSet, evaluation_on
from pages.ui.text.numbers import counted

AT_ONCE = 12


def show_doubtful(evaluation: Evaluation, images: ImageSet) -> None:
    """Show the images that four networks, none of which has learnt from them, read as something else."""
    if not mnist_data().is_mnist:
        st.caption("The networks that are asked here know MNIST. Without MNIST there is nothing to ask them about.")
        return
    everybody = together([evaluation_on(weights(path), images) for path in (SHIPPED, *TEACHERS)])
    doubtful = doubtful_labels(everybody)
    st.markdown(
        f"Are these mistakes of the network, or of the people who wrote the labels? The shipped network and the three "
        f"larger ones that it learnt from never saw these images. Together they read **{len(doubtful)} of "
        f"{counted(len(images.split), images.noun)}** as something else than the label says. Those where they are "
        "surest come first; of many of these, people too would say that the label is wrong."
    )
    agreed = int((evaluation.predictions[doubtful] == everybody.predictions[doubtful]).sum())
    st.caption(f"The network chosen above agrees with them on {agreed} of these.")
    show_behind(
        everybody,
        images.split,
        doubtful[:AT_ONCE],
        key="doubtful",
        origin="a doubtful label from Mistakes",
        name=session.MISTAKES_WEIGHTS.value,
        compact=True,
        names=images.names,
    )
