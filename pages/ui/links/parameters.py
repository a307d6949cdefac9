"""What a page's address may hold: each fact with how it is written there, and how a page comes to show it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from ocr import CLASS_NAMES, CNN, OCRError, Split
from ocr.ink.stroke_text import read_strokes, write_strokes
from pages.ui import session
from pages.ui.cache import mnist_data
from pages.ui.navigation import SPLITS, open_image
from pages.ui.session import ANY, SHIPPED, UNTRAINED, Widget
from pages.ui.text.say import SHORT, quoted
from pages.ui.visitor import visible_run, visible_runs
from pages.ui.weights import named_weights, weight_names

NUMBER = r"([1-9]\d{0,6})"


@dataclass(frozen=True)
class Parameter:
    """One fact in the address of a page."""

    name: str
    write: Callable[[], str]  # as it is on show; empty where that is what the page shows at first
    show: (
        Callable[[str], None] | None
    )  # sets what the page is about to show; raises OCRError. None: the page does so itself


# Networks


def _network(name: str, chooser: Widget[str]) -> Parameter:
    def show(text: str) -> None:
        if text not in weight_names():
            raise OCRError(
                f"There is no network {quoted(text)} here: it was renamed or deleted, or is somebody else's."
            )
        chooser.value = text

    return Parameter(name, lambda: "" if chooser.value == chooser.default else chooser.value, show)


def _snapshot(name: str, of: Callable[[], str], moment: Callable[[str], Widget[int | None]]) -> Parameter:
    """How far a network had come.

    Args:
        name: Of the parameter.
        of: Gives the network's name.
        moment: Gives the widget that chooses, by that name.
    """

    def write() -> str:
        run = of()
        at = moment(run).value if _is_run(run) else None
        return "" if at is None else str(at)

    def show(text: str) -> None:
        run = of()
        if not _is_run(run):
            return  # what is wrong with that has been said
        known = visible_run(run).snapshots()
        if not re.fullmatch(r"\d{1,9}", text) or int(text) not in known:
            raise OCRError(f"{run} has no snapshot at iteration {quoted(text)}. It is shown as it is now.")
        moment(run).value = int(text)

    return Parameter(name, write, show)


def _is_run(name: str) -> bool:
    return name not in ("", SHIPPED, UNTRAINED) and name in (run.name for run in visible_runs())


# Home


def _write_test_image() -> str:
    return str(session.home().digit + 1) if session.home().digit else ""


def _show_test_image(text: str) -> None:
    count = len(mnist_data().test)
    match = re.fullmatch(NUMBER, text)
    if not match or int(text) > count:
        raise OCRError(f"There is no test image {quoted(text)}: they are numbered from 1 to {count:,}.")
    session.home().digit = int(text) - 1


# Draw


def _write_drawing() -> str:
    drawing = session.drawing()
    return "" if drawing.picture or drawing.empty else write_strokes(drawing.all_strokes)


def _show_drawing(text: str) -> None:
    session.drawing().put([[[float(x), float(y)] for x, y in stroke] for stroke in read_strokes(text)])


def _write_image() -> str:
    picture = session.drawing().picture
    return picture.place if picture else ""


def _show_image(text: str) -> None:
    match = re.fullmatch(rf"({'|'.join(SPLITS)})\.{NUMBER}", text)
    if match:
        split: Split = getattr(mnist_data(), match[1])
        if int(match[2]) <= len(split):
            open_image(split, int(match[2]) - 1, f"{match[1]} image {int(match[2]):,}")
            return
    raise OCRError(f"There is no image {quoted(text)} in the data. A link names them as test.1 or validation.1.")


DRAWING = Parameter("drawing", _write_drawing, _show_drawing)


def _write_chosen() -> str:
    chosen = session.drawing().chosen
    return "" if chosen is None or session.drawing().picture else str(chosen + 1)


def _show_chosen(text: str) -> None:
    drawing = session.drawing()
    count = len(drawing.segmentation().glyphs)
    if not re.fullmatch(NUMBER, text) or int(text) > count:
        raise OCRError(f"There is no digit {quoted(text)} on the drawing: there are {count}.")
    drawing.chosen = int(text) - 1


def _write_pixel() -> str:
    pixel = session.drawing().pixel
    if pixel is None:
        return ""
    key, *place = pixel
    return ".".join([key.replace("maps", "layer"), *(str(number + 1) for number in place)])


def _show_pixel(text: str) -> None:
    match = re.fullmatch(rf"layer{NUMBER}\.{NUMBER}\.{NUMBER}\.{NUMBER}", text)
    model = named_weights(session.DRAW_WEIGHTS.value).model
    if match and isinstance(model, CNN):
        layer, channel, row, column = (int(number) - 1 for number in match.groups())
        config = model.config
        if layer < len(config.filters) and channel < config.filters[layer]:
            size = config.map_sizes[layer]
            if row < size and column < size:
                session.drawing().pixel = (f"maps{layer + 1}", channel, row, column)
                return
    raise OCRError(
        f"The network has no pixel {quoted(text)}. A link names layer, map, row and column, such as layer1.3.5.7."
    )


def _write_look() -> str:
    return session.DEEPER.value or ""


def _show_look(text: str) -> None:
    session.DEEPER.value = text[:SHORT]  # the page drops one that it does not have


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


def _write_filter() -> str:
    layer = (session.LAYER.value or "Layer 1").removeprefix("Layer ")
    number = session.filter_number(int(layer) - 1).value
    return "" if (layer, number) == ("1", 1) else f"{layer}.{number}"


def _show_filter(text: str) -> None:
    match = re.fullmatch(rf"{NUMBER}\.{NUMBER}", text)
    model = named_weights(session.FILTERS_LEFT.value).model
    if match and isinstance(model, CNN):
        layer, number = int(match[1]) - 1, int(match[2])
        if layer < len(model.config.filters) and number <= model.config.filters[layer]:
            session.LAYER.value = f"Layer {layer + 1}"
            session.filter_number(layer).value = number
            return
    raise OCRError(f"The network has no filter {quoted(text)}. A link names layer and filter, such as 2.17.")


# Mistakes


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
    "pages/learn.py": (
        Parameter("step", lambda: str(session.lesson().step), None),
        DRAWING,
    ),
    "pages/draw.py": (
        _network("run", session.DRAW_WEIGHTS),
        DRAWING,
        Parameter("image", _write_image, _show_image),
        Parameter("digit", _write_chosen, _show_chosen),
        Parameter("pixel", _write_pixel, _show_pixel),
        Parameter("look", _write_look, _show_look),
    ),
    "pages/train.py": (
        Parameter("run", lambda: session.RUN.value if _is_run(session.RUN.value or "") else "", None),
        _snapshot("at", _train_run, session.moment),
        Parameter("with", _write_compared, _show_compared),
    ),
    "pages/filters.py": (
        _network("run", session.FILTERS_LEFT),
        _snapshot("at", lambda: session.FILTERS_LEFT.value, session.left_moment),
        _network("with", session.FILTERS_RIGHT),
        _snapshot("with_at", lambda: session.FILTERS_RIGHT.value, session.right_moment),
        Parameter("filter", _write_filter, _show_filter),
    ),
    "pages/mistakes.py": (
        _network("run", session.MISTAKES_WEIGHTS),
        Parameter("cell", _write_cell, _show_cell),
    ),
}
