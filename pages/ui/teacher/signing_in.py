"""The teacher's password: asked for, or how to set one."""

from __future__ import annotations

import streamlit as st

from ocr.errors import OCRError
from pages.ui import session
from pages.ui.classroom import SECRET, has_password, password_problem, sign_in
from pages.ui.text.say import say_error

HOW_TO_SET = f"""
This page is behind a password, and none is set yet. On the machine that runs the app:

1. Write a file `.streamlit/secrets.toml` in the project's folder, with this line and a password of your own:

   ```toml
   {SECRET} = "a password of your own"
   ```
2. Open this page again.
"""


def ask_for_password() -> None:
    """Show a field for the password, and what was wrong with the last one."""
    if not has_password():
        if problem := password_problem():
            say_error(problem)
        st.markdown(HOW_TO_SET)
        return
    with st.form("sign_in", width=360):
        st.text_input("Password", type="password", key=session.PASSWORD.key)
        st.form_submit_button("Open", type="primary", on_click=_try)
    if problem := session.visitor().take_problem():
        say_error(problem)


def _try() -> None:
    tried, session.PASSWORD.value = session.PASSWORD.value, ""
    try:
        sign_in(tried)
    except OCRError as error:
        session.visitor().problem = str(error)
