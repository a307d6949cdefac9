"""Headings in the size of text, by which screen readers go through a page."""

from __future__ import annotations

import streamlit as st

from pages.ui.text.terms import explained


def show_heading(text: str, *, unseen: bool = False) -> None:
    """Show the heading of a part of a page; `**words**` are bold.

    Args:
        text: The heading.
        unseen: Whether only screen readers get it, where the eye needs none.
    """
    st.html(f'<h2 class="part{" unseen" if unseen else ""}">{explained(text)}</h2>')
