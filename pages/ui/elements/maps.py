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
    labels: list[str]
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
    labels: Sequence[str] | None = None,
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
    """Show images in a grid, the first at the top left.

    Args:
        images: (N, H, W).
        key: The element's.
        description: The text alternative.
        names: What each image is called when pointed at.
        labels: What stands above each; None numbers several from 1 on.
        signed: Whether values are red above 0 and blue below; others are ink on the ground.
        limit: The end of the one scale of all, negative on the other side; None gives each its own, which ends at its
            largest value.
        columns: How many images stand beside each other; None makes a square of them.
        largest: Pixels on the screen for one of an image, at most.
        caption: What stands below while nothing is pointed at, with {low} and {high} for the ends of the values.
        legend: Whether the scale is shown.
        numbers: Whether each value is written into its pixel.
        under: (H, W) of 0..1, faintly beneath each image.
        boxes: What is outlined: image, row, column, height, width; image -1 stands for all.
        pickable: Whether `picked` says which pixel is pointed at.
        on_press: Is told which image was clicked, or chosen by Enter.
        follows: What is shown of a stroke while it is drawn, see `follow.js`: the image that the page reads (0), or the
            maps of a layer (from 1).
        redrawn: The name of the sliders whose picture it shows while they move, see `show_redrawn`.
        heard: Version and step of the drawing that the images are of.
        echo: When the pixel was pointed at that the `boxes` are of.
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
        "labels": labels_of(count) if labels is None else list(labels),
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
    """Show one image (H, W) of ink, without a legend; see `show_maps`."""
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


def labels_of(count: int) -> list[str]:
    """Number images from 1 on; a single one needs no number."""
    return [f"{number}" for number in range(1, count + 1)] if count > 1 else []


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
