"""The images behind a cell of a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr import CLASS_NAMES, Evaluation, Split
from pages.ui.elements.gallery import show_gallery
from pages.ui.navigation import open_in_lens
from pages.ui.text.numbers import percent


def show_behind(
    evaluation: Evaluation,
    split: Split,
    positions: NDArray[np.integer],
    *,
    key: str,
    origin: str,
    name: str,
    compact: bool = False,
    names: Sequence[str] | None = None,
) -> None:
    """Show images with what they were read as; a press opens one on Draw, where who read it reads it again.

    Args:
        evaluation: How the images of the split were read.
        split: The images.
        positions: (N,), which of them.
        key: The gallery's key.
        origin: Where an image is from, as Draw says it.
        name: Of the weights that read them.
        compact: Whether the images are small, as many beside each other as there is room for.
        names: What each image of the split is called; None numbers them.
    """
    confidence = evaluation.probabilities.max(1)
    opened = show_gallery(
        split.ink(positions),
        [f"{CLASS_NAMES[split.labels[i]]} read as {CLASS_NAMES[evaluation.predictions[i]]}" for i in positions],
        [f"{percent(confidence[i])} sure · {names[i] if names else f'image {i + 1:,}'}" for i in positions],
        key=key,
        action="Open on Draw",
        compact=compact,
    )
    if opened is not None and opened < len(positions):
        open_in_lens(split, positions[opened], origin, name)
