"""What a view shows, to take away: its figures as PNG or SVG, its tables as CSV, and the Python that makes them.

with take_away("robustness"):
    offer_chart("Accuracy as noise grows", "robustness_noise", "noise")
    offer_csv("The figures", "robustness.csv", head, rows)
    show_python(network_code(name), "from ocr import evaluate, load_data", "evaluate(checkpoint.model, …)")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr.inspection.picture_files import grid_png, grid_svg
from pages.ui.elements.save import show_save
from pages.ui.session import SHIPPED, UNTRAINED
from pages.ui.text.table import offer_csv


@contextmanager
def take_away(view: str) -> Iterator[None]:
    """Offer what is called inside, one below the other, behind a button.

    Args:
        view: Names the view among those of the page.
    """
    with st.popover("Take it away", icon=":material/download:", key=f"take_{view}"):
        yield


def offer_chart(label: str, chart: str, file: str) -> None:
    """Offer a Plotly chart of the page as PNG and SVG.

    Args:
        label: What the chart shows.
        chart: The chart's key.
        file: The files' name, without the ending.
    """
    show_save(label, chart, file)


def offer_images(
    label: str,
    file: str,
    images: NDArray[np.float32],
    names: Sequence[str],
    *,
    signed: bool = False,
    limit: float | None = None,
    columns: int | None = None,
) -> None:
    """Offer a grid of small images as PNG and SVG, and its values as CSV.

    Args:
        label: What the images show.
        file: The files' name, without the ending.
        images: (N, H, W), as `show_maps` is given them; so are `signed`, `limit` and `columns`.
        names: What each is called, (N,).
        signed: Whether the values have a sign.
        limit: The value at the end of the scale; None gives each image its own.
        columns: How many in a row.
    """
    st.markdown(label)
    with st.container(horizontal=True, gap="small"):
        for make, ending, mime in ((grid_png, "png", "image/png"), (grid_svg, "svg", "image/svg+xml")):
            drawn = partial(make, images, signed=signed, limit=limit, columns=columns)
            name = f"{file}.{ending}"
            st.download_button(ending.upper(), drawn, name, mime, on_click="ignore", key=f"save {name}")
        head = ["image", "row", *(f"column {i + 1}" for i in range(images.shape[2]))]
        offer_csv("CSV", f"{file}.csv", head, _Values(images, names))


def show_python(*lines: str) -> None:
    """Show the lines that compute in Python what the view shows; a test runs those of every view.

    Args:
        lines: Of code, or several lines each. What the last one assigns is what the view shows.
    """
    st.markdown("**The Python that makes this**, in the project's folder")
    st.code("\n".join(lines), language=None, wrap_lines=True)  # the colours of a language would be too pale


def network_code(name: str, snapshot: int | None = None) -> str:
    """Write the Python that loads a network as `checkpoint`, with the imports that it needs.

    Args:
        name: As choosers of weights say it.
        snapshot: Of a run, the iteration whose weights are meant; None for its newest.
    """
    if name == UNTRAINED:
        return (
            "from ocr import Checkpoint, CNNConfig\nfrom ocr.network.models import build_model\n"
            "checkpoint = Checkpoint(build_model(CNNConfig(), seed=0).eval())"
        )
    file = "" if snapshot is None else f"/snapshots/{snapshot:07d}.safetensors"
    path = "" if name == SHIPPED else f'"runs/{name}{file}"'
    return f"from ocr import load_checkpoint\ncheckpoint = load_checkpoint({path})"


class _Values:
    """The values of images, a line for each row of each, written only when they are asked for."""

    def __init__(self, images: NDArray[np.float32], names: Sequence[str]) -> None:
        self.images, self.names = images, names

    def __iter__(self) -> Iterator[list[str]]:
        for name, image in zip(self.names, self.images, strict=True):
            for row, line in enumerate(image):
                yield [name, f"{row + 1}", *(f"{value:.7g}" for value in line)]
