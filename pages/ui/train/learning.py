"""The network beside its curves: what it says of the drawing, its filters and its maps, now or at any snapshot."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CLASS_NAMES, CNN, Checkpoint, LinearClassifier, predict, trace
from ocr.ink.segment import Segmentation
from ocr.ink.strokes import Ink
from ocr.inspection.filters import usual_weight
from ocr.runs.run import Run
from ocr.runs.weights import initial_checkpoint
from pages.ui import session
from pages.ui.cache import stamps, weights
from pages.ui.drawing import Drawing
from pages.ui.elements.maps import encode, even_columns, show_image, show_maps
from pages.ui.elements.moments import Part, show_moments
from pages.ui.elements.prediction import show_prediction
from pages.ui.navigation import open_unit
from pages.ui.text.heading import show_heading

NOW = "now"


def show_learning(run: Run) -> None:
    """What the run's newest weights, or those of a chosen snapshot, make of the current drawing."""
    at = _choose_moment(run)
    path = run.snapshots().get(at, run.checkpoint_path) if at is not None else run.checkpoint_path
    checkpoint = weights(path) if path.is_file() else _initial(run, run.description())
    pressed = session.training().take_pressed()
    if pressed and path.is_file() and isinstance(checkpoint.model, CNN):
        open_unit(checkpoint.model.config, *pressed, run.name, at)
    if not path.is_file():
        st.caption("The network before its first iteration, and what it makes of the digit.")
    drawing = session.drawing()
    glyphs = drawing.segmentation().glyphs
    glyph = glyphs[drawing.choose_among(glyphs)]
    with st.container(horizontal=True, gap="small", key="learning"):
        with st.container(width=190):
            show_prediction(
                Segmentation((glyph,)),
                predict(checkpoint, [glyph.image]),
                0,
                False,
                "learning_reading",
                redrawn="learning_reading",
            )
            _show_drawing(drawing, glyph.image)
        with st.container(width="stretch", gap="xsmall"):
            if isinstance(checkpoint.model, CNN):
                _show_layers(run, checkpoint.model, glyph.image)
            elif isinstance(checkpoint.model, LinearClassifier):
                _show_pixel_weights(checkpoint.model)
    if snapshots := run.snapshots():
        show_moments(session.moment(run.name).key, *_moments(stamps(snapshots.values()), glyph.image.tobytes()))


@st.cache_resource(show_spinner=False, max_entries=8)
def _moments(files: tuple[tuple[str, int], ...], image: bytes) -> tuple[str, list[Part]]:
    """What each snapshot makes of an image, and its filters, for the elements that follow the slider."""
    pixels = np.frombuffer(image, np.float32).reshape(28, 28).copy()  # torch wants to be able to write
    moments = [_moment(weights(Path(path)), pixels) for path, _ in files]
    values = np.concatenate([array.ravel() for moment in moments for array in moment.values()])
    return encode(values), [{"name": name, "length": array.size} for name, array in moments[0].items()]


def _moment(checkpoint: Checkpoint, image: Ink) -> dict[str, NDArray[np.float32]]:
    """What is shown of a network, by the keys of the elements that show it."""
    shown = {"learning_reading": predict(checkpoint, [image])[0].probabilities}
    model = checkpoint.model
    if isinstance(model, CNN):
        for number, (conv, layer) in enumerate(zip(model.convs, trace(model, image).layers, strict=True), 1):
            shown |= {
                f"learning_filters{number}": conv.weight[:, 0].detach().numpy(),
                f"learning_maps{number}": layer.maps,
            }
    elif isinstance(model, LinearClassifier):
        shown["learning_weights"] = model.pixel_weights()
    return shown


def _choose_moment(run: Run) -> int | None:
    """A slider over the snapshots; None is now."""
    moments = [*run.snapshots(), None]
    if len(moments) < 2:
        return None
    moment = session.moment(run.name)
    if moment.value not in moments:
        moment.value = None
    return st.select_slider(
        "The network at iteration",
        moments,
        format_func=lambda moment: NOW if moment is None else f"{moment:,}",
        key=moment.key,
    )


