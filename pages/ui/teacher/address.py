"""The address that students open, large enough to project."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.ui.navigation import TEACHER_PAGE
from pages.ui.visitor import is_local_address


def show_address() -> None:
    """Show the address of the app as this browser has it."""
    st.subheader("Address for the class", anchor=False)
    address = (st.context.url or "").removesuffix(TEACHER_PAGE.split("/")[-1].removesuffix(".py")).rstrip("/")
    st.html(f'<p class="class-address">{escape(address)}</p>')
    if is_local_address(address):
        st.caption(
            "This address works on this machine alone. Start the app with `--server.address 0.0.0.0`, and open it here "
            "by this machine's name or number in the network."
        )
