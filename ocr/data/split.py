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
    """`images` uint8 (N, 28, 28), ink 255 on ground 0; `labels` int64 (N,), 0..9."""

    images: Bytes
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def ink(self, which: Any) -> NDArray[np.float32]:
        """Some of the images, by any index of NumPy, as drawings are: float32 of 0..1."""
        return to_ink(self.images[which])


@dataclass(frozen=True)
class Data:
    """The three splits, and `name` and `source`, which tell people what is in use."""

    name: str
    source: str
    train: Split
    validation: Split
    test: Split

    @property
    def is_mnist(self) -> bool:
        return self.name == "MNIST"


def to_ink(pixels: Bytes) -> NDArray[np.float32]:
    """uint8 of 0..255 -> float32 of 0..1, of any shape: the one place where pixels become ink."""
    return pixels.astype(np.float32) / np.float32(255)


def normalise(images: Bytes) -> torch.Tensor:
    """uint8 (N, 28, 28) of 0..255 -> float32 (N, 1, 28, 28) of 0..1, as networks take it."""
    return torch.from_numpy(to_ink(images)).unsqueeze(1)
