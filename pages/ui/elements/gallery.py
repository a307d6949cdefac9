"""Images with words below them, to press, drawn by `pages/ui/elements/gallery.js`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pages.ui.elements.base import component
from pages.ui.elements.maps import encode


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
    data = {
        "values": encode(images),
        "height": height,
        "width": width,
        "titles": list(titles),
        "notes": list(notes),
        "action": action,
        "compact": compact,
        "chosen": chosen,
    }
    pressed = component("gallery", "pixel_grid")(key=key, data=data, on_opened_change=lambda: None).opened
    return None if pressed is None else int(pressed)
