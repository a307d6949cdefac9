"""An image in which the learner presses a place, drawn by `pages/ui/elements/spot.js`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from pages.ui.elements.base import component
from pages.ui.elements.maps import encode
from pages.ui.session import told


class SpotData(TypedDict):
    """What the script is told, which describes it too."""

    values: str
    height: int
    width: int
    largest: int
    boxes: list[list[int]]
    chosen: list[int] | None
    size: int
    caption: str
    description: str
    open: bool


def show_spot(
    image: NDArray[np.float32],
    *,
    key: str,
    description: str,
    caption: str,
    on_choose: Callable[[int, int], None] | None,
    chosen: tuple[int, int] | None = None,
    boxes: Sequence[tuple[int, int, int, int]] = (),
    size: int = 1,
    largest: int = 10,
) -> None:
    """Show an image of ink to press a place in.

    Args:
        image: (H, W), values >= 0.
        key: The element's.
        description: The text alternative.
        caption: What stands below while nothing is pointed at.
        on_choose: Is told the row and column; None leaves nothing to choose.
        chosen: The row and column that were chosen before.
        boxes: What is outlined: row, column, height and width.
        size: The side of the square around the place that is pointed at, in pixels of the image.
        largest: Pixels on the screen for one of the image, at most.
    """

    def pressed() -> None:
        place = told(key, "chosen")
        if on_choose and place is not None:
            on_choose(int(place[0]), int(place[1]))

    data: SpotData = {
        "values": encode(image),
        "height": image.shape[0],
        "width": image.shape[1],
        "largest": largest,
        "boxes": [list(map(int, box)) for box in boxes],
        "chosen": list(chosen) if chosen else None,
        "size": size,
        "caption": caption,
        "description": description,
        "open": on_choose is not None,
    }
    component("spot")(key=key, data=data, on_chosen_change=pressed)
