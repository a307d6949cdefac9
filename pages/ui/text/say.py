"""Text that somebody typed, in sentences that Streamlit takes for Markdown."""

from __future__ import annotations

import re

import streamlit as st

SHORT = 64  # characters, as many as the name of a run may have


def shortened(text: str) -> str:
    """Give no more of what somebody typed, or an address says, than can be taken in."""
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def quoted(text: str) -> str:
    """Quote what somebody typed, or an address says."""
    return f"«{shortened(text)}»"


def literally(text: str) -> str:
    """Give the Markdown that shows a text letter for letter."""
    return re.sub(r"([\\`*_{}\[\]<>$~|#]|:(?=\w))", r"\\\1", text)


def say_error(error: object) -> None:
    """Say what was wrong, as a sentence that may quote what was typed."""
    st.error(literally(str(error)))
