"""What the browser's tab keeps of a visit, so that a page loaded again, or a server started anew, goes on with it.

What came otherwise, as by a link, counts more: a session that has a drawing takes nothing back.
"""

from __future__ import annotations

from typing import Any

from pages.ui import session
from pages.ui.elements.keep import keep
from pages.ui.weights import weight_names

VIEW: tuple[session.Widget[Any], ...] = (session.ONE_SCALE, session.LARGE_MAPS, session.STROKE_WIDTH)


def keep_drawing() -> None:
    """Keep what is drawn."""
    drawing = session.drawing()
    keep("drawing", drawing.strokes, _is_fresh(), lambda strokes: drawing.tell(0, 0, strokes, again=True), drawn=True)


def keep_view() -> None:
    """Keep whose weights Draw reads with, and how it shows the maps."""
    widgets = {widget.key: widget for widget in (session.DRAW_WEIGHTS, *VIEW)}

    def restore(values: dict[str, Any]) -> None:
        for key, value in values.items():
            if key in widgets and (key != session.DRAW_WEIGHTS.key or value in weight_names()):
                widgets[key].value = value
        session.drawing().note_change()

    untouched = all(widget.value == widget.default for widget in widgets.values())
    keep("view", {key: widget.value for key, widget in widgets.items()}, _is_fresh() and untouched, restore)


def keep_look() -> None:
    """Keep which look deeper is open on Draw."""

    def restore(look: str | None) -> None:
        session.DEEPER.value = look

    keep("look", session.DEEPER.value, _is_fresh() and session.DEEPER.value is None, restore)


def _is_fresh() -> bool:
    drawing = session.drawing()
    return drawing.unknown and not drawing.picture
