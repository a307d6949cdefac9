"""Text that somebody typed, in sentences that Streamlit takes for Markdown."""

from __future__ import annotations

import re

import streamlit as st


def literally(text: str) -> str:
    """Give the Markdown that shows a text letter for letter."""
    return re.sub(r"([\\`*_{}\[\]<>$~|#]|:(?=\w))", r"\\\1", text)


def say_error(error: object) -> None:
    """Say what was wrong, as a sentence that may quote what was typed."""
    st.error(literally(str(error)))
