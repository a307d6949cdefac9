"""The images behind a cell of the confusion matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.evaluate import Evaluation


def behind(evaluation: Evaluation, true: int | None, read: int | None) -> NDArray[np.int64]:
    """Positions in the split of the misread images of a true class, read as a class; None is any of them.

    The most confident mistakes come first. With `true == read` it is the images read right, the least confident first.
    """
    predictions, confidence = evaluation.predictions, evaluation.probabilities.max(1)
    right = true is not None and true == read
    wanted = (predictions == evaluation.labels) == right
    if true is not None:
        wanted &= evaluation.labels == true
    if read is not None:
        wanted &= predictions == read
    positions = np.flatnonzero(wanted)
    order = confidence[positions] if right else -confidence[positions]
    return positions[np.argsort(order, kind="stable")]
