"""A value that the browser's tab keeps, by `keep.js`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from pages.ui.elements.base import component
from pages.ui.session import told


class KeepData(TypedDict):
    """What the script is told, which describes it too."""

    name: str
    value: Any
    fresh: bool
    drawn: bool


def keep(name: str, value: Any, fresh: bool, restore: Callable[[Any], None], drawn: bool = False) -> None:
    """Have a value kept, which `restore` is given when a session that knows nothing of it opens in the same tab.

    Args:
        name: by which it is kept.
        value: what there is to keep, as JSON has it.
        fresh: whether this session knows nothing of it yet.
        restore: takes what was kept. It is called before the page runs again.
        drawn: whether the value is the drawing's strokes. The tab then keeps a stroke as soon as it has ended, before
            this session has heard of it.
    """
    key = f"tab_{name}"

    def give() -> None:
        kept = told(key, "kept")
        if kept is not None:
            restore(kept)

    data: KeepData = {"name": name, "value": value, "fresh": fresh, "drawn": drawn}
    component("keep")(key=key, data=data, on_kept_change=give, height=0)
