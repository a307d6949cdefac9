"""The network: two convolutional and two fully connected layers; the linear baseline, and a deeper one.

The architecture and its initial values are those of Magnus Erik Hvass Pedersen's TensorFlow
Tutorial #02 (Convolutional Neural Network), so that its published results can be compared with ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from ocr import fourier

WEIGHT_SD = 0.05  # the tutorial's tf.truncated_normal(stddev=0.05) ...
BIAS = 0.05  # ... and tf.constant(0.05)
POOL = 2


@dataclass(frozen=True)
class CNNConfig:
    """Sizes of a `CNN`; `filters[i]` filters of `filter_sizes[i]` square pixels in convolutional layer i + 1."""

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
        sizes = (self.image_size, self.image_channels, self.fc_size, self.classes, *self.filters, *self.filter_sizes)
        if not all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes):
            raise ValueError(f"every size of the network must be a whole number above 0, not {asdict(self)}")
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


class CNN(nn.Module):
    """The tutorial's network: conv SAME -> 2 x 2 max-pool -> ReLU, twice; flatten; FC with ReLU; FC.

    Initial weights are drawn from torch's global random state; `torch.manual_seed` before makes them repeatable.
    """

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

    def forward(self, images: Tensor, dropout: float = 0.0, part: tuple[int, int] | None = None) -> Tensor:
        """Logits (N, classes), float32, of images (N, channels, size, size) with ink 1 on ground 0.

        `dropout` is the share of the flattened maps and of the FC values dropped; training recipes use it. `part` says
        of which batch the images are part: their first row in it, and its size.
        """
        x = images  # (N, 1, 28, 28)
        for conv in self.convs:
            x = conv_pool_relu(x, conv)  # (N, 16, 14, 14), then (N, 36, 7, 7)
        x = drop_out(x.flatten(1), dropout, part)  # (N, 1764)
        x = drop_out(F.relu(self.fc1(x)), dropout, part)  # (N, 128)
        return self.fc2(x).float()  # (N, 10)


class LinearClassifier(nn.Module):
    """One fully connected layer from pixels to logits: the tutorial's baseline, about 92 % on MNIST."""

    def __init__(self, config: CNNConfig | None = None) -> None:
        super().__init__()
        self.config = config or CNNConfig()
        self.fc = nn.Linear(self.config.image_channels * self.config.image_size**2, self.config.classes)
        nn.init.zeros_(self.fc.weight)  # Tutorial #01 starts from zeros
        nn.init.zeros_(self.fc.bias)

    def pixel_weights(self) -> NDArray[np.float32]:
        """What each pixel says for each class, as images (classes, size, size); of networks with one channel."""
        return self.fc.weight.numpy(force=True).reshape(-1, self.config.image_size, self.config.image_size)

    def forward(self, images: Tensor, dropout: float = 0.0, part: tuple[int, int] | None = None) -> Tensor:
        """Logits (N, classes), float32, of images (N, channels, size, size); there is nothing to drop out."""
        return self.fc(images.flatten(1)).float()


class BatchNorm(nn.Module):
    """nn.BatchNorm2d without its count of batches, which is no fraction as all weights are and which nobody needs."""

    MOMENTUM = 0.02  # of the statistics
    EPSILON = 1e-5  # torch's

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.running_mean: Tensor
        self.running_var: Tensor
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.MOMENTUM, self.EPSILON
        )

    def after(self, conv: nn.Conv2d, x: Tensor) -> Tensor:
        """What it makes of `conv(x)` when it is not training, in one convolution instead of two passes."""
        weight, bias = fuse_conv_bn_weights(
            conv.weight, conv.bias, self.running_mean, self.running_var, self.EPSILON, self.weight, self.bias
        )
        return F.conv2d(x, weight, bias, padding=conv.padding)


class DeepCNN(nn.Module):
    """A deeper network with batch normalisation: what a `CNN` learns from, and what tells digits from other ink.

    Four convolutional layers, all but the second pooled, and two fully connected ones; of `config` it takes the sizes
    of images and classes only. Its average over iterations includes the statistics of the normalisation. Among several
    processes each normalises by its own rows.
    """

    FILTERS, FILTER_SIZES, POOLED, FC = (32, 64, 64, 128), (5, 3, 3, 3), (True, False, True, True), 128

    def __init__(self, config: CNNConfig | None = None) -> None:
        super().__init__()
        self.config = config or CNNConfig()
        channels = (self.config.image_channels, *self.FILTERS)
        convs = nn.ModuleList(
            nn.Conv2d(channels[i], channels[i + 1], size, padding="same", bias=False)
            for i, size in enumerate(self.FILTER_SIZES)
        )
        self.convs = cast("Sequence[nn.Conv2d]", convs)
        norms = nn.ModuleList(BatchNorm(count) for count in self.FILTERS)
        self.norms = cast("Sequence[BatchNorm]", norms)
        side = self.config.image_size // POOL ** sum(self.POOLED)
        self.fc1 = nn.Linear(self.FILTERS[-1] * side**2, self.FC)
        self.fc2 = nn.Linear(self.FC, self.config.classes)

    def features(self, images: Tensor) -> Tensor:
        """The flattened maps (N, 1152) of the last convolutional layer."""
        x = images
        for conv, norm, pooled in zip(self.convs, self.norms, self.POOLED, strict=True):
            x = norm(conv(x)) if self.training else norm.after(conv, x)
            if pooled:  # (N, 32, 14, 14), then (N, 64, 7, 7), then (N, 128, 3, 3)
                x = F.max_pool2d(x, POOL) if self.training else halve(x)
            x = F.relu(x)
        return x.flatten(1)

    def forward(self, images: Tensor, dropout: float = 0.0, part: tuple[int, int] | None = None) -> Tensor:
        """Logits (N, classes), as those of `CNN`."""
        x = drop_out(self.features(images), dropout, part)
        x = drop_out(F.relu(self.fc1(x)), dropout, part)
        return self.fc2(x).float()


