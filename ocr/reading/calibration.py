"""How far a confidence can be believed: the temperature that makes it match accuracy.

It softens probabilities (Guo et al. 2017); it is fitted where the network is never trained: on the validation images
and, with less weight, on drawn styles of another seed. It lies in `Checkpoint.extra`, and so in the weights' file.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from ocr.data.split import Data, Split, normalise
from ocr.data.synthetic.digits import CAREFUL, draw_digits
from ocr.network.checkpoint import Checkpoint
from ocr.network.models import compute_logits

DRAWN = 5_000
SEED = 7_919  # of what is drawn to calibrate and to fit familiarity: not the seed of any training
DRAWN_SHARE = 0.1  # of the loss


def calibrate(checkpoint: Checkpoint, data: Data) -> None:
    """Fit the temperature and put it into `checkpoint.extra`; this takes some seconds.

    Args:
        checkpoint: The network, which is changed in place.
        data: Whose validation images are used, and never its test images.
    """
    drawn = draw_digits(DRAWN, SEED, CAREFUL)
    fitted = fit_temperature(checkpoint, {1 - DRAWN_SHARE: data.validation, DRAWN_SHARE: drawn})
    checkpoint.extra["temperature"] = torch.tensor(fitted)


def fit_temperature(checkpoint: Checkpoint, splits: dict[float, Split]) -> float:
    """Find the temperature that makes confidence match accuracy.

    Args:
        checkpoint: The network.
        splits: Images with labels, by their weight in the loss.

    Returns:
        The temperature of 0.3 to 3 with the lowest cross-entropy.
    """
    outputs = [
        (weight, compute_logits(checkpoint.model, normalise(split.images)), torch.from_numpy(split.labels))
        for weight, split in splits.items()
    ]
    candidates = torch.logspace(math.log10(0.3), math.log10(3), 100).tolist()
    losses = [
        sum(weight * float(F.cross_entropy(logits / temperature, labels)) for weight, logits, labels in outputs)
        for temperature in candidates
    ]
    return candidates[int(np.argmin(losses))]
