"""The network: two convolutional and two fully connected layers.

The architecture and its initial values are those of Magnus Erik Hvass Pedersen's TensorFlow Tutorial #02
(Convolutional Neural Network), so that its published results can be compared with ours.

Images are float32 (N, channels, size, size), ink 1 on a ground of 0. Shapes in comments are those of the defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WEIGHT_STD = 0.05  # the tutorial's tf.truncated_normal(stddev=0.05) ...
BIAS = 0.05  # ... and tf.constant(0.05)
POOL = 2

Dropout = Callable[[Tensor], Tensor]  # (N, values) -> the same, some of them set to 0


@dataclass(frozen=True)
class CNNConfig:
    """Sizes of a `CNN`.

    `filters[i]` filters of `filter_sizes[i]` x `filter_sizes[i]` pixels make up convolutional layer i + 1.
    """

    image_size: int = 28
    image_channels: int = 1
    filters: tuple[int, ...] = (16, 36)
    filter_sizes: tuple[int, ...] = (5, 5)
    fc_size: int = 128
    classes: int = 10

    def __post_init__(self) -> None:
        # JSON and safetensors metadata give lists back; equality with the original needs tuples.
        object.__setattr__(self, "filters", tuple(self.filters))
        object.__setattr__(self, "filter_sizes", tuple(self.filter_sizes))
        check_sizes(
            self, self.image_size, self.image_channels, self.fc_size, self.classes, *self.filters, *self.filter_sizes
        )
        if not self.filters or len(self.filters) != len(self.filter_sizes):
            raise ValueError(
                f"each convolutional layer needs a number of filters and a filter size: got {len(self.filters)} "
                f"numbers of filters {self.filters} and {len(self.filter_sizes)} filter sizes {self.filter_sizes}"
            )

    @property
    def map_sizes(self) -> tuple[int, ...]:
        """Side length of the pooled feature maps of each convolutional layer: (14, 7) for 28 x 28 images."""
        sizes, size = [], self.image_size
        for _ in self.filters:
            size = -(-size // POOL)  # SAME pooling rounds up
            sizes.append(size)
        return tuple(sizes)

    @property
    def features(self) -> int:
        """Length of the flattened maps of the last convolutional layer: 36 x 7 x 7 = 1764."""
        return self.filters[-1] * self.map_sizes[-1] ** 2


def check_sizes(config: object, *sizes: object) -> None:
    """Check the sizes of a network's configuration.

    Args:
        config: The dataclass that has them, for the message.
        sizes: What each must be: a whole number above 0.

    Raises:
        ValueError: One is not.
    """
    if not all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes):
        raise ValueError(
            f"every size of the network must be a whole number above 0, not {asdict(config)}"  # type: ignore[call-overload]
        )


def pool_relu(convolved: Tensor) -> Tensor:
    """Keep the largest of every 2 x 2 values, then set what is negative to 0.

    Pooling before ReLU gives the same as ReLU before pooling, and leaves ReLU a quarter of the values.

    Args:
        convolved: float (N, C, H, W).

    Returns:
        float (N, C, ceil(H / 2), ceil(W / 2)), values >= 0.
    """
    if not torch.is_grad_enabled() and convolved.shape[2] % POOL == convolved.shape[3] % POOL == 0:
        return F.relu(halve(convolved))
    return F.relu(F.max_pool2d(convolved, POOL, ceil_mode=True))  # ceil_mode is TensorFlow's SAME


def halve(maps: Tensor) -> Tensor:
    """Keep the largest of every 2 x 2 values, without what is left over at the edge.

    Without gradients, on channels_last maps, this is several times as fast as max_pool2d, which also notes the places.

    Args:
        maps: float (N, C, H, W).

    Returns:
        float (N, C, H // 2, W // 2).
    """
    height, width = (size // POOL * POOL for size in maps.shape[2:])
    rows = torch.maximum(maps[:, :, :height:POOL, :width], maps[:, :, 1:height:POOL, :width])
    return torch.maximum(rows[..., ::POOL], rows[..., 1::POOL])


def conv_pool_relu(maps: Tensor, conv: nn.Conv2d) -> Tensor:
    """Apply one convolutional layer: convolution, 2 x 2 max-pool, ReLU.

    Args:
        maps: float (N, C, H, W), what goes into the layer.
        conv: Its filters and biases.

    Returns:
        float (N, filters, ceil(H / 2), ceil(W / 2)), values >= 0.
    """
    return pool_relu(conv(maps))


def keep_all(values: Tensor) -> Tensor:
    """Drop nothing out: what reading does. Training may drop some, see `ocr.training.dropout`."""
    return values


class CNN(nn.Module):
    """The tutorial's network: conv SAME -> 2 x 2 max-pool -> ReLU, twice; flatten; FC with ReLU; FC.

    Initial weights are drawn from torch's global random state; `torch.manual_seed` before makes them repeatable.
    """

    # How a convolutional layer is computed. `ocr.network.fast` puts a faster way in its place where one trains.
    conv_pool_relu = staticmethod(conv_pool_relu)

    def __init__(self, config: CNNConfig | None = None) -> None:
        super().__init__()
        self.config = config or CNNConfig()
        channels = (self.config.image_channels, *self.config.filters)
        convs = nn.ModuleList(
            nn.Conv2d(channels[i], channels[i + 1], size, padding="same")
            for i, size in enumerate(self.config.filter_sizes)
        )
        self.convs = cast("Sequence[nn.Conv2d]", convs)  # what a ModuleList holds, its type does not say
        self.fc1 = nn.Linear(self.config.features, self.config.fc_size)
        self.fc2 = nn.Linear(self.config.fc_size, self.config.classes)
        initialise(self)

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
        """Compute the flattened maps of the last convolutional layer: (N, 1764), values >= 0."""
        return self.apply_layers(images).flatten(1)

    def apply_layers(self, maps: Tensor, first: int = 0, last: int | None = None) -> Tensor:
        """Apply convolutional layers one after the other.

        Args:
            maps: float (N, C, H, W), what goes into layer `first`: the images, or the maps before it.
            first: The first layer to apply, counted from 0.
            last: The layer before which to stop; None applies all.

        Returns:
            float (N, C, H, W), the pooled maps that leave the last of them, values >= 0.
        """
        for conv in islice(self.convs, first, last):
            maps = self.conv_pool_relu(maps, conv)  # (N, 16, 14, 14), then (N, 36, 7, 7)
        return maps

    def classify(self, features: Tensor, dropout: Dropout = keep_all) -> Tensor:
        """Compute the logits, float32 (N, classes), of what `features` gave."""
        return self.fc2(dropout(self.hidden(dropout(features)))).float()  # (N, 10)

    def hidden(self, features: Tensor) -> Tensor:
        """Compute the values of the first fully connected layer: (N, 128), values >= 0."""
        return F.relu(self.fc1(features))


def initialise(model: nn.Module) -> None:
    """Draw weights from a normal of std 0.05 truncated at 2 std, as `tf.truncated_normal` does; set biases to 0.05."""
    for name, parameter in model.named_parameters():
        if name.endswith("weight"):
            nn.init.trunc_normal_(parameter, std=WEIGHT_STD, a=-2 * WEIGHT_STD, b=2 * WEIGHT_STD)
        else:
            nn.init.constant_(parameter, BIAS)
