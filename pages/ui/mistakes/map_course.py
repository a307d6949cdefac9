"""How the map of the digits came about over a run's snapshots."""

from __future__ import annotations

import hashlib
from functools import partial

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ocr import CNN, load_checkpoint
from ocr.errors import OCRError
from ocr.inspection.map_course import map_course
from ocr.inspection.map_plots import map_course_figure
from ocr.runs.run import Run
from pages.ui.background import Found, Tell, find_out
from pages.ui.frame import is_dark
from pages.ui.mistakes.image_set import ImageSet
from pages.ui.takeaway import offer_chart, show_python, take_away
from pages.ui.text.numbers import counted

FEWEST_SNAPSHOTS = 3
MOST = 2_000  # images: a browser moves as many at once


def show_course(run: Run, identity: str, images: ImageSet, layer: str, depth: int) -> None:
    """Show the map at each snapshot, with a slider.

    Args:
        run: The run.
        identity: Of its newest weights and of the images.
        images: The images, of which the first are shown.
        layer: The layer's name.
        depth: Which layer it is, from the pixels on.

    Raises:
        OCRError: The run was deleted in this moment.
    """
    snapshots, status = run.snapshots(), run.status()
    if not snapshots:
        raise OCRError(f"There is no run {run.name} any more: it was renamed or deleted.")
    if not status.live and status.iteration > max(snapshots):
        snapshots[status.iteration] = run.checkpoint_path
    ink = images.split.ink(slice(MOST))
    told = f"{identity} {run.name} {list(snapshots)}"
    found = find_out(
        f"course-{depth}",
        hashlib.sha256(told.encode()).hexdigest(),
        partial(_lay_out, [str(path) for path in snapshots.values()], ink, layer),
        about=f"How did the map come about? The first {counted(len(ink), images.noun)} are laid out as each of "
        f"{len(snapshots)} stages of the run saw them. That takes some seconds.",
        label="Lay out",
    )
    if found is None:
        return
    st.caption(
        "Press Play, or move the slider. Each map shows the two main directions of its own network, turned so that as "
        "little moves as possible, and each is equally large."
    )
    with st.container(key="digit_map"):
        st.plotly_chart(
            map_course_figure(found["course"].numpy(), images.split.labels[:MOST], list(snapshots), is_dark()),
            theme=None,
            key="map_course",
            alt=f"Maps of the images at {layer}, at iterations {', '.join(map(str, snapshots))}.",
        )
    with take_away("course"):
        offer_chart("The map that is on show", "map_course", "map")
        show_python(
            images.code,
            "from ocr import load_checkpoint",
            "from ocr.inspection.map_course import map_course",
            "from ocr.runs.folder import find_run",
            f"run = find_run({run.name!r})",
            "paths = [*run.snapshots().values(), run.checkpoint_path]"
            if run.checkpoint_path in snapshots.values()
            else "paths = run.snapshots().values()",
            "models = [load_checkpoint(path).model for path in paths]",
            f'course = map_course(models, split.ink(slice({MOST})), "{layer}")',
        )


def _lay_out(paths: list[str], ink: NDArray[np.float32], layer: str, tell: Tell) -> Found:
    models = [load_checkpoint(path).model for path in paths]
    return {
        "course": torch.from_numpy(map_course([model for model in models if isinstance(model, CNN)], ink, layer, tell))
    }
