"""Teacher: who is where, the runs and the queue, which pages are shown, and the address to project."""

from __future__ import annotations

import streamlit as st

from pages.ui.frame import page
from pages.ui.teacher.address import show_address
from pages.ui.teacher.people import show_pages, show_people
from pages.ui.teacher.signing_in import ask_for_password
from pages.ui.teacher.training import show_training
from pages.ui.visitor import is_teacher

with page("pages/teacher.py"):
    if not is_teacher():
        ask_for_password()
    else:
        left, right = st.columns(2, gap="large")
        with left:
            show_address()
            show_people()
        with right:
            show_training()
            show_pages()
