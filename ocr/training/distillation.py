"""Learning from larger networks: their softened probabilities beside the labels (Hinton, Vinyals, Dean 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ocr.network.checkpoint import load_checkpoint

SOFTNESS = 2.0  # what logits are divided by where one network learns from another


class Teachers:
    """Some of the shipped networks that `ocr.training.teacher` trained, on a device."""

    def __init__(self, paths: Sequence[Path], device: torch.device) -> None:
        """Load them.

        Args:
            paths: Their files.
            device: Where they are to compute.

        Raises:
            OCRError: A file is missing or damaged.
        """
        self._models = [load_checkpoint(path).model.to(device) for path in paths]
        for model in self._models:
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types lack it

    def probabilities(self, images: Tensor) -> Tensor:
        """Compute the mean of the teachers' softened probabilities.

        Args:
            images: float32 (N, 1, 28, 28) of 0..1.

        Returns:
            float (N, classes), each row summing to 1.
        """
        with torch.no_grad():
            return torch.stack([(model(images) / SOFTNESS).softmax(1) for model in self._models]).mean(0)


def distillation_losses(logits: Tensor, probabilities: Tensor) -> Tensor:
    """Compute the cross-entropies of softened logits with the teachers, on the scale of hard labels' gradients.

    Args:
        logits: float32 (N, classes).
        probabilities: float (N, classes), as `Teachers.probabilities` gives them.

    Returns:
        float32 (N,), in nats, times the softness squared.
    """
    return F.cross_entropy(logits / SOFTNESS, probabilities, reduction="none") * SOFTNESS**2
