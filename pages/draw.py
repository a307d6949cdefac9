"""Draw: a digit on the left, what the network sees and says of it, and what its filters saw on the way."""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ocr import CNN, Checkpoint, OCRError, Trace, from_image, from_strokes, read, trace
from ocr.trace import origin, receptive_field
from pages.ui.canvas import Strokes, clear, drawing_canvas, undo
from pages.ui.choose import choose_weights
from pages.ui.deeper import show_deeper
from pages.ui.frame import page
from pages.ui.maps import picked, show_maps
from pages.ui.pen import with_live_stroke
from pages.ui.pixel import HINT, show_pixel
from pages.ui.reading import show_reading
from pages.ui.samples import sample_strokes, show_samples

Boxes = list[tuple[int, int, int, int, int]]
UPLOADS = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]


def show_canvas() -> tuple[Strokes, np.ndarray | None]:
    """What is on the canvas, and the (28, 28) image of an uploaded picture, which then is read instead."""
    with st.container(key="canvas"):
        strokes = drawing_canvas(st.session_state.get("stroke_width", 16))
    with st.container(horizontal=True, gap="xsmall", key="tools"):
        st.button("Undo", on_click=undo, disabled=not strokes, key="undo")
        st.button("Clear", on_click=clear, disabled=not strokes, key="clear")
        with st.popover("Pen"):
            st.slider("Stroke width", 6, 36, 16, key="stroke_width", help="Only how it looks: the ink is evened out.")
        with st.popover("Picture"):
            file = st.file_uploader("A picture of one digit", UPLOADS, key="picture")
    show_samples()
    return strokes, read_picture(file) if file else None


def read_picture(file: UploadedFile) -> np.ndarray | None:
    """The (28, 28) image of an uploaded picture; None, with a sentence on the page, if it cannot be read."""
    try:
        with Image.open(file) as picture:
            image = from_image(picture)
    except OCRError as error:
        st.error(f"{file.name}: {error}")
    except (OSError, ValueError, Image.DecompressionBombError):
        st.error(f"{file.name} is not an image that can be read. Use PNG, JPEG or WebP; your drawing is still here.")
    else:
        st.caption(f"Reading **{file.name}**. Remove it under «Picture» to go back to the canvas.")
        return image
    return None


def show_layer(traced: Trace, number: int, boxes: Boxes) -> None:
    """The maps of a convolutional layer, each on a scale of its own."""
    maps = traced.layers[number - 1].maps
    count, height, width = maps.shape
    with st.container(key=f"layer{number}", width=300):
        st.markdown(f"**Layer {number}** · {count} × {height} × {width}")
        show_maps(
            maps,
            key=f"maps{number}",
            names=[f"Map {i + 1}" for i in range(count)],
            caption=f"{maps.min():.2f} to {maps.max():.2f} · each map on its own scale",
            legend=False,
            boxes=boxes,
            pickable=True,
            description=f"The {count} feature maps of layer {number}, {height} by {width} each. "
            f"Values from {maps.min():.3f} to {maps.max():.3f}. Arrow keys read single values.",
        )


def picked_pixel(model: CNN) -> tuple[int, int, int, int] | None:
    """Layer (from 0), map, row and column of the pixel pointed at, if the model has it."""
    layers = len(model.config.filters)
    found = picked(*(f"maps{number}" for number in range(1, layers + 1)))
    if found is None:
        return None
    key, channel, row, column = found
    layer = int(key.removeprefix("maps")) - 1
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
        found[0] = [(0, *receptive_field(model, layer, row, column))]
    return found


@st.fragment
def show_lens(strokes: Strokes, picture: np.ndarray | None, weights: Checkpoint) -> None:
    """The reading and the maps; runs by itself, again and again, while a stroke is being drawn."""
    strokes = with_live_stroke(strokes)
    empty = picture is None and not strokes
    image = picture if picture is not None else from_strokes(strokes or sample_strokes(7))
    if empty:
        st.html("<style>.st-key-prediction, .st-key-layer1, .st-key-layer2 { opacity: 0.4; }</style>")
    model = weights.model
    if isinstance(model, CNN):
        traced, pixel = trace(model, image), picked_pixel(model)
        boxes = boxes_of(model, traced, pixel) if pixel else {}
    with st.container(horizontal=True, gap="medium", key="lens"):
        with st.container(key="prediction", width=224):
            show_reading(read(weights, [image])[0], empty)
            show_maps(
                image[None],
                key="seen",
                names=["Pixel"],
                largest=8,
                legend=False,
                boxes=boxes.get(0, []) if isinstance(model, CNN) else [],
                caption="What the network sees, 28 × 28",
                description="The 28 by 28 image that the network sees.",
            )
        if not isinstance(model, CNN):
            st.info("The linear baseline has no layers to look into. Choose a convolutional network to see its maps.")
            return
        with st.container(width="stretch"):
            with st.container(horizontal=True, gap="medium", key="layers"):
                for number in range(1, len(traced.layers) + 1):
                    show_layer(traced, number, boxes.get(number, []))
            with st.container(key="pixel", gap="xsmall"):
                if pixel:
                    show_pixel(model, traced, *pixel)
                else:
                    st.caption(HINT)


with page("pages/draw.py"):
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=282):
            strokes, picture = show_canvas()
            weights = choose_weights("draw_weights")
        with st.container(width="stretch"):
            show_lens(strokes, picture, weights)
    shown = strokes or sample_strokes(7)
    if isinstance(weights.model, CNN):
        show_deeper(weights, picture if picture is not None else from_strokes(shown), [] if picture is not None else shown)
