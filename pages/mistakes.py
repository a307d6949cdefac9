"""Mistakes: how well a network reads the test images, what it takes for what, and the images behind that."""

from __future__ import annotations

import streamlit as st

from pages.ui import session
from pages.ui.frame import page
from pages.ui.mistakes.cell import show_choosers
from pages.ui.mistakes.deeper import show_deeper
from pages.ui.mistakes.image_set import choose_images, evaluation_on
from pages.ui.mistakes.images import show_images
from pages.ui.mistakes.matrix import show_matrix
from pages.ui.mistakes.score import show_score
from pages.ui.weights import choose_weights

with page("pages/mistakes.py"):
    left, right = st.columns(2, gap="large")
    with left:
        with st.container(key="network"):
            checkpoint = choose_weights(session.MISTAKES_WEIGHTS.key)
            images = choose_images()
            evaluation = evaluation_on(checkpoint, images)
        show_score(checkpoint, evaluation, images)
        with st.container(key="confusion"):
            show_matrix(evaluation, images)
    with right, st.container(key="behind"):
        show_choosers()
        show_images(evaluation, images)
    with st.container(key="look_deeper"):
        show_deeper(checkpoint, evaluation, images)
