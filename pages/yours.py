"""Your digits: the drawings that were kept, and what the network learns from them."""

from __future__ import annotations

import streamlit as st

from pages.ui.frame import page
from pages.ui.yours.collection import show_set
from pages.ui.yours.tuning import show_tuning

with page("pages/yours.py"):
    left, right = st.columns(2, gap="large")
    with left, st.container(key="own_set"):
        digits = show_set()
    with right, st.container(key="own_tuning"):
        show_tuning(digits)
