"""Pictures: uploaded or pasted, read once, and shown where the canvas was."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import IO

import streamlit as st

from ocr import Checkpoint, OCRError, predict
from ocr.ink.picture_file import open_picture
from ocr.ink.segment import segment_image
from pages.ui import session
from pages.ui.drawing import Picture
from pages.ui.elements.base import component
from pages.ui.elements.maps import show_image
from pages.ui.fabric import SIZE
from pages.ui.text.say import literally, say_error

UPLOADS = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
PREVIEW = 560  # pixels of the longer side of the picture that is shown back


def choose_picture() -> None:
    """Show the uploader of pictures."""
    st.file_uploader(
        "A photo or scan of digits, up to 10 MB. Or paste one with Ctrl-V.",
        UPLOADS,
        key=session.picture_upload(session.drawing().uploads).key,
        on_change=_take_uploaded,
    )


def listen_for_paste() -> None:
    """Listen for a picture that is pasted anywhere on the page."""
    component("paste")(key="paste", on_pasted_change=_take_pasted, height=0)


def say_refusal() -> None:
    """Say why the picture that was given last cannot be read, as long as it lies there."""
    drawing = session.drawing()
    if drawing.refusal and (session.pasted() or session.picture_upload(drawing.uploads).value):
        say_error(drawing.refusal)


def read_picture(name: str, content: IO[bytes]) -> Picture:
    """Find the digits of a picture.

    Raises:
        OCRError: It is no picture, or there are no digits to find on it.
    """
    image = open_picture(content, name)
    glyphs = segment_image(image).glyphs
    preview, png = image.convert("RGB"), io.BytesIO()
    preview.thumbnail((PREVIEW, PREVIEW))
    preview.save(png, "PNG")
    return Picture(name, glyphs, png.getvalue(), image.size)


def _take_uploaded() -> None:
    file = session.picture_upload(session.drawing().uploads).value
    if file is None:
        session.drawing().give(None, uploaded=True)
    else:
        _take(file.name, file, uploaded=True)


def _take_pasted() -> None:
    if pasted := session.pasted():
        _take("the pasted picture", io.BytesIO(base64.b64decode(pasted["content"])), uploaded=False)


def _take(name: str, content: IO[bytes], uploaded: bool) -> None:
    try:
        session.drawing().give(read_picture(name, content), uploaded=uploaded)
    except OCRError as error:
        session.drawing().give(None, f"{error} Your drawing is still here.", uploaded=uploaded)


def show_picture(picture: Picture, weights: Checkpoint) -> None:
    """Show what is read, where the canvas was and as large."""
    with st.container(key="picture", gap=None):
        if picture.preview:
            predictions = predict(weights, [glyph.image for glyph in picture.glyphs])
            _show_boxed(picture, [not prediction.familiar for prediction in predictions])
        else:
            [glyph] = picture.glyphs
            show_image(glyph.image, key="opened", limit=1.0, largest=10, description=f"Read is {picture.name}.")
        st.caption(f"Reading **{literally(picture.name)}**")


def _show_boxed(picture: Picture, doubts: Sequence[bool]) -> None:
    """Show a picture with a numbered box around each digit, dashed around what does not look like one."""
    width, height = picture.size
    boxes = [glyph.box for glyph in picture.glyphs]
    shrink = SIZE / max(width, height)
    spans = "".join(
        f'<span{" class=doubt" if doubt else ""} style="left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;'
        f'width:{100 * (right - left) / width:.2f}%;height:{100 * (bottom - top) / height:.2f}%"><b>{number}</b></span>'
        for number, ((left, top, right, bottom), doubt) in enumerate(zip(boxes, doubts, strict=True), 1)
    )
    encoded = base64.b64encode(picture.preview).decode()
    pixelated = "image-rendering:pixelated;" if max(width, height) < 100 else ""
    st.html(
        f'<div class="frame"><div class="picture" style="width:{shrink * width:.0f}px;height:{shrink * height:.0f}px">'
        f'<img style="{pixelated}" alt="The picture that is read, {len(boxes)} digits boxed" '
        f'src="data:image/png;base64,{encoded}">{spans}</div></div>'
    )
