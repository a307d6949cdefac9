"""How well a network in training reads images that it does not learn from."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ocr.data.split import Split, normalise
from ocr.network.models import compute_logits


class Validation:
    """The validation images, ready on the device where a network is trained."""

    def __init__(self, split: Split, device: torch.device) -> None:
        """Put them there.

        Args:
            split: The images.
            device: Where the network is trained.
        """
        self._images = normalise(split.images).to(device)
        self._labels = torch.from_numpy(split.labels)

    def __len__(self) -> int:
        return len(self._labels)

    def measure(self, model: nn.Module) -> tuple[float, float]:
        """Read them all.

        Args:
            model: The network, on the device.

        Returns:
            Accuracy, 0..1, and mean cross-entropy in nats.
        """
        logits = compute_logits(model, self._images)
        accuracy = (logits.argmax(1) == self._labels).float().mean()
        return float(accuracy), float(F.cross_entropy(logits, self._labels))
