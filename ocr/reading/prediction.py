"""Reading digits: from images made by `ocr.ink.image` to digits with a confidence that can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ocr.network.checkpoint import Checkpoint, temperature
from ocr.network.models import compute_logits
from ocr.reading.familiarity import FAMILIAR, familiarity

if TYPE_CHECKING:  # SciPy and Pillow are not needed to read an image that is there
    from ocr.ink.segment import Glyph
    from ocr.ink.strokes import Ink

LOOKS_LIKE_ONE = 0.3  # familiarity: strokes that were mended where a line crossed them look a little less like a digit
DRAWN_WITH_LINES = (0, 4, 7)  # a slash, a long bar: without such a line they are the same digit


@dataclass(frozen=True)
class Prediction:
    """What the network says of one image.

    Attributes:
        probabilities: float32 (10,), they sum to 1.
        familiarity: 0..1, how much the ink looks like a digit at all.
        crossed_out: Whether a line strikes out what without it looks like a digit.
    """

    probabilities: NDArray[np.float32]
    familiarity: float
    crossed_out: bool = False

    @property
    def digit(self) -> int:
        """Give the most probable digit."""
        return int(self.probabilities.argmax())

    @property
    def familiar(self) -> bool:
        """Tell whether the ink looks like a digit at all, and like none that is crossed out."""
        return self.familiarity >= FAMILIAR and not self.crossed_out

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


def predict_glyphs(checkpoint: Checkpoint, glyphs: Sequence[Glyph]) -> list[Prediction]:
    """Read what stands for digits on a drawing or a picture, and tell which of it is crossed out.

    Args:
        checkpoint: The network.
        glyphs: As `ocr.ink` finds them.

    Returns:
        One prediction for each, in their order.

    Raises:
        OCRError: What the checkpoint brings for familiarity does not fit.
    """
    predictions = predict(checkpoint, [glyph.image for glyph in glyphs])
    struck = {i: glyph.unstruck for i, glyph in enumerate(glyphs) if glyph.unstruck is not None}
    for i, bare in zip(struck, predict(checkpoint, list(struck.values())), strict=True):
        is_ordinary = bare.digit == predictions[i].digit and bare.digit in DRAWN_WITH_LINES
        crossed_out = bare.familiarity >= LOOKS_LIKE_ONE and not is_ordinary
        predictions[i] = replace(predictions[i], crossed_out=crossed_out)
    return predictions
