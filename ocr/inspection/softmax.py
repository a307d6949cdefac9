"""Softmax and cross-entropy with every number on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Softmax:
    """Softmax worked out. The largest logit is taken off first, which changes no share and keeps e^x from overflowing.

    Attributes:
        divided: float64 (N,), the logits divided by the temperature.
        powers: float64 (N,), e to the power of each, less the largest: 0..1.
        shares: float64 (N,), the powers divided by their sum.
    """

    divided: Array
    powers: Array
    shares: Array


def work_softmax(logits: NDArray, temperature: float = 1.0) -> Softmax:
    """Turn logits into probabilities, and keep what is computed on the way.

    Args:
        logits: (N,).
        temperature: What they are divided by first, above 0.

    Returns:
        All numbers.
    """
    divided = np.asarray(logits, np.float64) / temperature
    powers = np.exp(divided - divided.max())
    return Softmax(divided, powers, powers / powers.sum())


def cross_entropies(logits: NDArray, temperature: float = 1.0) -> Array:
    """Compute how wrong a reading would be if each digit in turn were the true one.

    Args:
        logits: (N,).
        temperature: What they are divided by first, above 0.

    Returns:
        float64 (N,), minus the logarithm of each probability, in nats.
    """
    divided = np.asarray(logits, np.float64) / temperature
    return math.log(np.exp(divided - divided.max()).sum()) + divided.max() - divided
