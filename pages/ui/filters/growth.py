"""How a filter, neuron or output grew: its weights and what it makes of your drawing at each snapshot of a run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ocr import CNN, Checkpoint, predict, trace
from ocr.ink.segment import Segmentation
from ocr.ink.strokes import Ink
from ocr.inspection.filters import usual_weight
from ocr.inspection.growth import measure_growth
from ocr.inspection.score_plots import growth_figure
from ocr.inspection.units import FILTER, unit_kinds, unit_weights
from pages.ui import session
from pages.ui.background import Found, Tell, find_out
from pages.ui.cache import fingerprint, mnist_data, stamps, weights
from pages.ui.elements.maps import encode, even_columns, show_maps
from pages.ui.elements.moments import Part, show_moments
from pages.ui.elements.prediction import show_prediction
from pages.ui.filters.side import Side
from pages.ui.filters.weights import WRITTEN
from pages.ui.frame import is_dark
from pages.ui.session import SHIPPED, UNTRAINED
from pages.ui.takeaway import offer_chart, show_python, take_away
from pages.ui.text.numbers import percent
from pages.ui.text.table import offer_csv
from pages.ui.text.units import capital, layer_labels, unit_name
from pages.ui.visitor import visible_run

READING, WEIGHTS, MAP = "grown_reading", "grown_weights", "grown_map"


def show_growth(side: Side, layer: int, channel: int) -> None:
    """Show a unit at any snapshot of its run, as fast as a slider moves, and the run's layers over all of them."""
    paths = {} if side.name in (SHIPPED, UNTRAINED) else visible_run(side.name).snapshots()
    if not paths:
        st.caption("Only runs keep how they grew. Choose one above, or train one on Train.")
        return
    moment = session.grown_moment(side.name)
    if not moment.there or moment.value not in paths:
        moment.value = None
    at = st.select_slider(
        "After so many iterations",
        [*paths, None],
        format_func=lambda each: "now" if each is None else f"{each:,}",
        key=moment.key,
    )
    glyphs = session.drawing().segmentation().glyphs
    image = glyphs[session.drawing().choose_among(glyphs)].image
    now = side.history[0]
    files = stamps(paths.values())
    limit = max(usual_weight(now.model, layer) if isinstance(now.model, CNN) else 0, _limit(files, layer))
    _show_moment(now if at is None else weights(paths[at]), image, layer, channel, limit)
    show_moments(moment.key, *_moments(files, image.tobytes(), layer, channel))
    _show_run(side, paths, at)


def _show_moment(checkpoint: Checkpoint, image: Ink, layer: int, channel: int, limit: float) -> None:
    """Show the unit's weights, its map of the drawing, and the reading, of one moment."""
    model = checkpoint.model
    assert isinstance(model, CNN)
    parts = _moment(checkpoint, image, layer, channel)
    unit = unit_name(model.config, layer, channel)
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=200):
            prediction = predict(checkpoint, [image])
            glyphs = session.drawing().segmentation().glyphs
            one = Segmentation((glyphs[session.drawing().choose_among(glyphs)],))
            show_prediction(one, prediction, 0, False, READING, redrawn=READING)
        shown = parts[WEIGHTS]
        single, alone = shown.shape[1] == 1, len(shown) == 1
        with st.container(width=WRITTEN + 20 if alone else 420):
            st.markdown(f"**The weights of {unit}**")
            show_maps(
                shown,
                key=WEIGHTS,
                redrawn=WEIGHTS,
                names=[f"Input {i + 1}" for i in range(len(shown))],
                labels=[] if single else None,
                signed=True,
                limit=limit,
                columns=1 if alone else even_columns(len(shown), 16 if single else 9),
                largest=WRITTEN // shown.shape[2] if alone else 18 if single else 8,
                numbers=alone,
                description=f"The weights of {unit} at this moment, red positive and blue negative.",
            )
        if MAP in parts:
            with st.container(width=200):
                drawn = "the sample" if session.drawing().empty else session.drawing().name
                st.markdown(f"**Its map of {drawn[0].lower()}{drawn[1:]}**")
                show_maps(
                    parts[MAP],
                    key=MAP,
                    redrawn=MAP,
                    names=["Its map"],
                    largest=12,
                    legend=False,
                    description=f"{capital(unit)}: its map of the drawing at this moment.",
                )


