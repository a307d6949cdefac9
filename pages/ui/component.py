"""Our own elements: each a script, and perhaps a style sheet, in `assets/components/`."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.frame import COMPONENTS

SHARED = ("ink", "element")


@st.cache_resource(show_spinner=False)
def component(name: str) -> Any:
    """The command that mounts the element `name`, registered once a server; the scripts that all share go before."""
    style = COMPONENTS / f"{name}.css"
    return st.components.v2.component(
        f"digitlens_{name}",
        css=style.read_text() if style.exists() else None,
        js="".join((COMPONENTS / f"{script}.js").read_text() for script in (*SHARED, name)),
    )
