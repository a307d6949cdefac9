"""A map of the digits as the network sees them at a layer of one's choice."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ocr import CLASS_NAMES, CNN, Checkpoint, Evaluation, Split
from ocr.inspection.digit_map import (
    Components,
    layer_names,
    layer_values,
    nearest,
    neighbour_layout,
    place_among,
    principal_components,
)
from ocr.inspection.map_plots import digit_map_figure
from ocr.runs.run import Run
from pages.ui import session
from pages.ui.background import Found, Tell, find_out
from pages.ui.behind import show_behind
from pages.ui.elements.peek import pack_sheet, show_peek
from pages.ui.frame import is_dark
from pages.ui.mistakes.image_set import ImageSet, identity_of
from pages.ui.mistakes.map_course import FEWEST_SNAPSHOTS, show_course
from pages.ui.session import SHIPPED, UNTRAINED
from pages.ui.takeaway import network_code, offer_chart, show_python, take_away
from pages.ui.text.numbers import counted
from pages.ui.text.table import offer_csv
from pages.ui.visitor import visible_run

PCA, TSNE = "Main directions (PCA)", "Neighbourhoods (t-SNE)"
COURSE = "Through training"
MOST = 12
FEWEST = 5  # images: fewer have no neighbourhoods
MOST_NUMBERS = 6_400  # of an image at a layer; of ten thousand images they take 256 MB, and finding directions 160 more


@st.cache_resource(show_spinner="Reading the images …", max_entries=2)
def _values(identity: str, layer: str, _model: CNN, _split: Split) -> NDArray[np.float32]:
    return layer_values(_model, _split.ink(slice(None)), layer)


@st.cache_resource(show_spinner="Finding the main directions …", max_entries=8)
def _components(identity: str, layer: str, _values: NDArray[np.float32]) -> Components:
    return principal_components(_values, 2)


def show_digit_map(checkpoint: Checkpoint, evaluation: Evaluation, images: ImageSet) -> None:
    """Show the images as points; those that the network sees alike lie close together."""
    model = checkpoint.model
    if evaluation.count < FEWEST:
        st.caption(f"A map needs at least {FEWEST} images.")
        return
    if not isinstance(model, CNN):
        st.caption("The linear baseline has no layers. Choose a convolutional network above.")
        return
    st.markdown(
        f"Each point is one of {counted(len(images.split), images.noun)}. At each layer the network turns an image "
        "into numbers; images with similar numbers lie close together here. From the pixels to the last layer the "
        "digits move apart: that is what the network has learnt. Press a point, or draw a box around some, to see the "
        "images."
    )
    names = layer_names(model)
    run = _run_with_a_course()
    methods = [PCA, TSNE, *([COURSE] if run else [])]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = (
            st.segmented_control("Seen at", names, default=names[-1], key="map_layer", required=True, wrap=True)
            or names[-1]
        )
        session.MAP_METHOD.keep_among(methods)
        method = (
            st.segmented_control("Laid out by", methods, key=session.MAP_METHOD.key, required=True, wrap=True) or PCA
        )
    numbers = layer_values(model, images.split.ink(slice(1)), layer).shape[1]
    if numbers > MOST_NUMBERS:
        st.caption(
            f"At {layer}, this network has {numbers:,} numbers for an image, too many for a map. Choose another."
        )
        return
    show_peek(_sheet(images.identity, images.split))
    if method == COURSE and run:
        show_course(run, identity_of(checkpoint, images), images, layer, names.index(layer))
        return
    identity = identity_of(checkpoint, images)
    values = _values(identity, layer, model, images.split)
    drawn = _drawing(model, layer)
    if method == PCA:
        components = _components(identity, layer, values)
        places, place = components.place(values), None if drawn is None else components.place(drawn[None])[0]
        st.caption(f"These two directions hold {components.shares.sum():.0%} of how much the numbers vary.")
    else:
        found = find_out(
            f"map-{names.index(layer)}",
            identity,
            partial(_lay_out, values),
            about=f"t-SNE lays all {len(values):,} images out so that neighbours stay neighbours. How far groups lie "
            "apart means nothing then. It takes about half a minute, once for each network and layer.",
            label="Lay out",
        )
        if found is None:
            return
        places = found["places"].numpy()
        place = None if drawn is None else place_among(places, values, drawn)
    key = f"map_{layer}_{method}"
    with st.container(key="digit_map"):
        event = st.plotly_chart(
            digit_map_figure(places, evaluation.labels, evaluation.predictions, place, is_dark()),
            theme=None,
            key=key,
            on_select="rerun",
            alt=f"A map of the images at {layer}; {counted(evaluation.count - evaluation.correct, 'image')} misread.",
        )
    _show_chosen(evaluation, images, values, drawn, [int(point["customdata"]["0"]) for point in event.selection.points])
    _offer(evaluation, images, key, layer, method, places)


def _offer(
    evaluation: Evaluation, images: ImageSet, key: str, layer: str, method: str, places: NDArray[np.float32]
) -> None:
    """Offer the map to take away."""
    with take_away("map"):
        offer_chart("The map", key, "map")
        rows = zip(places, evaluation.labels, evaluation.predictions, strict=True)
        offer_csv(
            "The places as CSV",
            "map.csv",
            ["image", "x", "y", "label", "read as"],
            [
                [images.names[i] if images.names else f"{i + 1}", f"{x:.6g}", f"{y:.6g}", str(label), str(read)]
                for i, ((x, y), label, read) in enumerate(rows)
            ],
        )
        function = "principal_components" if method == PCA else "neighbour_layout"
        show_python(
            network_code(session.MISTAKES_WEIGHTS.value),
            images.code,
            f"from ocr.inspection.digit_map import {function}, layer_values",
            f'values = layer_values(checkpoint.model, split.ink(slice(None)), "{layer}")',
            "places = principal_components(values, 2).place(values)"
            if method == PCA
            else "places = neighbour_layout(values)",
        )


def _run_with_a_course() -> Run | None:
    """Give the run that is looked at, if it has snapshots enough to show a course."""
    name = session.MISTAKES_WEIGHTS.value
    if name in (SHIPPED, UNTRAINED):
        return None
    run = visible_run(name)
    return run if len(run.snapshots()) >= FEWEST_SNAPSHOTS else None


@st.cache_data(show_spinner=False, max_entries=4)
def _sheet(identity: str, _split: Split) -> bytes:
    return pack_sheet(_split.images)


def _lay_out(values: NDArray[np.float32], tell: Tell) -> Found:
    tell(0.05)  # scikit-learn does not say how far it is
    return {"places": torch.from_numpy(neighbour_layout(values))}


def _drawing(model: CNN, layer: str) -> NDArray[np.float32] | None:
    """Give what the network makes of the drawing on Draw up to a layer; None if there is none."""
    drawing = session.drawing()
    if drawing.empty:
        return None
    glyphs = drawing.segmentation().glyphs
    return layer_values(model, glyphs[drawing.choose_among(glyphs)].image[None], layer)[0]


def _show_chosen(
    evaluation: Evaluation,
    images: ImageSet,
    values: NDArray[np.float32],
    drawn: NDArray[np.float32] | None,
    chosen: list[int],
) -> None:
    """Show the images behind the points that were pressed, or the nearest to the drawing."""
    split, name = images.split, session.MISTAKES_WEIGHTS.value
    if chosen:
        positions = np.array(chosen[:MOST])
        if len(chosen) == 1:
            positions = nearest(values, values[chosen[0]], MOST)
            st.markdown("**The image that you pressed, and those that the network sees as most like it:**")
        else:
            st.markdown(f"**{len(positions)} of the {counted(len(chosen), 'image')} that you chose:**")
    elif drawn is not None:
        positions = nearest(values, drawn, MOST)
        labels = ", ".join(CLASS_NAMES[split.labels[i]] for i in positions)
        st.markdown(f"**The images that it sees as most like your drawing** are labelled {labels}:")
    else:
        return
    show_behind(
        evaluation,
        split,
        positions,
        key="map_images",
        origin=f"the {images.noun} from the map",
        name=name,
        compact=True,
        names=images.names,
    )
