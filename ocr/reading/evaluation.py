"""How well a model reads: accuracy, confusion, calibration, and the images it gets wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from ocr.data.split import CLASS_NAMES, Split, normalise
from ocr.network.models import compute_logits

CALIBRATION_BINS = 15  # Guo et al. 2017, "On Calibration of Modern Neural Networks"


@dataclass(frozen=True)
class Reliability:
    """Confidence beside accuracy, in bins of equal width over 0..1 (a reliability diagram).

    Attributes:
        edges: float64 (bins + 1,), where the bins begin and end.
        confidence: float64 (bins,), the mean confidence of the images in each; nan where there is none.
        accuracy: float64 (bins,), the share of them that is read right; nan where there is none.
        count: int64 (bins,), how many they are.
    """

    edges: NDArray[np.float64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    count: NDArray[np.int64]


@dataclass(frozen=True)
class Evaluation:
    """What a model said of a split.

    Attributes:
        probabilities: float32 (N, 10), each row sums to 1.
        labels: int64 (N,), the true classes.
    """

    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]

    @property
    def predictions(self) -> NDArray[np.int64]:
        """Give the predicted classes, int64 (N,)."""
        return self.probabilities.argmax(1)

    @property
    def count(self) -> int:
        """Count the images."""
        return len(self.labels)

    @property
    def correct(self) -> int:
        """Count the images read right."""
        return int((self.predictions == self.labels).sum())

    @property
    def accuracy(self) -> float:
        """Give the share of the images that are read right, 0..1."""
        return self.correct / self.count

    @property
    def loss(self) -> float:
        """Compute the mean cross-entropy, in nats."""
        return float(-np.log(np.maximum(self.probabilities[np.arange(self.count), self.labels], 1e-12)).mean())

    @property
    def mistakes(self) -> NDArray[np.int64]:
        """Give the positions in the split of the misread images, the most confident mistakes first: int64 (n,)."""
        wrong = np.flatnonzero(self.predictions != self.labels)
        return wrong[np.argsort(-self.probabilities[wrong].max(1), kind="stable")]

    def behind(self, true: int | None, predicted: int | None) -> NDArray[np.int64]:
        """Find the images behind a cell of the confusion matrix.

        Args:
            true: A class, 0..9, that they are of; None is any.
            predicted: A class, 0..9, that they are read as; None is any.

        Returns:
            int64 (n,), positions in the split of the misread images, the most confident mistakes first; where `true`
            and `predicted` are one class, those of the images read right, the least confident first.
        """
        predictions, confidence = self.predictions, self.probabilities.max(1)
        right = true is not None and true == predicted
        wanted = (predictions == self.labels) == right
        if true is not None:
            wanted &= self.labels == true
        if predicted is not None:
            wanted &= predictions == predicted
        positions = np.flatnonzero(wanted)
        order = confidence[positions] if right else -confidence[positions]
        return positions[np.argsort(order, kind="stable")]

    def confusion(self) -> NDArray[np.int64]:
        """Count, int64 (10, 10), the images of each true class (row) by predicted class (column)."""
        classes = len(CLASS_NAMES)  # not scikit-learn's function: importing that takes as long as importing torch
        return np.bincount(self.labels * classes + self.predictions, minlength=classes**2).reshape(classes, classes)

    def reliability(self, bins: int = CALIBRATION_BINS) -> Reliability:
        """Compare confidence and accuracy in bins.

        Args:
            bins: How many.

        Returns:
            What lies in each.
        """
        confidence, right = self.probabilities.max(1), self.predictions == self.labels
        places = np.minimum((confidence * bins).astype(int), bins - 1)
        count = np.bincount(places, minlength=bins)
        filled = np.where(count, count, np.nan)
        sure, hits = (np.bincount(places, weights=values, minlength=bins) / filled for values in (confidence, right))
        return Reliability(np.linspace(0, 1, bins + 1), sure, hits, count)

    def calibration_error(self) -> float:
        """Compute how far confidence and accuracy lie apart, on average over the bins of `reliability`.

        Returns:
            The expected calibration error, 0..1 (Guo et al. 2017).
        """
        bins = self.reliability()
        return float(np.nansum(bins.count * abs(bins.confidence - bins.accuracy)) / self.count)


def evaluate(model: nn.Module, split: Split, temperature: float = 1.0) -> Evaluation:
    """Read every image of a split.

    Args:
        model: Any network that takes (N, 1, 28, 28).
        split: The images with their labels.
        temperature: What logits are divided by before softmax.

    Returns:
        What it said of each, and how well it reads.
    """
    logits = compute_logits(model, normalise(split.images))
    return Evaluation(F.softmax(logits / temperature, 1).numpy(), split.labels)
