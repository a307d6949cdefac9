"""Draw: digits on the left, what the network sees and says of them, and what its filters saw on the way."""

from __future__ import annotations

import streamlit as st

from ocr import CNN
from pages.ui import session
from pages.ui.draw.deeper import show_deeper
from pages.ui.draw.lens import show_lens
from pages.ui.draw.source import show_source
from pages.ui.elements.reader import show_reader
from pages.ui.frame import page
from pages.ui.kept import keep_drawing, keep_view

with page("pages/draw.py"):
    with st.container(horizontal=True, gap="medium", key="draw"):
        with st.container(width=292, key="source"):
            weights = show_source()
        with st.container(width="stretch"):
            glyph = show_lens(weights)
    if isinstance(weights.model, CNN):
        with st.container(key="look_deeper"):
            show_deeper(weights, glyph, session.drawing().told)
    keep_drawing()
    keep_view()
    show_reader(weights)
