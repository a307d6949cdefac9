"""Reading digits: from images made by `ocr.ink.image` to digits with a confidence that can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ocr.network.checkpoint import Checkpoint, temperature
from ocr.network.models import compute_logits
from ocr.reading.familiarity import FAMILIAR, familiarity

if TYPE_CHECKING:  # SciPy and Pillow are not needed to read an image that is there
    from ocr.ink.strokes import Ink


@dataclass(frozen=True)
class Prediction:
    """What the network says of one image.

    Attributes:
        probabilities: float32 (10,), they sum to 1.
        familiarity: 0..1, how much the ink looks like a digit at all.
    """

    probabilities: NDArray[np.float32]
    familiarity: float

    @property
    def digit(self) -> int:
        """Give the most probable digit."""
        return int(self.probabilities.argmax())

    @property
    def familiar(self) -> bool:
        """Tell whether the ink looks like a digit at all."""
        return self.familiarity >= FAMILIAR

    @property
    def confidence(self) -> float:
        """Give the probability of the digit, 0..1."""
        return float(self.probabilities.max())


def predict(checkpoint: Checkpoint, images: list[Ink]) -> list[Prediction]:
    """Read each image as one digit.

    Args:
        checkpoint: The network.
        images: float32 (28, 28) of 0..1 each, as `ocr.ink` makes them.

    Returns:
        One prediction for each, in their order.

    Raises:
        OCRError: What the checkpoint brings for familiarity does not fit.
    """
    if not images:
        return []
    inputs = torch.from_numpy(np.stack(images).astype(np.float32)).unsqueeze(1)  # (N, 1, 28, 28)
    logits = compute_logits(checkpoint.model, inputs)
    probabilities = F.softmax(logits / temperature(checkpoint), 1).numpy()
    familiar = familiarity(checkpoint, inputs).tolist()
    return [Prediction(*both) for both in zip(probabilities, familiar, strict=True)]
