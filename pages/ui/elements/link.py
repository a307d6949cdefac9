"""Two buttons for the link of what a page shows, to copy it and to project it, drawn by `pages/ui/elements/link.js`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict, cast

from pages.ui.elements.base import component
from pages.ui.session import told


class Request(TypedDict):
    """What the script asks for."""

    number: int  # of the request, so that its answer is known
    page: str  # the page's own address, without what follows its path: only the browser knows it behind a proxy
    code: bool  # whether the QR code is wanted too
    show: list[str] | None  # the parts of the page that the link is to show; None as the address says


class LinkData(TypedDict):
    """What the script is told, which describes it too."""

    number: int
    link: str
    code: str
    hint: str
    problem: str
    strokes: str
    parts: list[str]
    shown: list[str]


def show_link(answer: Callable[[Request], LinkData], *, key: str) -> None:
    """Shows the buttons, and answers what one of them asked just now."""
    request = cast("Request | None", told(key, "asked"))
    data = answer(request) if request else None
    component("link")(key=key, data=data, on_asked_change=lambda: None, width="content")
