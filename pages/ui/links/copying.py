"""«Copy link» and «QR code», in the frame of every page: the link shows what is seen at the moment of the press."""

from __future__ import annotations

from urllib.parse import quote

import segno
import streamlit as st

from ocr import OCRError
from ocr.ink.stroke_text import LONGEST, write_line
from ocr.palette import LIGHT
from pages.ui import session
from pages.ui.elements.link import LinkData, Request, show_link
from pages.ui.links.host import for_others
from pages.ui.links.parameters import PARAMETERS
from pages.ui.links.parts import asked_parts, parts_of

ROOM = LONGEST - 120  # the rest is for the parts that are to be shown alone
PICTURE = "A picture does not go into a link: this one opens Draw without it."
TOO_LONG = (
    f"The drawing does not fit into a link of {LONGEST:,} characters, so this one opens Draw without it. "
    "Download the drawing and pass the file on: it opens on Draw by «Picture»."
)


@st.fragment
def offer_link(file: str) -> None:
    """Show the two buttons of a page; what they ask for is found out when one is pressed."""
    show_link(lambda request: answer(file, request), key="link")


def answer(file: str, request: Request) -> LinkData:
    """Give the link of what a page shows.

    Args:
        file: Of the page.
        request: What the browser asks for.
    """
    page, hint = for_others(request["page"])
    facts, problem, strokes = _facts(file, len(page))
    shown = asked_parts() if request["show"] is None else request["show"]
    parts = parts_of(file)
    if shown := [name for name in parts if name in shown]:
        facts["show"] = ",".join(shown)
    link = page + ("?" if facts else "") + "&".join(f"{name}={quote(text, safe=',')}" for name, text in facts.items())
    return {
        "number": request["number"],
        "link": link,
        "code": code_of(link) if request["code"] else "",
        "hint": hint,
        "problem": problem,
        "strokes": strokes,
        "parts": parts,
        "shown": shown,
    }


def code_of(link: str) -> str:
    """Draw a link as a QR code.

    Args:
        link: The whole address.

    Returns:
        An SVG, dark on light with the free margin that readers need, which fits itself into its place.
    """
    return segno.make_qr(link, error="l").svg_inline(dark=LIGHT.ink, light=LIGHT.ground, border=4, omitsize=True)


def _facts(file: str, taken: int) -> tuple[dict[str, str], str, str]:
    """Give what a link says, what it cannot say, and in place of that the line of a stroke file."""
    facts, drawing = {}, session.drawing()
    problem = PICTURE if file == "pages/draw.py" and drawing.picture and not drawing.picture.place else ""
    for parameter in PARAMETERS.get(file, ()):
        try:
            if text := parameter.write():
                facts[parameter.name] = text
        except OCRError as error:
            problem = str(error)
    length = taken + sum(len(name) + len(quote(text)) + 2 for name, text in facts.items())
    if length <= ROOM or "drawing" not in facts:
        return facts, problem, ""
    facts = {name: text for name, text in facts.items() if name not in ("drawing", "digit")}
    return facts, TOO_LONG, write_line(drawing.all_strokes, "drawing")
