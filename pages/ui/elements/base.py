"""Our own elements: each a script, and perhaps a style sheet, in `pages/ui/elements/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent
SHARED = ("ink", "element")


@st.cache_resource(show_spinner=False)
def component(name: str, *parts: str) -> Any:
    """The command that mounts the element `name`, registered once a server.

    The scripts that all share go before its own, and those of its `parts`; each is sent with every element.
    """
    style = HERE / f"{name}.css"
    return st.components.v2.component(
        f"digitlens_{name}",
        css=style.read_text() if style.exists() else None,
        js="".join((HERE / f"{script}.js").read_text() for script in (*SHARED, *parts, name)),
    )
