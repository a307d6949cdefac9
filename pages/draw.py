"""Draw: digits on the left, what the network sees and says of them, and what its filters saw on the way."""

from __future__ import annotations

import streamlit as st

from ocr import CNN
from pages.ui.deeper import show_deeper
from pages.ui.frame import page
from pages.ui.lens import find_glyphs, show_lens
from pages.ui.reading import chosen_digit
from pages.ui.source import choose_source

with page("pages/draw.py"):
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=292):
            source, weights = choose_source()
        with st.container(width="stretch"):
            show_lens(source, weights)
    if isinstance(weights.model, CNN):
        glyphs, _ = find_glyphs(source)
        show_deeper(weights, glyphs[chosen_digit(len(glyphs))])
