"""How well a model reads: accuracy, confusion, calibration, and the images it gets wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ocr.data import CLASS_NAMES, Split, normalise

BATCH = 125  # its maps stay in the processor's cache: an image of a batch of 1,000 takes 2.5 times as long
CALIBRATION_BINS = 15  # Guo et al. 2017, "On Calibration of Modern Neural Networks"


@dataclass(frozen=True)
class Evaluation:
    """What a model said of a split: `probabilities` float32 (N, 10), `predictions` and `labels` int64 (N,)."""

    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]

    @property
    def predictions(self) -> NDArray[np.int64]:
        return self.probabilities.argmax(1)

    @property
    def count(self) -> int:
        return len(self.labels)

    @property
    def correct(self) -> int:
        return int((self.predictions == self.labels).sum())

    @property
    def accuracy(self) -> float:
        return self.correct / self.count

    @property
    def loss(self) -> float:
        """Mean cross-entropy, in nats."""
        return float(-np.log(np.maximum(self.probabilities[np.arange(self.count), self.labels], 1e-12)).mean())

    @property
    def mistakes(self) -> NDArray[np.int64]:
        """Positions in the split of the misread images, the most confident mistakes first."""
        wrong = np.flatnonzero(self.predictions != self.labels)
        return wrong[np.argsort(-self.probabilities[wrong].max(1), kind="stable")]

    def confusion(self) -> NDArray[np.int64]:
        """(10, 10) counts: row true class, column predicted class."""
        classes = len(CLASS_NAMES)  # not scikit-learn's function: importing that takes as long as importing torch
        return np.bincount(self.labels * classes + self.predictions, minlength=classes**2).reshape(classes, classes)

    def calibration_error(self) -> float:
        """Expected calibration error, 0..1: how far confidence and accuracy lie apart, over 15 bins of confidence."""
        confidence = self.probabilities.max(1)
        right = self.predictions == self.labels
        bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
        gaps = [abs(confidence[bins == i].sum() - right[bins == i].sum()) for i in range(CALIBRATION_BINS)]
        return float(sum(gaps) / self.count)


def evaluate(model: nn.Module, split: Split, temperature: float = 1.0) -> Evaluation:
    """Reads every image of a split; probabilities are softmax(logits / temperature)."""
    logits = compute_logits(model, normalise(split.images))
    return Evaluation(F.softmax(logits / temperature, 1).numpy(), split.labels)


def compute_logits(model: nn.Module, images: Tensor) -> Tensor:
    """Logits float32 (N, 10), on the CPU, of images float32 (N, 1, 28, 28), in batches on the images' device."""
    with torch.inference_mode():
        return torch.cat([model(batch).float().cpu() for batch in images.split(BATCH)])
