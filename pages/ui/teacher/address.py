"""The address that students open, large enough to project."""

from __future__ import annotations

import base64
from html import escape

import streamlit as st

from pages.ui.links.copying import code_of
from pages.ui.links.host import for_others


def show_address() -> None:
    """Show the address of the app as others can open it, and as a QR code."""
    st.header("Address for the class", anchor=False)
    address, hint = for_others((st.context.url or "").rstrip("/").removesuffix("teacher"))
    picture = base64.b64encode(code_of(address).encode()).decode()
    code = f'<img alt="The address as a QR code" src="data:image/svg+xml;base64,{picture}">'
    st.html(f'<div class="class-address"><p translate="no">{escape(address)}</p>{code}</div>')
    if hint:
        st.caption(hint)