def conv_pool_relu(x: Tensor, conv: nn.Conv2d) -> Tensor:
    """`conv`, 2 x 2 max-pool and ReLU, in whichever way is faster here."""
    if not fourier.pays(x, conv):
        return pool_relu(conv(x))
    maps = fourier.convolve(x.permute(2, 3, 1, 0), conv)
    pooled = pool_relu(as_batch(maps, batch_of_rows(maps)))
    return as_pixels(pooled, conv.out_channels).permute(3, 2, 0, 1)


def batch_of_rows(maps: Tensor) -> int:
    """How many parts of maps (H, W, C, N) can be pooled apart: pooling shares out batches, and nothing else."""
    return len(maps) // POOL if len(maps) % POOL == 0 else 1


def as_batch(maps: Tensor, batch: int) -> Tensor:
    """Maps (H, W, C, N) as (batch, C * N, H / batch, W), channels_last."""
    return maps.reshape(batch, len(maps) // batch, maps.shape[1], -1).permute(0, 3, 1, 2)


def as_pixels(maps: Tensor, channels: int) -> Tensor:
    """What `as_batch` gave, as it was: (H, W, C, N)."""
    return maps.permute(0, 2, 3, 1).reshape(-1, maps.shape[3], channels, maps.shape[1] // channels)


def pool_relu(x: Tensor) -> Tensor:
    """2 x 2 max-pool, then ReLU: (N, C, H, W) -> (N, C, ceil(H / 2), ceil(W / 2)), values >= 0."""
    if not torch.is_grad_enabled() and x.shape[2] % POOL == x.shape[3] % POOL == 0:
        return F.relu(halve(x))
    return F.relu(F.max_pool2d(x, POOL, ceil_mode=True))  # ceil_mode is TensorFlow's SAME


def halve(x: Tensor) -> Tensor:
    """2 x 2 max-pool without what is left over: (N, C, H, W) -> (N, C, H // 2, W // 2).

    Without gradients, on channels_last maps, several times as fast as max_pool2d, which also finds the places.
    """
    height, width = (size // POOL * POOL for size in x.shape[2:])
    rows = torch.maximum(x[:, :, :height:POOL, :width], x[:, :, 1:height:POOL, :width])
    return torch.maximum(rows[..., ::POOL], rows[..., 1::POOL])


def drop_out(x: Tensor, share: float, part: tuple[int, int] | None = None) -> Tensor:
    """F.dropout with the share rounded to 1/256: a random byte for each value costs a tenth of a random float.

    Values (N, features). As `part` of a batch, (first row, its size), they lose what they would lose in it.
    """
    dropped = round(share * 256)
    if not dropped:
        return x
    first, count = part or (0, len(x))
    words = torch.empty(-(-count * x.shape[1] // 8), dtype=torch.int64, device=x.device).random_(-(2**63), None)
    rows = words.view(torch.uint8)[: count * x.shape[1]].view(count, -1)
    kept = rows[first : first + len(x)] >= dropped
    return x * kept * (256 / (256 - dropped))


def initialise(model: nn.Module) -> None:
    """Fills weights with a normal of sd 0.05 truncated at 2 sd, as `tf.truncated_normal` does, and biases with 0.05."""
    for name, parameter in model.named_parameters():
        if name.endswith("weight"):
            nn.init.trunc_normal_(parameter, std=WEIGHT_SD, a=-2 * WEIGHT_SD, b=2 * WEIGHT_SD)
        else:
            nn.init.constant_(parameter, BIAS)


def count_parameters(model: nn.Module) -> int:
    """Number of weights and biases: 242,062 for the default `CNN`."""
    return sum(parameter.numel() for parameter in model.parameters())


Model = CNN | LinearClassifier | DeepCNN
MODELS: dict[str, type[Model]] = {"cnn": CNN, "linear": LinearClassifier, "deep": DeepCNN}


def kind_of(model: Model) -> str:
    """What `MODELS` calls it."""
    return next(kind for kind, known in MODELS.items() if type(model) is known)


def build_model(kind: str, config: CNNConfig, seed: int) -> Model:
    """A freshly initialised model of a kind in `MODELS`; the same seed gives the same weights.

    Leaves torch's global random state as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODELS[kind](config)
