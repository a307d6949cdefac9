"""A deeper network with batch normalisation: what a `CNN` learns from, and what tells digits from other ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from ocr.network.cnn import POOL, Dropout, check_sizes, halve, keep_all

MOMENTUM = 0.02  # of the statistics of batch normalisation


@dataclass(frozen=True)
class DeepConfig:
    """Sizes of a `DeepCNN`.

    Convolutional layer i + 1 has `filters[i]` filters of `filter_sizes[i]` square pixels, and is pooled if `pooled[i]`.
    """

    image_size: int = 28
    image_channels: int = 1
    filters: tuple[int, ...] = (32, 64, 64, 128)
    filter_sizes: tuple[int, ...] = (5, 3, 3, 3)
    pooled: tuple[bool, ...] = (True, False, True, True)
    fc_size: int = 128
    classes: int = 10

    def __post_init__(self) -> None:
        # JSON and safetensors metadata give lists back; equality with the original needs tuples.
        for name in ("filters", "filter_sizes", "pooled"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        check_sizes(
            self, self.image_size, self.image_channels, self.fc_size, self.classes, *self.filters, *self.filter_sizes
        )
        if not len(self.filters) == len(self.filter_sizes) == len(self.pooled) > 0:
            raise ValueError("each convolutional layer needs a number of filters, a filter size, and pooled or not")
        if not self.features:
            raise ValueError(f"images of {self.image_size} pixels are too small for {sum(self.pooled)} times pooling")

    @property
    def features(self) -> int:
        """Length of the flattened maps of the last convolutional layer: 128 x 3 x 3 = 1152."""
        return self.filters[-1] * (self.image_size // POOL ** sum(self.pooled)) ** 2


class DeepCNN(nn.Module):
    """Four convolutional layers, all but the second pooled, and two fully connected ones.

    Among several processes that train together, each normalises by its own rows of a batch.
    """

    def __init__(self, config: DeepConfig | None = None) -> None:
        super().__init__()
        self.config = config or DeepConfig()
        channels = (self.config.image_channels, *self.config.filters)
        convs = nn.ModuleList(
            nn.Conv2d(channels[i], channels[i + 1], size, padding="same", bias=False)
            for i, size in enumerate(self.config.filter_sizes)
        )
        self.convs = cast("Sequence[nn.Conv2d]", convs)
        norms = nn.ModuleList(nn.BatchNorm2d(count, momentum=MOMENTUM) for count in self.config.filters)
        self.norms = cast("Sequence[nn.BatchNorm2d]", norms)
        for norm in self.norms:
            norm.num_batches_tracked = None  # a count that nobody needs here, and no fraction as all weights are
        self.fc1 = nn.Linear(self.config.features, self.config.fc_size)
        self.fc2 = nn.Linear(self.config.fc_size, self.config.classes)

    def forward(self, images: Tensor, dropout: Dropout = keep_all) -> Tensor:
        """Compute the logits of images.

        Args:
            images: float32 (N, channels, size, size), ink 1 on a ground of 0.
            dropout: What drops some of the features and of the FC values, where a recipe trains with that.

        Returns:
            float32 (N, classes), logits.
        """
        return self.classify(self.features(images), dropout)

    def features(self, images: Tensor) -> Tensor:
        """Compute the flattened maps of the last convolutional layer: (N, 1152), values >= 0."""
        maps = images
        for conv, norm, pooled in zip(self.convs, self.norms, self.config.pooled, strict=True):
            maps = norm(conv(maps)) if self.training else _normalised_convolution(maps, conv, norm)
            if pooled:  # (N, 32, 14, 14), then (N, 64, 7, 7), then (N, 128, 3, 3)
                maps = F.max_pool2d(maps, POOL) if self.training else halve(maps)
            maps = F.relu(maps)
        return maps.flatten(1)

    def classify(self, features: Tensor, dropout: Dropout = keep_all) -> Tensor:
        """Compute the logits, float32 (N, classes), of what `features` gave."""
        hidden = F.relu(self.fc1(dropout(features)))  # (N, 128)
        return self.fc2(dropout(hidden)).float()


def _normalised_convolution(maps: Tensor, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> Tensor:
    """Give what `norm(conv(maps))` is when it does not train, in one convolution instead of two passes."""
    assert norm.running_mean is not None  # it keeps statistics
    assert norm.running_var is not None
    weight, bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )
    return F.conv2d(maps, weight, bias, padding=conv.padding)
