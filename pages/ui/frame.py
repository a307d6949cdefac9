"""What every page shares: title, navigation, the look, and errors said as sentences."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import streamlit as st
import torch

from ocr import OCRError
from ocr.files import ASSETS
from ocr.palette import DARK, LEAD, LIGHT, Theme
from pages.ui import session
from pages.ui.cache import mnist_data
from pages.ui.classroom import arrive, has_password, hidden_pages
from pages.ui.links.copying import offer_link
from pages.ui.links.parts import hide_parts
from pages.ui.links.taking import take_link
from pages.ui.memory import give_memory_back
from pages.ui.navigation import HOME, LEARN, TEACHER_PAGE
from pages.ui.text.say import literally, say_error
from pages.ui.visitor import is_teacher, meet

PAGES = {
    HOME: "DigitLens",
    LEARN: "Learn",
    "pages/draw.py": "Draw",
    "pages/train.py": "Train",
    "pages/filters.py": "Filters",
    "pages/mistakes.py": "Mistakes",
    "pages/yours.py": "Your digits",
    TEACHER_PAGE: "Teacher",
}

SWITCH_SECONDS = 0.0005
HIDDEN = "Your teacher has hidden this page for now. The others are open."


@contextmanager
def page(file: str) -> Iterator[None]:
    """Draws the frame of the page in `file`; inside, an `OCRError` becomes its sentence and ends the page."""
    give_memory_back()
    share_cores()
    title = PAGES[file]
    st.set_page_config(
        page_title=title if file == "app.py" else f"{title} · DigitLens",
        page_icon=str(ASSETS / "icon.svg"),
        layout="wide",
    )
    st.html(f"<style>{_properties()}{(ASSETS / 'style.css').read_text()}{hide_parts(file)}</style>")
    navigation = st.container(horizontal=True, gap="small", vertical_alignment="center", key="navigation")
    notice = st.container(key="notice")
    with notice:
        meet()  # which pages there are depends on who it is
    with navigation:
        for path in _linked():
            st.page_link(path, label=PAGES[path] if path != HOME else f"**{PAGES[path]}**")
        offer_link(file)
    try:
        with notice:
            _tell_data()
            for problem in take_link(file):
                st.warning(literally(problem))
            _lead_back(file)
        if file != "app.py":
            st.title(title, anchor=False)
        arrive(file)
        if file in hidden_pages() and not is_teacher():
            raise OCRError(HIDDEN)
        yield
    except OCRError as error:
        say_error(error)
        st.stop()


def _lead_back(file: str) -> None:
    """Lead who left the lesson for something that it asked for back to it."""
    lesson = session.lesson()
    if lesson.errand and file not in (HOME, LEARN):
        st.page_link(LEARN, label=f"← Back to step {lesson.step} of the lesson: {lesson.errand}")


def _linked() -> list[str]:
    """The pages that the navigation leads to: those that are not hidden, and the teacher's where it can be opened."""
    hidden = frozenset() if is_teacher() else hidden_pages()
    return [path for path in PAGES if path not in hidden and (path != TEACHER_PAGE or has_password())]


def is_dark() -> bool:
    """Say whether the visitor's theme has a dark ground."""
    return st.context.theme.type == "dark"


def _theme() -> Theme:
    return DARK if is_dark() else LIGHT


def _properties() -> str:
    """The palette as custom properties, which elements inherit: of the theme on show, and of both by their names.

    A script that paints on its own when the theme changes, before Python has heard of it, needs those.
    """
    colors = {
        f"{prefix}{name.replace('_', '-')}": color
        for prefix, theme in (("", _theme()), ("light-", LIGHT), ("dark-", DARK))
        for name, color in asdict(theme).items()
        if name != "lines"
    }
    declared = " ".join(f"--{name}: {value};" for name, value in (colors | {"lead": LEAD}).items())
    return f":root {{ {declared} }}\n"


def _tell_data() -> None:
    """Says which data is in use when it is not MNIST, and offers to fetch it."""
    data = mnist_data()
    if data.is_mnist:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Data in use: {data.source}. Train and Mistakes work with these; MNIST is 11 MB.", width="stretch")
        if st.button("Download MNIST", key="download_mnist"):
            from ocr.data.mnist import download_mnist

            with st.spinner("Downloading MNIST (11 MB) …"):
                download_mnist()
            mnist_data.clear()
            st.rerun()


def share_cores() -> None:
    """Compute on one thread from here on: at the start of a page, and of a fragment, which has a thread of its own.

    One image takes 0.3 ms on one thread as on two, but two wait for each other while a run has the cores.

    Nor do thirty people's scripts wait long for each other: a thread that hands a message on lets go of Python's lock,
    and would get it back only when every other thread that computes has had its turn, 5 ms unless said otherwise.
    """
    torch.set_num_threads(1)
    sys.setswitchinterval(SWITCH_SECONDS)
