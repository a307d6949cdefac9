"""Every kind of network by its name: building one, and the logits of many images."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn

from ocr.network.cnn import CNN, CNNConfig
from ocr.network.deep import DeepCNN, DeepConfig
from ocr.network.linear import LinearClassifier, LinearConfig

Model = CNN | LinearClassifier | DeepCNN
NetworkConfig = CNNConfig | LinearConfig | DeepConfig

CONFIGS: dict[str, type[NetworkConfig]] = {"cnn": CNNConfig, "linear": LinearConfig, "deep": DeepConfig}
MODELS: dict[str, type[Model]] = {"cnn": CNN, "linear": LinearClassifier, "deep": DeepCNN}

BATCH = 125  # its maps stay in the processor's cache: an image of a batch of 1,000 takes 2.5 times as long
_RANDOM = Lock()  # of torch's global random state, which all threads share and from which each new network is drawn
SHARED_SIZES = ("image_size", "image_channels", "classes")  # that every kind of network has


def kind_of(config: NetworkConfig) -> str:
    """Give the name of the kind of network that a configuration is for: a key of `MODELS`."""
    return next(kind for kind, known in CONFIGS.items() if type(config) is known)


def config_from_dict(kind: str, sizes: Mapping[str, Any]) -> NetworkConfig:
    """Give the configuration of a kind of network from plain values, as `dataclasses.asdict` makes them.

    Until 2026-11 every kind was described by the sizes of a CNN, most of which the others do not have: these are
    recognised and translated.

    Args:
        kind: A key of `MODELS`.
        sizes: Names and values of its sizes.

    Returns:
        The configuration.

    Raises:
        LookupError, TypeError, ValueError: There is no such kind, or a size is missing, unknown or impossible.
    """
    if (kind == "linear" and "filters" in sizes) or (kind == "deep" and "pooled" not in sizes):
        sizes = {name: sizes[name] for name in SHARED_SIZES}
    return CONFIGS[kind](**sizes)


def build_model(config: NetworkConfig, seed: int) -> Model:
    """Build a network with initial weights, leaving torch's global random state as it was.

    Args:
        config: Its kind and sizes.
        seed: Decides the weights: the same seed gives the same, however many threads build networks at once.

    Returns:
        The network, in training mode.
    """
    with _RANDOM, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _build(config)


def empty_model(config: NetworkConfig) -> Model:
    """Build a network whose weights are to be replaced: those that torch's random state happens to give."""
    with _RANDOM:
        return _build(config)


def _build(config: NetworkConfig) -> Model:
    return MODELS[kind_of(config)](config)  # type: ignore[arg-type]  # a kind's configuration fits its class


def count_parameters(model: nn.Module) -> int:
    """Count weights and biases: 242,062 for the default `CNN`."""
    return sum(parameter.numel() for parameter in model.parameters())


def compute_logits(model: nn.Module, images: Tensor) -> Tensor:
    """Compute logits without gradients, in batches on the images' device.

    Args:
        model: Any network of `MODELS`.
        images: float32 (N, channels, size, size), ink 1 on a ground of 0.

    Returns:
        float32 (N, classes), logits, on the CPU.
    """

    def read(batch: Tensor) -> Tensor:
        with torch.inference_mode():  # of this thread
            return model(batch).float().cpu()

    batches = images.split(BATCH)
    if len(batches) == 1 or not images.is_cpu:
        return torch.cat([read(batch) for batch in batches])
    from ocr.network.side_by_side import side_by_side  # who reads a single image does without

    return torch.cat(side_by_side(read, batches, torch.get_num_threads()))
