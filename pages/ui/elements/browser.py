"""The browser's id in a cookie, by which the server tells it from others; see `pages/ui/visitor.py`."""

from __future__ import annotations

from typing import TypedDict

from pages.ui.elements.base import component


class BrowserData(TypedDict):
    """What the script is told, which describes it too."""

    id: str
    cookie: str


def give_id(identity: str, cookie: str) -> None:
    """Give the browser this id, unless it has one: that it tells, see `session.told_browser`."""
    data: BrowserData = {"id": identity, "cookie": cookie}
    component("browser")(key="browser", data=data, on_id_change=lambda: None, height=0)
