"""The address that students open, large enough to project."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.ui.links.copying import code_of
from pages.ui.links.host import for_others


def show_address() -> None:
    """Show the address of the app as others can open it, and as a QR code."""
    st.subheader("Address for the class", anchor=False)
    address, hint = for_others((st.context.url or "").rstrip("/").removesuffix("teacher"))
    code = f'<div class="code" role="img" aria-label="The address as a QR code">{code_of(address)}</div>'
    st.html(f'<div class="class-address"><p translate="no">{escape(address)}</p>{code}</div>')
    if hint:
        st.caption(hint)
