"""The confusion matrix as a table to press, drawn by `pages/ui/elements/confusion.js`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict

from numpy.typing import NDArray

from pages.ui.elements.base import component
from pages.ui.session import told


class ConfusionData(TypedDict):
    """What the script is told, which describes it too."""

    names: list[str]
    counts: list[list[int]]
    chosen: list[int]
    caption: str
    shares: bool


def show_confusion(
    counts: NDArray,
    names: Sequence[str],
    *,
    key: str,
    chosen: tuple[int | None, int | None],
    caption: str,
    on_press: Callable[[int | None, int | None], None],
    shares: bool = False,
) -> None:
    """Shows counts (true, read) and tells `on_press` which cell was pressed; None stands for a whole row or column.

    With `shares`, each cell shows what percentage of its row it is.
    """

    def pressed() -> None:
        cell = told(key, "cell")
        if cell:
            on_press(*(None if at < 0 else at for at in cell))

    data: ConfusionData = {
        "names": list(names),
        "counts": counts.tolist(),
        "chosen": [-1 if at is None else at for at in chosen],
        "caption": caption,
        "shares": shares,
    }
    component("confusion")(key=key, data=data, on_cell_change=pressed)
