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

    `probabilities` float32 (10,) sum to 1; `confidence` is the largest. `familiarity`, 0..1, says whether the ink
    looks like a digit at all; `familiar`, that it does.
    """

    probabilities: NDArray[np.float32]
    familiarity: float

    @property
    def digit(self) -> int:
        return int(self.probabilities.argmax())

    @property
    def familiar(self) -> bool:
        return self.familiarity >= FAMILIAR

    @property
    def confidence(self) -> float:
        return float(self.probabilities.max())


def predict(checkpoint: Checkpoint, images: list[Ink]) -> list[Prediction]:
    """Reads each image, float32 (28, 28) of 0..1 as `ocr.ink.image` makes it, as one digit."""
    if not images:
        return []
    inputs = torch.from_numpy(np.stack(images).astype(np.float32)).unsqueeze(1)  # (N, 1, 28, 28)
    logits = compute_logits(checkpoint.model, inputs)
    probabilities = F.softmax(logits / temperature(checkpoint), 1).numpy()
    familiar = familiarity(checkpoint, inputs).tolist()
    return [Prediction(*both) for both in zip(probabilities, familiar, strict=True)]
