"""Who is on which page, in numbers; and which pages are shown."""

from __future__ import annotations

import streamlit as st

from ocr.errors import OCRError
from pages.ui import session
from pages.ui.classroom import hidden_pages, hide_pages, whereabouts
from pages.ui.frame import PAGES
from pages.ui.navigation import HOME, TEACHER_PAGE
from pages.ui.text.numbers import counted
from pages.ui.text.say import say_error
from pages.ui.text.table import show_table

LOOK_SECONDS = 3.0


@st.fragment(run_every=LOOK_SECONDS)
def show_people() -> None:
    """Count the visitors on each page, again and again. Nobody's name is known."""
    st.header("Who is where", anchor=False)
    counts = whereabouts()
    students = sum(count for file, count in counts.items() if file != TEACHER_PAGE)
    with st.container(key="people"):
        st.markdown(f"**{counted(students, 'page')}** open, besides this one")
        rows = [
            ["Home" if file == HOME else label, f"{counts[file]:,}"]
            for file, label in PAGES.items()
            if file != TEACHER_PAGE
        ]
        show_table(["Page", "open"], rows)
    st.caption("A browser with two tabs counts twice.")


def show_pages() -> None:
    """Show a switch for each page but Home."""
    st.header("Pages that are shown", anchor=False)
    hidden = hidden_pages()
    with st.container(key="shown_pages", horizontal=True, gap="medium"):
        for file, label in PAGES.items():
            if file not in (HOME, TEACHER_PAGE):
                shown = session.shown_page(file)
                shown.value = file not in hidden
                st.toggle(label, key=shown.key, on_change=_change, args=(file,))
    st.caption("A hidden page has no link, and opened by its address it says that it is hidden.")
    if problem := session.visitor().take_problem():
        say_error(problem)


def _change(file: str) -> None:
    hidden = set(hidden_pages()) - {file}
    try:
        hide_pages(hidden if session.shown_page(file).value else hidden | {file})
    except OCRError as error:
        session.visitor().problem = str(error)
