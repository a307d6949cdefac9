"""What the address of each page may hold."""

from __future__ import annotations

import re

import streamlit as st

from ocr import CLASS_NAMES, CNN, OCRError
from pages.ui import session
from pages.ui.cache import mnist_data
from pages.ui.links.networks import is_run, network, snapshot
from pages.ui.links.on_draw import DRAWING, LOOKED_AT
from pages.ui.links.parameter import NUMBER, Parameter
from pages.ui.session import ANY, BUNDLED_IMAGES, VALIDATION_IMAGES
from pages.ui.text.say import SHORT, quoted
from pages.ui.text.units import layer_labels, read_unit, write_unit
from pages.ui.visitor import visible_runs
from pages.ui.weights import named_weights

# Home


def _write_test_image() -> str:
    return str(session.home().digit + 1) if session.home().digit else ""


def _show_test_image(text: str) -> None:
    count = len(mnist_data().test)
    match = re.fullmatch(NUMBER, text)
    if not match or int(text) > count:
        raise OCRError(f"There is no test image {quoted(text)}: they are numbered from 1 to {count:,}.")
    session.home().digit = int(text) - 1


# Train


def _train_run() -> str:
    return st.query_params.get("run") or session.RUN.value or ""


def _write_compared() -> str:
    return ",".join(session.COMPARED.value)


def _show_compared(text: str) -> None:
    names, known = text.split(","), {run.name for run in visible_runs()}
    session.COMPARED.value = [name for name in dict.fromkeys(names) if name in known]
    if gone := [name for name in names if name not in known]:
        raise OCRError(f"There is no run {quoted(gone[0])} to compare with: it was renamed or deleted.")


# Filters


def _write_of() -> str:
    return "2" if session.CLOSER_OF.value == 1 else ""


def _show_of(text: str) -> None:
    if text not in ("1", "2"):
        raise OCRError(f"There is no network {quoted(text)} on Filters: there are 1 and 2.")
    session.CLOSER_OF.value = int(text) - 1


def _closer_model() -> object:
    """The network that is looked at closer."""
    chooser = (session.FILTERS_LEFT, session.FILTERS_RIGHT)[session.CLOSER_OF.value]
    return named_weights(chooser.value).model


def _write_filter() -> str:
    model = _closer_model()
    labels = layer_labels(model.config) if isinstance(model, CNN) else []
    if session.LAYER.value not in labels:
        return ""
    assert isinstance(model, CNN)
    layer = labels.index(session.LAYER.value)
    unit = layer, session.filter_number(layer).value - 1
    return "" if unit == (0, 0) else write_unit(model.config, *unit)


def _show_filter(text: str) -> None:
    model = _closer_model()
    unit = read_unit(model.config, text) if isinstance(model, CNN) else None
    if unit is None or not isinstance(model, CNN):
        raise OCRError(
            f"The network has no filter {quoted(text)}. A link names layer and filter, such as 2.17, or a neuron or "
            "an output, such as neuron.5 or output.4."
        )
    session.LAYER.value = layer_labels(model.config)[unit[0]]
    session.filter_number(unit[0]).value = unit[1] + 1


def _write_view() -> str:
    return "" if session.FILTER_VIEW.value == session.FILTER_VIEW.default else session.FILTER_VIEW.value or ""


def _show_view(text: str) -> None:
    session.FILTER_VIEW.value = text[:SHORT]  # the page drops one that it does not have


# Mistakes

IMAGES = {"validation": VALIDATION_IMAGES, "bundled": BUNDLED_IMAGES}  # a visitor's own are for no link


def _write_images() -> str:
    return next((text for text, name in IMAGES.items() if name == session.MISTAKES_IMAGES.value), "")


def _show_images(text: str) -> None:
    if text not in IMAGES:
        raise OCRError(f"There are no images {quoted(text)}. A link names validation or bundled.")
    session.MISTAKES_IMAGES.value = IMAGES[text]


def _write_cell() -> str:
    cell = session.TRUE_CLASS.value, session.READ_CLASS.value
    return "" if cell == (ANY, ANY) else "-".join(cell)


def _show_cell(text: str) -> None:
    names = text.split("-")
    if len(names) != 2 or not set(names) <= {ANY, *CLASS_NAMES}:
        raise OCRError(
            f"The confusion matrix has no cell {quoted(text)}. A link names the true class and what it is read as, "
            "such as 4-9."
        )
    session.TRUE_CLASS.value, session.READ_CLASS.value = names


# In the order in which they are shown: what a later one means may depend on those before it.
PARAMETERS: dict[str, tuple[Parameter, ...]] = {
    "app.py": (Parameter("image", _write_test_image, _show_test_image),),
    "pages/learn.py": (Parameter("step", lambda: str(session.lesson().step), None), DRAWING),
    "pages/draw.py": (
        network("run", session.DRAW_WEIGHTS),
        DRAWING,
        *LOOKED_AT,
        network("with", session.DRAW_OTHER),
    ),
    "pages/train.py": (
        Parameter("run", lambda: session.RUN.value if is_run(session.RUN.value or "") else "", None),
        snapshot("at", _train_run, session.moment),
        Parameter("with", _write_compared, _show_compared),
    ),
    "pages/filters.py": (
        network("run", session.FILTERS_LEFT),
        snapshot("at", lambda: session.FILTERS_LEFT.value, session.left_moment),
        network("with", session.FILTERS_RIGHT),
        snapshot("with_at", lambda: session.FILTERS_RIGHT.value, session.right_moment),
        Parameter("of", _write_of, _show_of),
        Parameter("filter", _write_filter, _show_filter),
        Parameter("view", _write_view, _show_view),
    ),
    "pages/mistakes.py": (
        network("run", session.MISTAKES_WEIGHTS),
        Parameter("images", _write_images, _show_images),
        Parameter("cell", _write_cell, _show_cell),
    ),
}
