"""What every page shares: title, navigation, the look, and errors said as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ocr import OCRError
from ocr.files import ASSETS
from pages.ui.cache import mnist_data
from pages.ui.text.say import say_error

PAGES = {
    "app.py": "DigitLens",
    "pages/draw.py": "Draw",
    "pages/train.py": "Train",
    "pages/filters.py": "Filters",
    "pages/mistakes.py": "Mistakes",
    "pages/yours.py": "Your digits",
}

STYLE = """
.stAppHeader { background: transparent; left: auto; width: auto; height: 3rem; min-height: 0; }
.stAppHeader button { background: GROUND; }  /* what scrolls below it does not shine through */
[data-testid=stBaseButton-header] { display: none; }  /* it stops a page's script, which reads as stopping a run */
.stMainBlockContainer { padding: 0.6rem 1.5rem 4rem; max-width: 82rem; }
.stApp { font-variant-numeric: tabular-nums; }
.st-key-navigation { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent);
  padding: 0 3rem 0.35rem 0; row-gap: 0; }
.st-key-navigation a { padding: 0.15rem 0.55rem; }
.st-key-navigation > div:first-child p { font-family: "Source Serif", serif; font-weight: 600; font-size: 1.1rem; }
[data-testid=stCaptionContainer] { opacity: 1; color: color-mix(in srgb, currentColor 82%, transparent); }
/* Why a file is refused, Streamlit says to screen readers and to a pointer that rests on it only. */
[data-testid=stFileChip][aria-invalid=true] { flex-wrap: wrap; height: auto; }
[data-testid=stFileChip] [role=alert] { all: unset; flex-basis: 100%; padding: 0 0 0.3rem 0.2rem; font-size: 0.875rem; }
.st-key-pen, .st-key-paste, .st-key-top { position: absolute; }
h1 { padding: 0.4rem 0 0 !important; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 0.6rem 1rem 3rem; }
  .st-key-navigation a { padding: 0.15rem 0.3rem; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
"""
# Strokes keep the colour they were drawn in, so that dark ink on the dark ground is turned around as a whole. Primary
# buttons and chosen tags, light here, would be written on in white.
DARK = """
.st-key-canvas .stBidiComponent { filter: invert(1); }
[data-testid=stBaseButton-primary], [data-tag] { color: #141311; }
"""


@contextmanager
def page(file: str) -> Iterator[None]:
    """Draws the frame of the page in `file`; inside, an `OCRError` becomes its sentence and ends the page."""
    title = PAGES[file]
    st.set_page_config(
        page_title=title if file == "app.py" else f"{title} · DigitLens",
        page_icon=str(ASSETS / "icon.svg"),
        layout="wide",
    )
    style = STYLE.replace("GROUND", _color("backgroundColor"))
    st.html(f"<style>{style}{DARK if is_dark() else ''}</style>")
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="navigation"):
        for path, label in PAGES.items():
            st.page_link(path, label=label if path != "app.py" else f"**{label}**")
    try:
        with st.container(key="notice"):
            _tell_data()
        if file != "app.py":
            st.title(title, anchor=False)
        yield
    except OCRError as error:
        say_error(error)
        st.stop()


def is_dark() -> bool:
    """Say whether the visitor's theme has a dark ground."""
    return st.context.theme.type == "dark"


def _color(name: str) -> str:
    return str(st.get_option(f"theme.{'dark' if is_dark() else 'light'}.{name}"))


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