def _moment(checkpoint: Checkpoint, image: Ink, layer: int, channel: int) -> dict[str, NDArray[np.float32]]:
    """Give what is shown of a unit and of the reading, by the keys of the elements that show it."""
    model = checkpoint.model
    assert isinstance(model, CNN)
    parts = {
        READING: predict(checkpoint, [image])[0].probabilities,
        WEIGHTS: unit_weights(model, layer)[channel].numpy(),
    }
    if unit_kinds(model.config)[layer] == FILTER:
        parts[MAP] = trace(model, image).layers[layer].maps[channel][None]
    return parts


@st.cache_data(show_spinner=False, max_entries=50)
def _limit(files: tuple[tuple[str, int], ...], layer: int) -> float:
    """Give the size that nearly all weights of a layer stay below in every snapshot, so that the scale stays."""
    models = [weights(Path(path)).model for path, _ in files]
    return max(usual_weight(model, layer) for model in models if isinstance(model, CNN))


@st.cache_resource(show_spinner=False, max_entries=8)
def _moments(files: tuple[tuple[str, int], ...], image: bytes, layer: int, channel: int) -> tuple[str, list[Part]]:
    """Give that of every snapshot, for the elements that follow the slider."""
    pixels = np.frombuffer(image, np.float32).reshape(28, 28).copy()  # torch wants to be able to write
    moments = [_moment(weights(Path(path)), pixels, layer, channel) for path, _ in files]
    values = np.concatenate([array.ravel() for moment in moments for array in moment.values()])
    return encode(values), [{"name": name, "length": array.size} for name, array in moments[0].items()]


def _show_run(side: Side, paths: dict[int, Path], at: int | None) -> None:
    """Show accuracy, size of the updates and of the gradients over the snapshots."""
    models = {iteration: weights(path).model for iteration, path in paths.items()}
    last = weights(paths[max(paths)])
    found = find_out(
        "growth",
        f"{fingerprint(last)}-{len(paths)}",
        partial(_measure, models),
        about=f"How did accuracy, weights and gradients go, over the {len(paths)} snapshots? Each reads all "
        f"{len(mnist_data().validation):,} validation images. That takes about {len(paths):,} seconds.",
        label="Measure",
    )
    if found is None:
        return
    iterations, accuracy = list(paths), found["correct"].numpy() / int(found["count"])
    if at is not None:
        st.markdown(
            f"After {at:,} iterations the network reads **{percent(float(accuracy[iterations.index(at)]))}** of "
            f"{int(found['count']):,} validation images."
        )
    assert isinstance(last.model, CNN)
    labels = layer_labels(last.model.config)
    charts = {
        "accuracy": ("Accuracy on the validation images", {"accuracy": accuracy}),
        "updates": ("Update of an iteration", dict(zip(labels, found["updates"].numpy().T, strict=True))),
        "gradients": ("Size of the gradient", dict(zip(labels, found["gradients"].numpy().T, strict=True))),
    }
    for column, (name, (title, curves)) in zip(st.columns(3, gap="medium"), charts.items(), strict=True):
        with column:
            figure = growth_figure(iterations, curves, title, at, is_dark())
            st.plotly_chart(figure, theme=None, key=f"growth_{name}", alt=f"{title} over the snapshots.")
    st.caption(
        "Update: how far a layer's weights moved in an iteration, as a share of their size, on average since the "
        "snapshot before. Gradient: the norm of the slopes of the loss by a layer's weights, on the same 500 training "
        "images each time."
    )
    with take_away("growth"):
        for name, (title, _) in charts.items():
            offer_chart(title, f"growth_{name}", name)
        head = [
            "iteration",
            "right",
            *(f"update of {label}" for label in labels),
            *(f"gradient of {x}" for x in labels),
        ]
        figures = np.concatenate([found["updates"].numpy(), found["gradients"].numpy()], 1)
        rows = [
            [str(iteration), str(int(right)), *(f"{value:.6g}" for value in line)]
            for iteration, right, line in zip(iterations, found["correct"], figures, strict=True)
        ]
        offer_csv("The figures as CSV", "growth.csv", head, rows)
        show_python(
            "from ocr import load_checkpoint, load_data",
            "from ocr.inspection.growth import measure_growth",
            "from ocr.runs.folder import find_run",
            f'paths = find_run("{side.name}").snapshots()',
            "growth = measure_growth({at: load_checkpoint(path).model for at, path in paths.items()}, load_data())",
        )


def _measure(models: Mapping[int, torch.nn.Module], tell: Tell) -> Found:
    growth = measure_growth(models, mnist_data(), tell)
    return {
        "correct": torch.from_numpy(growth.correct),
        "count": torch.tensor(growth.count),
        "updates": torch.from_numpy(growth.updates),
        "gradients": torch.from_numpy(growth.gradients),
    }
