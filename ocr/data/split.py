"""Images with their labels, and the one place where pixels become the network's input.

Images are uint8 (N, 28, 28), ink 255 on ground 0, until `normalise` makes them the network's float32 input.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

CLASS_NAMES = tuple("0123456789")

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Split:
    """Images with their labels.

    Attributes:
        images: uint8 (N, 28, 28), ink 255 on ground 0.
        labels: int64 (N,), 0..9.
    """

    images: Bytes
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def ink(self, which: Any) -> NDArray[np.float32]:
        """Give some of the images as drawings are.

        Args:
            which: Any index of NumPy.

        Returns:
            float32 of 0..1: (28, 28) for a number, (n, 28, 28) for several.
        """
        return to_ink(self.images[which])


@dataclass(frozen=True)
class Data:
    """Three splits of a data set.

    Attributes:
        name: What it is, for people.
        source: Where it comes from, for people.
        train: What is trained on.
        validation: What is measured with while training.
        test: What is measured with in the end.
    """

    name: str
    source: str
    train: Split
    validation: Split
    test: Split

    @property
    def is_mnist(self) -> bool:
        """Tell whether these are MNIST's images."""
        return self.name == "MNIST"


def to_ink(pixels: Bytes) -> NDArray[np.float32]:
    """Turn pixels into ink: the one place where that happens.

    Args:
        pixels: uint8 of any shape, 0..255.

    Returns:
        float32 of the same shape, 0..1.
    """
    return pixels.astype(np.float32) / np.float32(255)


def normalise(images: Bytes) -> torch.Tensor:
    """Turn images into the network's input.

    Args:
        images: uint8 (N, 28, 28), ink 255 on ground 0.

    Returns:
        float32 (N, 1, 28, 28) of 0..1.
    """
    return torch.from_numpy(to_ink(images)).unsqueeze(1)
