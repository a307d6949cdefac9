"""Where the value of a neuron or a logit comes from: inputs × weights = products, their sum, and the bias."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ocr.inspection.traces import Trace
from ocr.network.cnn import CNN

Array = NDArray[np.float32]


@dataclass(frozen=True)
class WeightedSum:
    """A weighted sum with every number of it: `products.sum() + bias == total`, within rounding.

    Attributes:
        inputs: float32 (N,), what goes in.
        weights: float32 (N,).
        products: float32 (N,), inputs times weights.
        bias: What is added to their sum.
        total: The sum with the bias, as torch computed it; ReLU comes after it, where there is one.
    """

    inputs: Array
    weights: Array
    products: Array
    bias: float
    total: float

    def strongest(self, count: int) -> NDArray[np.int64]:
        """Give the places of the products that are largest without their sign, the largest first."""
        return np.argsort(-np.abs(self.products), kind="stable")[:count]

    def rest(self, count: int) -> float:
        """Add up the products that are not among the strongest."""
        return float(
            self.products.astype(np.float64).sum() - self.products[self.strongest(count)].sum(dtype=np.float64)
        )


def neuron_sum(model: CNN, traced: Trace, neuron: int) -> WeightedSum:
    """Account for a neuron of the fully connected layer; `traced.hidden` is what ReLU leaves of the total.

    Args:
        model: The network that was traced.
        traced: Its trace of an image.
        neuron: Which, from 0.

    Returns:
        Over the features: the last maps, row after row, one map after the other.
    """
    return _account(traced.layers[-1].maps.ravel(), model.fc1, neuron)


def logit_sum(model: CNN, traced: Trace, digit: int) -> WeightedSum:
    """Account for the logit of a digit, over the values of all neurons.

    Args:
        model: The network that was traced.
        traced: Its trace of an image.
        digit: Whose logit, 0..9.

    Returns:
        Over the neurons; the total is the logit.
    """
    return _account(traced.hidden, model.fc2, digit)


def _account(inputs: Array, layer: nn.Linear, unit: int) -> WeightedSum:
    weights = layer.weight[unit].detach().numpy()
    with torch.inference_mode():
        total = float(layer(torch.from_numpy(inputs))[unit])
    return WeightedSum(inputs, weights, inputs * weights, float(layer.get_parameter("bias")[unit]), total)
