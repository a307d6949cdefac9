"""What Draw reads: the canvas, or a picture that was uploaded, pasted, or opened from another page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

import streamlit as st
from PIL import Image

from ocr import Checkpoint, OCRError, predict
from ocr.ink.arrange import Box
from ocr.ink.picture_file import open_picture
from ocr.ink.segment import Glyph, segment_image
from pages.ui.draw.canvas import SIZE, Strokes, clear, drawing_canvas, note_change, replace_strokes
from pages.ui.draw.pen import undo, with_live_stroke
from pages.ui.draw.samples import show_samples
from pages.ui.elements.base import component
from pages.ui.elements.maps import show_image
from pages.ui.text.say import literally, say_error
from pages.ui.weights import choose_view, choose_weights

UPLOADS = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
KINDS = ("picked", "pasted", "uploaded")  # how a picture came
PREVIEW = 560  # pixels of the longer side of the picture that is shown back


@dataclass(frozen=True)
class Source:
    """Either strokes on the canvas, or the glyphs of a picture."""

    strokes: Strokes
    glyphs: tuple[Glyph, ...] = ()


@dataclass(frozen=True)
class Picture:
    """What is read instead of the canvas; without `image` it is the one glyph's, as the network sees it."""

    name: str
    glyphs: tuple[Glyph, ...]
    image: Image.Image | None = None


def choose_source() -> tuple[Source, Checkpoint]:
    """The canvas with its tools, or in its place a picture that is to be read; and the weights to read with."""
    st.session_state.source_changed = False
    shown = st.container(gap="xsmall")
    with st.container(horizontal=True, gap="xsmall", key="tools"):
        tools = st.container(horizontal=True, gap="xsmall", width="content")
        with st.popover("Picture"):
            file = st.file_uploader(
                "A photo or scan of digits, up to 10 MB. Or paste one with Ctrl-V.",
                UPLOADS,
                key=picture_key(),
                on_change=dismiss,
                args=("picked", "pasted"),
            )
        with st.popover("More"):
            weights = choose_weights("draw_weights")
            choose_view()
            st.slider("Stroke width", 6, 36, 16, key="stroke_width", help="Only how it looks: the ink is evened out.")
    show_samples(put_sample)
    picture = find_picture(file)
    with shown:
        if picture:
            show_picture(picture, weights)
            strokes = kept_drawing()
        else:
            strokes = show_canvas()
    with tools:
        if picture:
            st.button("Back to canvas", on_click=dismiss, args=KINDS, key="back")
        else:
            st.button("Undo", on_click=undo, disabled=not strokes, key="undo")
            st.button("Clear", on_click=clear, disabled=not strokes, key="clear")
    return Source(strokes, picture.glyphs if picture else ()), weights


def show_canvas() -> Strokes:
    """The canvas, and what is on it."""
    with st.container(key="canvas"):
        return drawing_canvas(st.session_state.get("stroke_width", 16))


def kept_drawing() -> Strokes:
    """What the canvas will show when it comes back, its last stroke too, of which it may not have told yet."""
    st.session_state.strokes = with_live_stroke(st.session_state.get("strokes", []))
    return st.session_state.strokes


def put_sample(strokes: Strokes) -> None:
    """Puts a sample on the canvas, which comes back for it."""
    dismiss(*KINDS)
    replace_strokes(strokes)


def find_picture(file: IO[bytes] | None) -> Picture | None:
    """The picture that was given last; none, with a sentence, if it cannot be read."""
    state = st.session_state
    pictures = (("the pasted picture", pasted()), (getattr(file, "name", ""), file))
    if "picked_image" in state:
        image = state.picked_image
        name = state.picked_from
        return Picture(name, (Glyph(image, (0, 0, *image.shape), 0),))
    given = [(name, content) for name, content in pictures if content is not None]
    return read_picture(*given[0]) if given else None


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


def read_picture(name: str, content: IO[bytes]) -> Picture | None:
    """The digits of a picture; none, with a sentence, if it cannot be read."""
    try:
        image = open_picture(content, name)
        return Picture(name, segment_image(image).glyphs, image.convert("RGB"))
    except OCRError as error:
        say_error(f"{error} Your drawing is still here.")
        return None


def dismiss(*kinds: str) -> None:
    """Forgets the pictures that came so: a new one takes the place of those that came before."""
    note_change()
    state = st.session_state
    state.pop("chosen_digit", None)
    if "picked" in kinds:
        state.pop("picked_image", None)
        state.pop("picked_from", None)
    if "pasted" in kinds:
        state.paste_dismissed = ((state.get("paste") or {}).get("pasted") or {}).get("number")
    if "uploaded" in kinds:
        state.picture_version = state.get("picture_version", 0) + 1


def show_picture(picture: Picture, weights: Checkpoint) -> None:
    """What is read, where the canvas was and as large."""
    with st.container(key="picture", gap=None):
        if picture.image is None:
            [glyph] = picture.glyphs
            show_image(glyph.image, key="opened", limit=1.0, largest=10, description=f"Read is {picture.name}.")
        else:
            readings = predict(weights, [glyph.image for glyph in picture.glyphs])
            doubts = [not reading.familiar for reading in readings]
            show_boxed(picture.image, [glyph.box for glyph in picture.glyphs], doubts)
        st.caption(f"Reading **{literally(picture.name)}**")


def show_boxed(image: Image.Image, boxes: Sequence[Box], doubts: Sequence[bool]) -> None:
    """A picture with a numbered box around each digit, dashed around what does not look like one."""
    width, height = image.size
    shrink = SIZE / max(width, height)
    small = image.copy()
    small.thumbnail((PREVIEW, PREVIEW))
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    spans = "".join(
        f'<span{" class=doubt" if doubt else ""} style="left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;'
        f'width:{100 * (right - left) / width:.2f}%;height:{100 * (bottom - top) / height:.2f}%"><b>{number}</b></span>'
        for number, ((left, top, right, bottom), doubt) in enumerate(zip(boxes, doubts, strict=True), 1)
    )
    encoded = base64.b64encode(buffer.getvalue()).decode()
    pixelated = "image-rendering:pixelated;" if max(width, height) < 100 else ""
    st.html(
        f'<div class="frame"><div class="picture" style="width:{shrink * width:.0f}px;height:{shrink * height:.0f}px">'
        f'<img style="{pixelated}" alt="The picture that is read, {len(boxes)} digits boxed" '
        f'src="data:image/png;base64,{encoded}">{spans}</div></div>'
    )
