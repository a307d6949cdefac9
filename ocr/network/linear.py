"""The linear baseline of TensorFlow Tutorial #01: one fully connected layer from pixels to logits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ocr.network.cnn import Dropout, check_sizes, keep_all


@dataclass(frozen=True)
class LinearConfig:
    """Sizes of a `LinearClassifier`."""

    image_size: int = 28
    image_channels: int = 1
    classes: int = 10

    def __post_init__(self) -> None:
        check_sizes(self, self.image_size, self.image_channels, self.classes)


class LinearClassifier(nn.Module):
    """One weight from every pixel to every class: about 92 % on MNIST."""

    def __init__(self, config: LinearConfig | None = None) -> None:
        super().__init__()
        self.config = config or LinearConfig()
        self.fc = nn.Linear(self.config.image_channels * self.config.image_size**2, self.config.classes)
        nn.init.zeros_(self.fc.weight)  # Tutorial #01 starts from zeros
        nn.init.zeros_(self.fc.bias)

    def pixel_weights(self) -> NDArray[np.float32]:
        """Give what each pixel says for each class, (classes, size, size), of a network with one image channel."""
        return self.fc.weight.numpy(force=True).reshape(-1, self.config.image_size, self.config.image_size)

    def forward(self, images: Tensor, dropout: Dropout = keep_all) -> Tensor:
        """Compute the logits of images.

        Args:
            images: float32 (N, channels, size, size), ink 1 on a ground of 0.
            dropout: Not used: there is nothing between the pixels and the logits.

        Returns:
            float32 (N, classes), logits.
        """
        return self.fc(images.flatten(1)).float()
