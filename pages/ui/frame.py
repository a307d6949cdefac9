"""What every page shares: title, navigation, the look, and errors said as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import streamlit as st
import torch

from ocr import OCRError
from ocr.files import ASSETS
from ocr.palette import DARK, LEAD, LIGHT, Theme
from pages.ui.cache import mnist_data
from pages.ui.links.copying import offer_link
from pages.ui.links.parts import hide_parts
from pages.ui.links.taking import take_link
from pages.ui.text.say import literally, say_error

PAGES = {
    "app.py": "DigitLens",
    "pages/learn.py": "Learn",
    "pages/draw.py": "Draw",
    "pages/train.py": "Train",
    "pages/filters.py": "Filters",
    "pages/mistakes.py": "Mistakes",
    "pages/yours.py": "Your digits",
}


@contextmanager
def page(file: str) -> Iterator[None]:
    """Draws the frame of the page in `file`; inside, an `OCRError` becomes its sentence and ends the page."""
    _share_cores()
    title = PAGES[file]
    st.set_page_config(
        page_title=title if file == "app.py" else f"{title} · DigitLens",
        page_icon=str(ASSETS / "icon.svg"),
        layout="wide",
    )
    problems = take_link(file)
    st.html(f"<style>{_properties()}{(ASSETS / 'style.css').read_text()}{hide_parts(file)}</style>")
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="navigation"):
        for path, label in PAGES.items():
            st.page_link(path, label=label if path != "app.py" else f"**{label}**")
        offer_link(file)
    try:
        with st.container(key="notice"):
            _tell_data()
            for problem in problems:
                st.warning(literally(problem))
        if file != "app.py":
            st.title(title, anchor=False)
        yield
    except OCRError as error:
        say_error(error)
        st.stop()


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


def _share_cores() -> None:
    """One image takes 0.3 ms on one thread as on two, but two wait for each other while a run has the cores."""
    torch.set_num_threads(1)
