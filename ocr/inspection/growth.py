"""How a network grew: what its snapshots read right, how far its weights moved, and the slopes they had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ocr.data.split import Data, normalise
from ocr.reading.evaluation import evaluate

Array = NDArray[np.float32]

FIXED = 500  # training images of the batch that slopes are computed on


@dataclass(frozen=True)
class Growth:
    """The snapshots of a run, in the order of their iterations.

    Attributes:
        iterations: int64 (S,).
        correct: int64 (S,), how many of the validation images each reads right.
        count: How many validation images there are.
        layers: The names of the layers with weights, such as `convs.0` or `fc1`.
        updates: float32 (S, layers), how far the weights of a layer moved since the snapshot before, by iteration and
            as a share of their size: the norm of the difference, divided by the norm before and by the iterations
            between. NaN for the first.
        gradients: float32 (S, layers), the norm of the slopes of the loss by a layer's weights, on a fixed batch.
    """

    iterations: NDArray[np.int64]
    correct: NDArray[np.int64]
    count: int
    layers: tuple[str, ...]
    updates: Array
    gradients: Array


def measure_growth(
    snapshots: Mapping[int, nn.Module], data: Data, tell: Callable[[float], None] = lambda share: None
) -> Growth:
    """Measure the snapshots of a run: about half a second each, for 5,000 validation images.

    Args:
        snapshots: Networks of one shape, by iteration and in order; at least one.
        data: Its validation images are read; its first training images are the fixed batch.
        tell: Is told the share that is done, 0..1, now and then.

    Returns:
        What was measured.
    """
    models = list(snapshots.values())
    correct, gradients = [], []
    for number, model in enumerate(models, 1):
        correct.append(evaluate(model, data.validation).correct)
        gradients.append(list(gradient_norms(model, data).values()))
        tell(number / len(models))
    updates = [[np.nan] * len(gradients[0])]
    for (before, first), (after, second) in pairwise(snapshots.items()):
        updates.append(
            [_update(*pair) / (after - before) for pair in zip(_weights(first), _weights(second), strict=True)]
        )
    return Growth(
        np.array(list(snapshots), np.int64),
        np.array(correct, np.int64),
        len(data.validation),
        tuple(_layers(models[0])),
        np.array(updates, np.float32),
        np.array(gradients, np.float32),
    )


def gradient_norms(model: nn.Module, data: Data) -> dict[str, float]:
    """Compute the norm of the slopes of the cross-entropy by each layer's weights.

    Args:
        model: The network; it is as it was afterwards.
        data: Its first training images are the batch.

    Returns:
        Norms by the layer's name.
    """
    images, labels = data.train.images[:FIXED], torch.from_numpy(data.train.labels[:FIXED])
    layers = _layers(model)
    with torch.enable_grad():
        weights = {f"{name}.weight": layer.weight.detach().clone().requires_grad_() for name, layer in layers.items()}
        logits = torch.func.functional_call(model, weights, (normalise(images),))
        slopes = torch.autograd.grad(F.cross_entropy(logits, labels), list(weights.values()))
    return {name: float(slope.norm()) for name, slope in zip(layers, slopes, strict=True)}


def _layers(model: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, (nn.Conv2d, nn.Linear))}


def _weights(model: nn.Module) -> list[Tensor]:
    return [layer.weight.detach() for layer in _layers(model).values()]


def _update(before: Tensor, after: Tensor) -> float:
    """Give how far weights moved, as a share of their size."""
    return float((after - before).norm() / before.norm().clamp_min(1e-12))
