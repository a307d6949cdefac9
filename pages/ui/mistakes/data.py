"""The images themselves: how many, what they look like on average, and which stand out."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import CLASS_NAMES
from ocr.data.split import Split
from ocr.data.statistics import class_statistics, strangeness, stroke_width, total_ink
from pages.ui import session
from pages.ui.elements.gallery import show_gallery
from pages.ui.elements.maps import show_maps
from pages.ui.mistakes.image_set import ImageSet
from pages.ui.navigation import open_in_lens
from pages.ui.takeaway import offer_images, show_python, take_away
from pages.ui.text.numbers import counted
from pages.ui.text.table import offer_csv

AT_ONCE = 12
EXTREMES = {
    "Strangest": (strangeness, True, "least like others of their digit: farthest from the 30 directions it varies in"),
    "Most ink": (total_ink, True, "the largest sum of ink, in pixels"),
    "Least ink": (total_ink, False, "the smallest sum of ink, in pixels"),
    "Broadest strokes": (stroke_width, True, "strokes that are broadest on average, in pixels"),
    "Thinnest strokes": (stroke_width, False, "strokes that are thinnest on average, in pixels"),
}


@st.cache_data(show_spinner="Looking at the images …", max_entries=64)
def _measured(source: str, name: str, _split: Split) -> np.ndarray:
    return EXTREMES[name][0](_split)


def show_data(images: ImageSet) -> None:
    """Show counts, mean and spread of each digit, and the images that stand out."""
    split, figures = images.split, class_statistics(images.split)
    st.markdown(
        f"{counted(len(split), images.noun).capitalize()}: the mean of each digit, and how much each pixel varies."
    )
    parts = [
        ("Mean", figures.mean, 1.0),
        ("Spread (standard deviation)", figures.spread, float(figures.spread.max()) or 1.0),
    ]
    with st.container(horizontal=True, gap="medium"):
        for name, shown, limit in parts:
            with st.container(width=400):
                show_maps(
                    shown,
                    key=f"data_{name}",
                    names=[f"{digit}: {figures.count[i]:,} images" for i, digit in enumerate(CLASS_NAMES)],
                    labels=CLASS_NAMES,
                    limit=limit,
                    columns=5,
                    largest=3,
                    caption=name,
                    description=f"{name} of the images of each digit, 0 to 9.",
                )
    name = st.segmented_control("Which stand out", list(EXTREMES), default="Strangest", required=True) or "Strangest"
    _, largest, about = EXTREMES[name]
    values = _measured(images.identity, name, split)
    chosen = np.argsort(-values if largest else values, kind="stable")[:AT_ONCE]
    st.caption(f"{name}: {about}.")
    opened = show_gallery(
        split.ink(chosen),
        [f"a {CLASS_NAMES[split.labels[i]]}" for i in chosen],
        [f"{values[i]:.1f}\n{images.names[i] if images.names else f'image {i + 1:,}'}" for i in chosen],
        key=f"stand_out_{name}",
        action="Open on Draw",
        compact=True,
    )
    if opened is not None:
        open_in_lens(split, int(chosen[opened]), images.origin, session.MISTAKES_WEIGHTS.value)
    with take_away("data"):
        for title, shown, limit in parts:
            offer_images(f"{title} of each digit", title.split()[0].lower(), shown, CLASS_NAMES, limit=limit, columns=5)
        offer_images(
            f"{name}", name.lower().replace(" ", "-"), split.ink(chosen), [f"{i + 1}" for i in chosen], limit=1
        )
        counts = [[digit, str(figures.count[i])] for i, digit in enumerate(CLASS_NAMES)]
        offer_csv("How many there are, as CSV", "counts.csv", ["digit", "images"], counts)
        show_python(
            images.code,
            "from ocr.data.statistics import class_statistics",
            "figures = class_statistics(split)",
        )