def _show_drawing(drawing: Drawing, image: Ink) -> None:
    show_image(
        image,
        key="learning_drawing",
        largest=4,
        caption="A sample, until you draw" if drawing.empty else drawing.name,
        description="The 28 by 28 image that the network reads.",
    )
    st.page_link("pages/draw.py", label="Draw a digit" if drawing.empty else "Draw another")


def _show_layers(run: Run, model: CNN, image: Ink) -> None:
    """Filters and maps of every convolutional layer."""
    for number, (conv, layer) in enumerate(zip(model.convs, trace(model, image).layers, strict=True), 1):
        filters, maps = conv.weight.detach().numpy(), layer.maps
        count, inputs, *_ = filters.shape
        show_heading(f"**Layer {number}** · {count} filters, {count} maps")
        _show_filters(filters[:, 0], number, _limit(run, model, number - 1), inputs)
        show_maps(
            maps,
            key=f"learning_maps{number}",
            redrawn=f"learning_maps{number}",
            names=[f"Map {i + 1}" for i in range(count)],
            columns=even_columns(count, 9),
            largest=4,
            legend=False,
            caption=f"{count} × {maps.shape[1]} × {maps.shape[2]}, {maps.min():.2f} to {maps.max():.2f}, "
            "each on its own scale",
            description=f"What the {count} filters of layer {number} make of the drawing: maps of {maps.shape[1]} by "
            f"{maps.shape[2]}, values from {maps.min():.3f} to {maps.max():.3f}.",
        )


def _show_filters(filters: NDArray[np.float32], number: int, limit: float, inputs: int) -> None:
    count, size, _ = filters.shape
    of = " for map 1" if inputs > 1 else ""
    show_maps(
        filters,
        key=f"learning_filters{number}",
        redrawn=f"learning_filters{number}",
        names=[f"Filter {i + 1}" for i in range(count)],
        signed=True,
        limit=limit,
        columns=even_columns(count, 9),
        largest=8,
        on_press=partial(_press, number - 1),
        caption=f"{size} × {size} weights{of}. Press one to look closer",
        description=f"The {count} filters of layer {number}{of}, {size} by {size} each. Weights from "
        f"{filters.min():.3f} to {filters.max():.3f}, red positive, blue negative.",
    )


def _press(layer: int, channel: int) -> None:
    session.training().pressed = layer, channel


def _show_pixel_weights(model: LinearClassifier) -> None:
    """The linear baseline has no filters: its weights are ten images."""
    values = model.pixel_weights()
    show_maps(
        values,
        key="learning_weights",
        redrawn="learning_weights",
        names=[f"Weights for {name}" for name in CLASS_NAMES],
        labels=CLASS_NAMES,
        signed=True,
        limit=float(np.abs(values).max()) or 1.0,
        columns=5,
        largest=3,
        caption="One weight for each pixel and digit",
        description="The linear baseline's weights for the ten digits, red positive and blue negative.",
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _initial(run: Run, description: dict[str, Any]) -> Checkpoint:
    """The weights before the first iteration; another run of the same name has another description."""
    return initial_checkpoint(run)


def _limit(run: Run, model: CNN, layer: int) -> float:
    """The size that nearly all weights of a layer stay below, now and at every snapshot, so that the scale stays."""
    files = stamps([run.checkpoint_path, *run.snapshots().values()])
    sizes = [_usual(path, stamp, layer) for path, stamp in files if stamp]
    return max(sizes or [usual_weight(model, layer)])


@lru_cache(500)  # of many small values, Streamlit's own cache would take longer than all else here
def _usual(path: str, stamp: int, layer: int) -> float:
    model = weights(Path(path)).model
    return usual_weight(model, layer) if isinstance(model, CNN) and layer < len(model.convs) else 0.0
