"""Pictures: uploaded or pasted, read once, and shown where the canvas was."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from PIL import Image

from ocr import Checkpoint, OCRError, predict_glyphs
from ocr.ink.canvas import SIZE
from ocr.ink.picture import segment_image
from ocr.ink.picture_file import adjusted, frame_of, frames_of, full_size, open_picture, shown
from ocr.ink.segment import Segmentation
from ocr.ink.stroke_text import read_first_line
from ocr.ink.view import View
from ocr.reading.broken import join_broken
from ocr.reading.underlined import without_underlines
from pages.ui import session
from pages.ui.drawing import Picture
from pages.ui.elements.base import component
from pages.ui.elements.maps import show_image
from pages.ui.elements.mark import show_mark
from pages.ui.text.say import literally, say_error

UNSAID = ("a speck", "a ruled line", "along the edge of the picture")
WHAT_A_PART_IS = "Mark the paper, or some digits on it: nothing else is read."
PREVIEW = 560  # pixels of the longer side of the picture that is shown back


def choose_picture() -> None:
    """Show the uploader of pictures."""
    st.file_uploader(
        "A photo or scan of digits, up to 10 MB. Or paste one with Ctrl-V. A file of strokes (.jsonl) is drawn.",
        key=session.picture_upload(session.drawing().uploads).key,
        on_change=_take_uploaded,
        max_upload_size=10,
    )


def listen_for_paste() -> None:
    """Listen for a picture that is pasted anywhere on the page."""
    component("paste")(key="paste", on_pasted_change=_take_pasted, height=0)


def say_refusal() -> None:
    """Say why the picture that was given last cannot be read, as long as it lies there."""
    drawing = session.drawing()
    if drawing.refusal and (session.pasted() or session.picture_upload(drawing.uploads).value):
        say_error(drawing.refusal)


def read_picture(
    name: str,
    content: bytes,
    view: View = View(),  # noqa: B008  # it is frozen
    opened: Image.Image | None = None,
) -> Picture:
    """Find the digits of a picture, which is decoded unless it is `opened` already.

    Raises:
        OCRError: It is no picture, or there are no digits to find on it.
    """
    opened = opened or open_picture(io.BytesIO(content), name, view.frame)
    image = adjusted(opened, view.turns, view.inverted, view.part)
    png = io.BytesIO()
    shown(image, PREVIEW).save(png, "PNG")
    found = segment_image(image, view.single, all_paper=view.part is not None)
    segmentation = join_broken(without_underlines(found))
    view = replace(view, frame=frame_of(opened))
    return Picture(name, segmentation, png.getvalue(), full_size(image), content, frames_of(opened), view, opened)


def _take_uploaded() -> None:
    file = session.picture_upload(session.drawing().uploads).value
    if file is None:
        session.drawing().give(None, uploaded=True)
    elif file.name.lower().endswith(".jsonl"):
        _take_strokes(file.name, file.getvalue())
    else:
        _take(file.name, file.getvalue(), uploaded=True)


def _take_strokes(name: str, content: bytes) -> None:
    """Put the first drawing of a stroke file on the canvas."""
    try:
        session.drawing().put(read_first_line(content, name))
    except OCRError as error:
        session.drawing().give(None, f"{error} Your drawing is still here.", uploaded=True)


def _take_pasted() -> None:
    if pasted := session.pasted():
        _take("the pasted picture", base64.b64decode(pasted["content"]), uploaded=False)


def _take(name: str, content: bytes, uploaded: bool) -> None:
    try:
        session.drawing().give(read_picture(name, content), uploaded=uploaded)
    except OCRError as error:
        session.drawing().give(None, f"{error} Your drawing is still here.", uploaded=uploaded)


def _look_again(picture: Picture, view: View) -> None:
    """Read a picture in another way; where that finds nothing, the way before stays."""
    drawing = session.drawing()
    opened = picture.opened if view.frame == picture.view.frame else None
    try:
        drawing.look_again(read_picture(picture.name, picture.content, view, opened))
    except OCRError as error:
        drawing.refusal = f"{error} It is read as before."


def show_picture(picture: Picture, weights: Checkpoint) -> None:
    """Show what is read, where the canvas was and as large; and what can be set right."""
    with st.container(key="picture", gap=None):
        if not picture.preview:
            [glyph] = picture.segmentation.glyphs
            show_image(glyph.image, key="opened", limit=1.0, largest=10, description=f"Read is {picture.name}.")
            st.caption(f"Reading **{literally(picture.name)}**")
            return
        if session.drawing().marking:
            _show_marking(picture)
            return
        predictions = predict_glyphs(weights, picture.segmentation.glyphs)
        _show_boxed(picture, [not prediction.familiar for prediction in predictions])
        told = say_left_out(picture.segmentation)
        st.caption(f"Reading **{literally(picture.name)}**{f'. {told}' if told else ''}")
    _show_corrections(picture)


def say_left_out(segmentation: Segmentation) -> str:
    """Say what is no digit, by kind; the specks of a photo are nobody's news."""
    reasons = Counter(piece.reason for piece in segmentation.left_out if piece.reason not in UNSAID)
    told = [reason if count == 1 else f"{reason} ({count} times)" for reason, count in reasons.items()]
    return f"Left out: {', '.join(told)}." if told else ""


