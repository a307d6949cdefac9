"""How far a confidence can be believed: the temperature that makes it match accuracy.

It softens probabilities (Guo et al. 2017); it is fitted where the network is never trained: on the validation images
and, with less weight, on drawn styles of another seed. It lies in `Checkpoint.extra`, and so in the weights' file.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from ocr.data.split import Data, Split, normalise
from ocr.data.synthetic.digits import CAREFUL, draw_digits
from ocr.network.checkpoint import Checkpoint
from ocr.network.models import compute_logits
from ocr.network.side_by_side import torch_threads

DRAWN = 5_000
SEED = 7_919  # of what is drawn to calibrate and to fit familiarity: not the seed of any training
DRAWN_SHARE = 0.1  # of the loss
DRAWING = 0.6  # of the time that calibrating takes, about: the rest is reading the images


def calibrate(checkpoint: Checkpoint, data: Data, tell: Callable[[float], None] = lambda share: None) -> None:
    """Fit the temperature and put it into `checkpoint.extra`; this takes a second or two.

    Args:
        checkpoint: The network, which is changed in place.
        data: Whose validation images are used, and never its test images.
        tell: Is told the share that is done, 0..1, as it goes.
    """
    # Many small operations: shared among threads, they cost ten times as much where other processes want the cores.
    with torch_threads(1):
        drawn = draw_digits(DRAWN, SEED, CAREFUL, lambda share: tell(DRAWING * share))
    splits = {1 - DRAWN_SHARE: data.validation, DRAWN_SHARE: drawn}
    checkpoint.extra["temperature"] = torch.tensor(fit_temperature(checkpoint, splits))
    tell(1.0)


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
    with torch_threads(1):
        losses = [
            sum(weight * float(F.cross_entropy(logits / temperature, labels)) for weight, logits, labels in outputs)
            for temperature in candidates
        ]
    return candidates[int(np.argmin(losses))]
