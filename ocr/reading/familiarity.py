"""Familiarity: whether ink looks like a digit at all, whatever the network that reads it.

A network of its own says so, the shipped `DeepCNN` with eleven classes: the ten digits and everything else. What has to
know the digits from each other knows better what is none of them. `ocr.training.familiarity` trained it. Weights that
were trained further on a user's own digits bring their own last layers of it, which know these digits too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ocr.network.checkpoint import FAMILIARITY, Checkpoint, load_checkpoint, refuse_misfits
from ocr.network.deep import DeepCNN
from ocr.network.models import BATCH

if TYPE_CHECKING:  # SciPy is not needed for images that are there
    from ocr.ink.strokes import Ink

FAMILIAR = 0.5  # from here on ink looks like a digit
LEAST_INK = 19.0  # pixels; the faintest of MNIST's 55,000 training images has 19.9, a dot 5.6
LAST_LAYERS = ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")
PREFIX = "familiarity."  # of a checkpoint's own last layers in its `extra`


def familiarity(checkpoint: Checkpoint | None, images: Tensor) -> NDArray[np.float32]:
    """Tell how much each image looks like a digit (out-of-distribution detection).

    Args:
        checkpoint: Of it only the last layers matter that `ocr.training.acceptance` may have put into it, or
            None: the shipped ones.
        images: float32 (N, 1, 28, 28) of 0..1.

    Returns:
        float32 (N,) of 0..1, one half and more meaning that it does.

    Raises:
        OCRError: What the checkpoint brings does not fit.
    """
    layers = last_layers(checkpoint)
    scores = digit_scores(torch.cat([logits_of(features_of(batch), layers) for batch in images.split(BATCH)]))
    return torch.where(images.sum((1, 2, 3)) < LEAST_INK, 0.0, scores.sigmoid()).numpy()


def familiarity_of(images: Sequence[Ink]) -> NDArray[np.float32]:
    """Tell how much the ink of images looks like a digit to the shipped network of familiarity.

    Args:
        images: float32 (28, 28) of 0..1 each, as `ocr.ink` makes them.

    Returns:
        float32 (N,) of 0..1.
    """
    if not images:
        return np.zeros(0, np.float32)
    inputs = torch.from_numpy(np.stack(images).astype(np.float32)).unsqueeze(1)  # (N, 1, 28, 28)
    return familiarity(None, inputs)


def are_familiar(images: Sequence[Ink]) -> list[bool]:
    """Tell of each image whether its ink looks like a digit.

    Args:
        images: As `familiarity_of` takes them.

    Returns:
        One answer for each.
    """
    return (familiarity_of(images) >= FAMILIAR).tolist()


def digit_scores(logits: Tensor) -> Tensor:
    """Compute how much all digits together outweigh everything else.

    Args:
        logits: float (N, 11), everything else last.

    Returns:
        float (N,), in nats.
    """
    return logits[:, :-1].logsumexp(1) - logits[:, -1]


@lru_cache(maxsize=1)
def _shipped() -> DeepCNN:
    """Load the shipped network of familiarity."""
    model = load_checkpoint(FAMILIARITY, any_images=True).model
    assert isinstance(model, DeepCNN)
    return model


def features_of(images: Tensor) -> Tensor:
    """Compute what goes into the last layers, float32 (N, features), of images (N, 1, 28, 28)."""
    with torch.no_grad():
        return _shipped().features(images)


def logits_of(features: Tensor, layers: Mapping[str, Tensor]) -> Tensor:
    """Compute the logits of features.

    Args:
        features: float32 (N, features), as `features_of` gives them.
        layers: The weights and biases of the last layers, as `last_layers` gives them.

    Returns:
        float32 (N, 11), the ten digits and everything else.
    """
    hidden = F.relu(F.linear(features, layers["fc1.weight"], layers["fc1.bias"]))
    return F.linear(hidden, layers["fc2.weight"], layers["fc2.bias"])


def last_layers(checkpoint: Checkpoint | None) -> dict[str, Tensor]:
    """Give the last layers that the checkpoint brings, or the shipped ones.

    Args:
        checkpoint: Any, or None.

    Returns:
        Weights and biases by the names of `LAST_LAYERS`.

    Raises:
        OCRError: Those that it brings do not fit.
    """
    everything = _shipped().state_dict()
    extra = checkpoint.extra if checkpoint else {}
    own = {name.removeprefix(PREFIX): value for name, value in extra.items() if name.startswith(PREFIX)}
    if own:
        refuse_misfits(_shipped(), everything | own, "The familiarity of these weights")
    return {name: own.get(name, everything[name]) for name in LAST_LAYERS}
