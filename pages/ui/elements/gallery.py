"""Images with words below them, to press, drawn by `pages/ui/elements/gallery.js`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from pages.ui.elements.base import component
from pages.ui.elements.maps import encode


class GalleryData(TypedDict):
    """What the script is told, which describes it too."""

    values: str
    height: int
    width: int
    titles: list[str]
    notes: list[str]
    action: str
    compact: bool
    chosen: int | None


def show_gallery(
    images: NDArray[np.float32],
    titles: Sequence[str],
    notes: Sequence[str],
    *,
    key: str,
    action: str,
    compact: bool = False,
    chosen: int | None = None,
) -> int | None:
    """Shows images (N, H, W) of 0..1 and returns which one was pressed just now; `action` says what a press does.

    A `compact` gallery has small images, as many beside each other as there is room for; `chosen` is outlined.
    """
    _, height, width = images.shape
    data: GalleryData = {
        "values": encode(images),
        "height": height,
        "width": width,
        "titles": list(titles),
        "notes": list(notes),
        "action": action,
        "compact": compact,
        "chosen": chosen,
    }
    pressed = component("gallery")(key=key, data=data, on_opened_change=lambda: None).opened
    return None if pressed is None else int(pressed)
