"""What Draw reads: the canvas, or a picture that was uploaded, pasted, or opened from another page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import IO

import streamlit as st
from PIL import Image

from ocr import Checkpoint, OCRError
from ocr.ink import Ink
from ocr.picture import open_picture
from ocr.segment import Glyph, segment_image
from pages.ui.canvas import Strokes, clear, drawing_canvas
from pages.ui.choose import choose_view, choose_weights
from pages.ui.component import component
from pages.ui.pen import undo
from pages.ui.samples import show_samples

UPLOADS = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
PREVIEW = 560  # pixels of the longer side of the picture that is shown back


@dataclass(frozen=True)
class Source:
    """Either strokes on the canvas, or the glyphs of a picture."""

    strokes: Strokes
    glyphs: tuple[Glyph, ...] = ()


def choose_source() -> tuple[Source, Checkpoint]:
    """The canvas with its tools, or whatever else is to be read instead of it; and the weights to read with."""
    with st.container(key="canvas"):
        strokes = drawing_canvas(st.session_state.get("stroke_width", 16))
    with st.container(horizontal=True, gap="xsmall", key="tools"):
        st.button("Undo", on_click=undo, disabled=not strokes, key="undo")
        st.button("Clear", on_click=clear, disabled=not strokes, key="clear")
        with st.popover("Picture"):
            file = st.file_uploader(
                "A photo or scan of digits. Or paste one with Ctrl-V.",
                UPLOADS,
                key=picture_key(),
                on_change=dismiss,
                args=("picked", "pasted"),
            )
        with st.popover("More"):
            weights = choose_weights("draw_weights")
            choose_view()
            st.slider("Stroke width", 6, 36, 16, key="stroke_width", help="Only how it looks: the ink is evened out.")
    show_samples()
    pictures = (("the pasted picture", pasted()), (getattr(file, "name", ""), file))
    given = [(name, content) for name, content in pictures if content is not None]
    if "picked_image" in st.session_state:
        glyphs = read_picked(st.session_state.picked_image)
    else:
        glyphs = read_picture(*given[0]) if given else ()
    return Source(strokes, glyphs), weights


def read_picked(image: Ink) -> tuple[Glyph, ...]:
    """The image that was opened from another page, shown."""
    shown = Image.fromarray((255 * image).round().astype("uint8"))
    name = st.session_state.get("picked_from", "the test image from Mistakes")
    show_instead(name, shown)
    return (Glyph(image, (0, 0, *image.shape), 0),)


def picture_key() -> str:
    """Of the uploader: another one empties it."""
    return f"picture_{st.session_state.get('picture_version', 0)}"


def pasted() -> IO[bytes] | None:
    """The picture that was pasted last, until the canvas is asked back."""
    component("paste")(key="paste", on_pasted_change=lambda: dismiss("picked", "uploaded"), height=0)
    state = (st.session_state.get("paste") or {}).get("pasted")
    if not state or state["number"] == st.session_state.get("paste_dismissed"):
        return None
    return io.BytesIO(base64.b64decode(state["content"]))


def read_picture(name: str, content: IO[bytes]) -> tuple[Glyph, ...]:
    """The digits of a picture, with the picture shown; none, with a sentence, if it cannot be read."""
    try:
        picture = open_picture(content, name)
        glyphs = tuple(segment_image(picture))
    except OCRError as error:
        st.error(f"{error} Your drawing is still here.")
        return ()
    show_instead(name, picture.convert("RGB"), glyphs)
    return glyphs


def show_instead(name: str, image: Image.Image, glyphs: tuple[Glyph, ...] = ()) -> None:
    """Shows what is read instead of the canvas, with a button that brings the canvas back."""
    st.caption(f"Reading **{name}**")
    show_picture(image, glyphs)
    if st.button("Back to the canvas", key="back"):
        dismiss("picked", "pasted", "uploaded")
        st.rerun()


def dismiss(*kinds: str) -> None:
    """Forgets the pictures that came so: a new one takes the place of those that came before."""
    state = st.session_state
    if "picked" in kinds:
        state.pop("picked_image", None)
        state.pop("picked_from", None)
    if "pasted" in kinds:
        state.paste_dismissed = ((state.get("paste") or {}).get("pasted") or {}).get("number")
    if "uploaded" in kinds:
        state.picture_version = state.get("picture_version", 0) + 1


def show_picture(image: Image.Image, glyphs: tuple[Glyph, ...]) -> None:
    """The picture with a numbered box around each digit."""
    width, height = image.size
    small = image.copy()
    small.thumbnail((PREVIEW, PREVIEW))
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    boxes = "".join(
        f'<span style="left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;'
        f'width:{100 * (right - left) / width:.2f}%;height:{100 * (bottom - top) / height:.2f}%">{number}</span>'
        for number, (left, top, right, bottom) in enumerate((glyph.box for glyph in glyphs), 1)
    )
    encoded = base64.b64encode(buffer.getvalue()).decode()
    pixelated = "image-rendering:pixelated;" if max(width, height) < 100 else ""
    st.html(
        "<style>.picture { position: relative; width: 280px; } .picture img { display: block; width: 100%; }"
        ".picture span { position: absolute; border: 2px solid var(--st-primary-color, #1f6f5c); font-size: 0.7rem;"
        "line-height: 1; color: #fff; text-shadow: 0 0 3px #000, 0 0 3px #000; }</style>"
        f'<div class="picture"><img style="{pixelated}" alt="The picture that is read, {len(glyphs)} digits boxed" '
        f'src="data:image/png;base64,{encoded}">{boxes}</div>'
    )
