"""Home: a real digit flows through the network."""

from __future__ import annotations

import streamlit as st

from ocr import CNN, trace
from pages.ui.cache import mnist_data, weights
from pages.ui.flowing import show_flowchart
from pages.ui.frame import page
from pages.ui.home.digit import choose_digit
from pages.ui.navigation import open_in_lens
from pages.ui.session import SHIPPED

LEADS = {
    "pages/learn.py": "Learn how it works",
    "pages/draw.py": "Draw a digit",
    "pages/train.py": "Watch it learn",
    "pages/filters.py": "Look inside",
}

with page("app.py"):
    with st.container(key="lead"):
        st.title(
            "A convolutional network reads a handwritten digit, and you can inspect every number along the way.",
            anchor=False,
        )
    split = mnist_data().test
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="leads"):
        for path, label in LEADS.items():
            st.page_link(path, label=label)
        st.space("stretch")
        in_lens = st.container(width="content")
        chosen = choose_digit(split)
    image = split.ink(chosen)
    if in_lens.button("Open on Draw", key="open_digit"):
        open_in_lens(split, chosen, "the test image from the home page", SHIPPED)
    shipped = weights()
    assert isinstance(shipped.model, CNN)
    show_flowchart(
        shipped,
        trace(shipped.model, image),
        identity=f"{mnist_data().name} {chosen}",
        caption=f"Test image {chosen + 1:,} of {len(split):,}, labelled {split.labels[chosen]}.",
    )