def _show_corrections(picture: Picture) -> None:
    """Show buttons that turn it, read a part, invert it, or read it as one digit, and a chooser of its frames."""
    view = picture.view
    changes = {
        "Turn": replace(view, turns=(view.turns + 1) % 4),
        "Invert": replace(view, inverted=not view.inverted),
        "Several digits" if view.single else "One digit": replace(view, single=not view.single),
    }
    with st.container(horizontal=True, gap="xsmall", key="corrections"):
        for label, change in changes.items():
            key = f"correct_{label.split()[0].lower()}"
            st.button(label, type="tertiary", on_click=_look_again, args=(picture, change), key=key)
        mark = session.drawing().mark
        st.button("Only a part", type="tertiary", on_click=mark, args=(True,), key="correct_part", help=WHAT_A_PART_IS)
        if view.part:
            whole = replace(view, part=None)
            st.button(
                "Whole picture", type="tertiary", on_click=_look_again, args=(picture, whole), key="correct_whole"
            )
    if picture.frames > 1:
        frame = session.picture_frame(session.drawing().uploads)
        frame.value = view.frame or 0
        st.select_slider(
            f"Frame or page, of {picture.frames}",
            range(picture.frames),
            format_func=lambda number: f"{number + 1}",
            key=frame.key,
            on_change=lambda: _look_again(picture, replace(view, frame=frame.value)),
        )


def _show_marking(picture: Picture) -> None:
    """Let a part of the picture be marked, which is then read as if there were nothing else."""
    width, height = picture.size
    shrink = SIZE / max(width, height)

    def take(marked: tuple[float, ...]) -> None:
        _look_again(picture, picture.view.of_part(marked))

    show_mark(_address(picture), shrink * width, shrink * height, key="mark", on_marked=take)
    with st.container(horizontal=True, gap="xsmall", key="corrections"):
        st.caption("Draw a frame around what is to be read. By keyboard: arrows, Shift with arrows, Enter.")
        st.button("Cancel", type="tertiary", on_click=session.drawing().mark, args=(False,), key="correct_cancel")


def _address(picture: Picture) -> str:
    """Give the address of the picture that is shown."""
    return f"data:image/png;base64,{base64.b64encode(picture.preview).decode()}"


def _show_boxed(picture: Picture, doubts: Sequence[bool]) -> None:
    """Show a picture with a numbered box around each digit, dashed around what does not look like one."""
    width, height = picture.size
    boxes = [glyph.box for glyph in picture.segmentation.glyphs]
    shrink = SIZE / max(width, height)
    spans = "".join(
        f'<span{" class=doubt" if doubt else ""} style="left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;'
        f'width:{100 * (right - left) / width:.2f}%;height:{100 * (bottom - top) / height:.2f}%"><b>{number}</b></span>'
        for number, ((left, top, right, bottom), doubt) in enumerate(zip(boxes, doubts, strict=True), 1)
    )
    pixelated = "image-rendering:pixelated;" if max(width, height) < 100 else ""
    st.html(
        f'<div class="frame"><div class="picture" style="width:{shrink * width:.0f}px;height:{shrink * height:.0f}px">'
        f'<img style="{pixelated}" alt="The picture that is read, {len(boxes)} digits boxed" '
        f'src="{_address(picture)}">{spans}</div></div>'
    )
