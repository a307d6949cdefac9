"""The lens: what the network says of the ink, and all its maps; it follows the pen."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ocr import CNN, Checkpoint, Prediction, Trace, predict_glyphs, trace
from ocr.ink.segment import Glyph
from ocr.ink.strokes import Ink
from ocr.inspection.receptive_field import pooled_field
from ocr.inspection.traces import origin
from pages.ui import session
from pages.ui.draw.canvas import follow_canvas
from pages.ui.draw.correction import show_correction
from pages.ui.draw.pen import listen
from pages.ui.draw.pixel import HINT, show_pixel
from pages.ui.elements.maps import picked, show_image, show_maps
from pages.ui.elements.prediction import said_digit, show_prediction
from pages.ui.frame import share_cores
from pages.ui.text.heading import show_heading

Boxes = list[tuple[int, int, int, int, int]]
TO_PIXEL = '<span id="to-pixel"></span>'


@st.fragment
def show_lens(weights: Checkpoint) -> Glyph:
    """The reading and the maps, and which digit they are of.

    It runs by itself when a stroke has ended: so the answer is there before all else on the page follows.
    """
    share_cores()
    drawing = session.drawing()
    if drawing.changed:
        st.rerun()
    glyph = show_reading(weights)
    if session.DEEPER.value and drawing.told != drawing.shown:
        st.rerun()
    return glyph


def show_reading(weights: Checkpoint) -> Glyph:
    """What is drawn, what the network says of it and all its maps; gives the digit that they are of."""
    drawing = session.drawing()
    segmentation = drawing.segmentation()
    glyphs = segmentation.glyphs
    predictions = predict_glyphs(weights, glyphs)
    chosen = drawing.choose_among(glyphs)
    several = len(glyphs) > 1 and not drawing.picture
    boxes = [glyph.box for glyph in glyphs] if several else []
    if not drawing.picture:
        follow_canvas()
    listen(boxes, [not prediction.familiar for prediction in predictions], chosen)
    model, image = weights.model, glyphs[chosen].image
    with st.container(horizontal=True, gap="medium", key="lens"):
        said = st.container(key="prediction", width=224)
        with said:
            show_heading("What it reads", unseen=True)
            show_prediction(segmentation, predictions, chosen, drawing.empty, "reading", drawing.heard)
            choose_digit(predictions, chosen)
            show_correction(glyphs[chosen], predictions[chosen], drawing.empty)
        if not isinstance(model, CNN):
            with said:
                show_seen(image, [])
            st.info("The linear baseline has no layers to look into. Choose a convolutional network to see its maps.")
            return glyphs[chosen]
        traced, pixel = trace(model, image), picked_pixel(model)
        fields = boxes_of(model, traced, pixel) if pixel else {}
        with said:
            show_seen(image, fields.get(0, []))
        with st.container(width="stretch"):
            large = session.LARGE_MAPS.value
            with st.container(horizontal=not large, gap="medium", key="layers"):
                for number in range(1, len(traced.layers) + 1):
                    show_layer(traced, number, fields.get(number, []))
            with st.container(key="pixel", gap="xsmall"):
                st.html(TO_PIXEL)
                if pixel:
                    show_pixel(model, traced, *pixel)
                else:
                    st.caption(HINT)
    return glyphs[chosen]


def choose_digit(predictions: Sequence[Prediction], chosen: int) -> None:
    """Show a row of the digits that were found, if there are several, to choose the one that is looked at."""
    if len(predictions) < 2:
        return
    labels = [f"{number}: {said_digit(prediction)}" for number, prediction in enumerate(predictions, 1)]
    drawing, chooser = session.drawing(), session.digit_chooser(labels)
    chooser.value = chosen

    def choose() -> None:
        drawing.chosen = chooser.value
        drawing.note_change()  # what is shown outside of this fragment follows

    st.segmented_control(
        "Shown of these digits",
        range(len(predictions)),
        required=True,
        format_func=labels.__getitem__,
        key=chooser.key,
        on_change=choose,
        label_visibility="collapsed",
    )


def show_seen(image: Ink, boxes: Boxes) -> None:
    """The network's input."""
    drawing = session.drawing()
    show_image(
        image,
        key="seen",
        largest=7,
        boxes=boxes,
        caption="What the network sees, 28 × 28",
        description="The 28 by 28 image that the network sees.",
        follows=0,
        heard=drawing.heard,
        echo=drawing.pixel_told,
    )


def show_layer(traced: Trace, number: int, boxes: Boxes) -> None:
    """The maps of a convolutional layer."""
    drawing = session.drawing()
    maps = traced.layers[number - 1].maps
    count, height, width = maps.shape
    one_scale, large = session.ONE_SCALE.value, session.LARGE_MAPS.value
    scale = "one scale for all" if one_scale else "each map on its own scale"
    with st.container(key=f"layer{number}", width="stretch" if large else 300):
        show_heading(f"**Layer {number}** · {count} × {height} × {width}")
        show_maps(
            maps,
            key=f"maps{number}",
            names=[f"Map {i + 1}" for i in range(count)],
            caption=f"{{low}} to {{high}} · {scale}",
            limit=max(float(maps.max()), 1e-6) if one_scale else None,
            legend=False,
            boxes=boxes,
            pickable=True,
            follows=number,
            heard=drawing.heard,
            echo=drawing.pixel_told,
            description=f"The {count} feature maps of layer {number}, {height} by {width} each, {scale}. "
            f"Values from {maps.min():.3f} to {maps.max():.3f}.",
        )
        st.html('<a class="to-pixel" href="#to-pixel">Where a tapped number comes from ↓</a>')


def picked_pixel(model: CNN) -> tuple[int, int, int, int] | None:
    """Layer (from 0), map, row and column of the pixel pointed at, if the model has it; also after a page switch."""
    layers = len(model.config.filters)
    pointed = picked(*(f"maps{number}" for number in range(1, layers + 1)))
    drawing = session.drawing()
    if pointed is not None:
        drawing.point_at(pointed[0], pointed[1:])
    if drawing.pixel is None:
        return None
    key, channel, row, column = drawing.pixel
    layer = int(key.removeprefix("maps")) - 1
    if layer >= layers:  # it was pointed at in a deeper network
        return None
    size = model.config.map_sizes[layer]
    fits = channel < model.config.filters[layer] and row < size and column < size
    return (layer, channel, row, column) if fits else None


def boxes_of(model: CNN, traced: Trace, pixel: tuple[int, int, int, int]) -> dict[int, Boxes]:
    """What the pixel looked at, by layer: itself, its patch in the layer before, its field in the image (0)."""
    layer, channel, row, column = pixel
    account = origin(model, traced, layer, channel, row, column)
    size = account.weights.shape[1]
    found: dict[int, Boxes] = {layer + 1: [(channel, row, column, 1, 1)]}
    found[layer] = [(-1, account.top, account.left, size, size)]
    if layer:
        field = pooled_field(model.config, layer)
        found[0] = [(0, field.first(row), field.first(column), field.size, field.size)]
    return found
