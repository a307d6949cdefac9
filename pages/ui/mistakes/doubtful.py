"""Images whose labels are probably wrong."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, Evaluation
from ocr.network.checkpoint import SHIPPED, TEACHERS
from ocr.reading.scores import doubtful_labels, together
from pages.ui import session
from pages.ui.behind import show_behind
from pages.ui.cache import mnist_data, weights
from pages.ui.mistakes.image_set import ImageSet, evaluation_on
from pages.ui.takeaway import offer_images, show_python, take_away
from pages.ui.text.numbers import counted
from pages.ui.text.table import offer_csv

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
    with take_away("doubtful"):
        offer_images(
            "The images",
            "doubtful",
            images.split.ink(doubtful[:AT_ONCE]),
            [f"{i + 1}" for i in doubtful[:AT_ONCE]],
            limit=1,
        )
        offer_csv(
            "All of them as CSV",
            "doubtful-labels.csv",
            ["image", "label", "read as", "confidence"],
            [
                [
                    images.names[i] if images.names else f"{i + 1}",
                    CLASS_NAMES[images.split.labels[i]],
                    CLASS_NAMES[everybody.predictions[i]],
                    f"{everybody.probabilities[i].max():.6f}",
                ]
                for i in doubtful
            ],
        )
        show_python(
            images.code,
            "from ocr import evaluate, load_checkpoint",
            "from ocr.network.checkpoint import SHIPPED, TEACHERS, temperature",
            "from ocr.reading.scores import doubtful_labels, together",
            "everybody = [load_checkpoint(path) for path in (SHIPPED, *TEACHERS)]",
            "doubtful = doubtful_labels(together([evaluate(one.model, split, temperature(one)) for one in everybody]))",
        )
