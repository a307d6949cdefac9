"""The set of the user's own digits: look at them, say what they really are, delete, download, upload."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import streamlit as st

from ocr import CLASS_NAMES, OCRError
from ocr.data.stroke_file import UserDigit, to_lines
from ocr.data.user_digits import FILE, add_file, relabel, remove
from pages.ui import session
from pages.ui.cache import images_of, own_set
from pages.ui.elements.gallery import show_gallery
from pages.ui.text.numbers import counted
from pages.ui.text.say import literally
from pages.ui.visitor import owner

AT_ONCE = 40
PROBLEMS_AT_ONCE = 5


def show_set() -> list[UserDigit]:
    """The digits to choose from, the chosen one with what can be done to it, and the ways in and out of the set."""
    digits, problems = own_set().digits, own_set().problems
    success, problem = session.collection().take_messages()
    if success:
        st.success(success)
    if problem:
        st.error(problem)
    if problems:
        lines = counted(len(problems), "line")
        st.warning(f"{lines} of your file cannot be read and stay as they are. {literally(problems[0])}")
    if digits:
        _show_tools(digits)
        _show_digits(digits)
    else:
        _teach()
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="own_tools"):
            if st.button("Draw a digit", type="primary", key="own_draw"):
                st.switch_page("pages/draw.py")
            _show_upload()
    return digits


def open_on_draw(digit: UserDigit) -> None:
    """Puts a drawing on the canvas of Draw and goes there."""
    session.drawing().put(digit.strokes)
    st.switch_page("pages/draw.py")


def describe(digit: UserDigit) -> str:
    """What it was read as, and when it was kept."""
    parts = [said_reading(digit)] if digit.read is not None else []
    with suppress(ValueError):  # an uploaded file may say anything
        parts.append(f"kept on {datetime.fromisoformat(digit.kept):%-d %B %Y}")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def said_reading(digit: UserDigit) -> str:
    """What it was read as when it was kept, in words; empty if that is not known."""
    if digit.read is None:
        return ""
    return "read as ?" if isinstance(digit.read, str) else f"read as {CLASS_NAMES[digit.read]}"


def _teach() -> None:
    st.markdown(
        "No digits of yours are kept yet. This is how they get here:\n\n"
        "1. Draw a digit on **Draw**, the way you write it.\n"
        "2. If it is misread, press **Not right?** below the reading and say what it is. "
        "A digit that is read right can be kept as well.\n"
        "3. Come back: the network is trained further on your digits. You see what it gained and what it forgot.\n\n"
        "Or upload a file of strokes that you downloaded here."
    )


def _show_tools(digits: Sequence[UserDigit]) -> None:
    misread = sum(digit.misread for digit in digits)
    known = any(digit.read is not None for digit in digits)
    said = f"**{counted(len(digits), 'digit')}**" + (f", {misread:,} of them misread when kept" if known else "")
    st.markdown(said)
    with st.container(horizontal=True, gap="xsmall", key="own_tools"):
        st.download_button(
            "Download", to_lines(digits), FILE, "application/jsonl", key="own_download", on_click="ignore"
        )
        _show_upload()
        with st.popover("Delete all", key="own_delete_all"):
            st.write(
                f"Delete {counted(len(digits), 'digit')} for good? Download them first if you may want them again."
            )
            identities = [digit.id for digit in digits]
            st.button("Delete all for good", key="own_delete_all_yes", on_click=_try_delete, args=identities)


def _show_upload() -> None:
    collection = session.collection()
    version = collection.uploads
    with st.popover("Upload", key=f"own_upload_{version}"):
        file = st.file_uploader(
            "Strokes, as downloaded here (.jsonl or .jsonl.gz). They are added to those that are kept.",
            key=f"own_file_{version}",
            max_upload_size=10,
        )
    if file is None:
        return
    collection.uploads += 1  # another uploader is empty, and closed
    try:
        added = add_file(file.getvalue(), file.name, owner())
    except OCRError as error:
        session.collection().error = literally(str(error))
        st.rerun()
    parts = [f"{counted(added.new, 'digit')} added."]
    if added.known:
        parts.append(f"{added.known:,} were here already.")
    if added.disputed:
        parts.append(f"{added.disputed:,} were here as another digit and stay that.")
    collection.success = " ".join(parts)
    if added.problems:
        listed = "\n".join(f"- {literally(problem)}" for problem in added.problems[:PROBLEMS_AT_ONCE])
        more = len(added.problems) - PROBLEMS_AT_ONCE
        rest = f"\n- … and {more:,} more" if more > 0 else ""
        session.collection().error = f"{counted(len(added.problems), 'line')} could not be added:\n{listed}{rest}"
    st.rerun()


def _show_digits(digits: Sequence[UserDigit]) -> None:
    """The newest first, above them the one that was pressed last, or the first."""
    collection = session.collection()
    newest = list(reversed(digits))[: collection.shown or AT_ONCE]
    places = {digit.id: place for place, digit in enumerate(newest)}
    chosen = places.get(collection.chosen, 0)
    _show_chosen(newest[chosen])
    with st.container(key="own_gallery"):
        pressed = show_gallery(
            images_of(newest),
            [CLASS_NAMES[digit.label] for digit in newest],
            [said_reading(digit) for digit in newest],
            key="own_digits",
            action="Choose",
            compact=True,
            chosen=chosen,
        )
    if pressed is not None and pressed < len(newest) and pressed != chosen:
        collection.chosen = newest[pressed].id
        st.rerun()
    if len(newest) < len(digits):
        st.button(f"Show {min(AT_ONCE, len(digits) - len(newest))} more", on_click=_show_more, key="own_more")


def _show_chosen(digit: UserDigit) -> None:
    chooser = session.kept_label(digit.id)
    if chooser.value != digit.label:  # as another window may have said meanwhile
        chooser.value = digit.label

    def change() -> None:
        _try(relabel, digit.id, chooser.value, owner())

    with st.container(key="own_chosen_digit", gap="xsmall"):
        st.segmented_control(
            "The outlined digit is a",
            range(len(CLASS_NAMES)),
            format_func=CLASS_NAMES.__getitem__,
            key=chooser.key,
            on_change=change,
            required=True,
        )
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.caption(describe(digit), width="stretch")
            if st.button("Open on Draw", key="own_open"):
                open_on_draw(digit)
            with st.popover("Delete", key="own_delete"):
                st.write(f"Delete this {CLASS_NAMES[digit.label]} for good?")
                st.button("Delete for good", key="own_delete_yes", on_click=_try_delete, args=(digit.id,))


def _show_more() -> None:
    collection = session.collection()
    collection.shown = (collection.shown or AT_ONCE) + AT_ONCE


def _try_delete(*identities: str) -> None:
    _try(lambda: remove(*identities, owner=owner()))


def _try(action: Callable[..., None], *arguments: object) -> None:
    """Does it; what stands in the way is said on the page."""
    try:
        action(*arguments)
    except OCRError as error:
        session.collection().error = literally(str(error))
