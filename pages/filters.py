"""Filters: the weights of two networks side by side, how they grew, and what single filters do."""

from __future__ import annotations

import streamlit as st

from ocr.inspection.filters import USUAL
from pages.ui import session
from pages.ui.filters.closer import show_closer
from pages.ui.filters.layer import column_key, offer_layers, show_layer
from pages.ui.filters.linear import show_linear
from pages.ui.filters.side import choose_side
from pages.ui.frame import page
from pages.ui.text.terms import tell_lines

with page("pages/filters.py"):
    session.FILTERS_RIGHT.begin()
    with st.container(key="filters"):
        left, right = st.columns(2, gap="medium")
        with left:
            first = choose_side(session.FILTERS_LEFT, "Network", session.left_moment)
        with right:
            second = choose_side(session.FILTERS_RIGHT, "Compared with", session.right_moment)
        sides = [first, second]
        flat = [side for side in sides if not side.layers]
        for column, side in zip((left, right), sides, strict=True):
            if side in flat:
                with column:
                    limit = max(other.pixel_limit() for other in flat)
                    show_linear(side, limit, key=f"linear_{column_key(sides, side)}")
        layers = max(side.layers for side in sides)
        if layers:
            tell_lines(
                "Red [[weights|weight]] are positive, blue ones negative, the background colour is 0. Within a layer "
                "both sides share one scale: the same colour is the same weight. The largest "
                f"{1 - USUAL:.0%} share the darkest colours. Press a filter to look closer.",
                small=True,
            )
        for number in range(layers):
            show_layer(number, sides)
        if layers:
            offer_layers(sides)
    if layers:
        with st.container(key="closer_look"):
            show_closer(sides)
