"""Which network a page shows, and how far it had come, in the page's address."""

from __future__ import annotations

import re
from collections.abc import Callable

from ocr import OCRError
from pages.ui.links.parameter import Parameter
from pages.ui.session import SHIPPED, UNTRAINED, Widget
from pages.ui.text.say import quoted
from pages.ui.visitor import visible_run, visible_runs
from pages.ui.weights import weight_names


def network(name: str, chooser: Widget[str]) -> Parameter:
    """Make the parameter of a chooser of weights, which it names as the chooser does."""

    def show(text: str) -> None:
        if text not in weight_names():
            raise OCRError(
                f"There is no network {quoted(text)} here: it was renamed or deleted, or is somebody else's."
            )
        chooser.value = text

    return Parameter(name, lambda: "" if chooser.value == chooser.default else chooser.value, show)


def snapshot(name: str, of: Callable[[], str], moment: Callable[[str], Widget[int | None]]) -> Parameter:
    """Make the parameter of how far a network had come.

    Args:
        name: Of the parameter.
        of: Gives the network's name.
        moment: Gives the widget that chooses, by that name.
    """

    def write() -> str:
        run = of()
        at = moment(run).value if is_run(run) else None
        return "" if at is None else str(at)

    def show(text: str) -> None:
        run = of()
        if not is_run(run):
            return  # what is wrong with that has been said
        known = visible_run(run).snapshots()
        if not re.fullmatch(r"\d{1,9}", text) or int(text) not in known:
            raise OCRError(f"{run} has no snapshot at iteration {quoted(text)}. It is shown as it is now.")
        moment(run).value = int(text)

    return Parameter(name, write, show)


def is_run(name: str) -> bool:
    """Say whether a name is that of a run which this visitor may see."""
    return name not in ("", SHIPPED, UNTRAINED) and name in (run.name for run in visible_runs())
