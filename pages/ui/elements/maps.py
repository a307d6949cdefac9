"""Grids of small images (feature maps, filters, digits), drawn by `pages/ui/elements/maps.js` on one canvas."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from pages.ui.elements.base import component
from pages.ui.session import told


class MapsData(TypedDict):
    """What the script is told, which describes it too."""

    values: str
    count: int
    height: int
    width: int
    columns: int
    largest: int
    signed: bool
    shared: bool
    range: list[float]
    names: list[str]
    caption: str
    description: str
    legend: bool
    numbers: bool
    under: str | None
    boxes: list[list[int]]
    pickable: bool
    pressable: bool
    echo: int | None
    follows: int | None
    redrawn: str | None
    heard: list[int] | None


def even_columns(count: int, most: int) -> int:
    """As many columns, up to `most`, as leave no ragged row, or eight."""
    return next((columns for columns in range(most, 4, -1) if count % columns == 0), min(count, 8))


def show_maps(
    images: NDArray[np.float32],
    *,
    key: str,
    description: str,
    names: Sequence[str],
    signed: bool = False,
    limit: float | None = None,
    columns: int | None = None,
    largest: int = 24,
    caption: str = "",
    legend: bool = True,
    numbers: bool = False,
    under: NDArray[np.float32] | None = None,
    boxes: Sequence[tuple[int, int, int, int, int]] = (),
    pickable: bool = False,
    on_press: Callable[[int], None] | None = None,
    follows: int | None = None,
    redrawn: str | None = None,
    heard: list[int] | None = None,
    echo: int | None = None,
) -> None:
    """Shows images (N, H, W) in a grid, the first at the top left.

    `signed` values are red above 0 and blue below; others are ink on the ground. All share one scale that ends at
    `limit` (its negative on the other side), or, with None, each has its own, ending at its largest value.
    `largest` bounds the pixels on the screen for one pixel of an image. `description` is the text alternative,
    `names` what each image is called when pointed at, `caption` what stands there before, with {low} and {high} for the
    ends of the values. `numbers` writes each value into its pixel. `under` (H, W) of 0..1 lies faintly beneath each
    image. `boxes` (image, row, column, height, width) are outlined; image -1 stands for all. Which pixel of a
    `pickable` grid is pointed at says `picked`. `on_press` is told which image was clicked, or chosen by Enter.
    While a stroke is drawn, the page shows instead what it `follows`: the image that it reads (0), or the maps of a
    layer (from 1); `heard` are version and step of the drawing that Python's images are of, and
    `redrawn` names the sliders whose picture it shows while they move, see `show_redrawn`;
    `echo` says when the pixel was pointed at that the `boxes` are of. See `follow.js`.
    """

    def pressed() -> None:
        image = told(key, "pressed")
        if on_press and image is not None:
            on_press(int(image))

    count, height, width = images.shape
    data: MapsData = {
        "values": encode(images),
        "count": count,
        "height": height,
        "width": width,
        "columns": columns or int(np.ceil(np.sqrt(count))),
        "largest": largest,
        "signed": signed,
        "shared": limit is not None,
        "range": [-(limit or 0.0), limit or 0.0],
        "names": list(names),
        "caption": caption,
        "description": description,
        "legend": legend,
        "numbers": numbers,
        "under": None if under is None else encode(under),
        "boxes": [list(map(int, box)) for box in boxes],
        "pickable": pickable,
        "pressable": on_press is not None,
        "echo": echo,
        "follows": follows,
        "redrawn": redrawn,
        "heard": heard,
    }
    component("maps")(key=key, data=data, on_picked_change=lambda: None, on_pressed_change=pressed)


def show_image(
    image: NDArray[np.float32],
    *,
    key: str,
    description: str,
    largest: int,
    limit: float | None = None,
    caption: str = "",
    boxes: Sequence[tuple[int, int, int, int, int]] = (),
    follows: int | None = None,
    redrawn: str | None = None,
    heard: list[int] | None = None,
    echo: int | None = None,
) -> None:
    """Shows one image (H, W) of ink, without a legend; see `show_maps`."""
    show_maps(
        image[None],
        key=key,
        description=description,
        names=["Pixel"],
        limit=limit,
        largest=largest,
        caption=caption,
        legend=False,
        boxes=boxes,
        follows=follows,
        redrawn=redrawn,
        heard=heard,
        echo=echo,
    )


def picked(*keys: str) -> tuple[int, str, int, int, int] | None:
    """The pixel pointed at last in any of the grids with these keys: (when, key, image, row, column)."""
    states = {key: state for key in keys if (state := _state(key))}
    if not states:
        return None
    key = max(states, key=lambda name: states[name]["echo"])
    image, row, column = states[key]["at"]
    return states[key]["echo"], key, image, row, column


def encode(values: NDArray[np.float32]) -> str:
    """float32 values for a component, in base64."""
    return base64.b64encode(np.ascontiguousarray(values, np.float32).tobytes()).decode()


def _state(key: str) -> dict:
    return told(key, "picked") or {}
