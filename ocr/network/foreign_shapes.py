"""Which layer each tensor of a file is, told by its shape; or a sentence why they make no network of the family."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, product

import torch

from ocr.errors import OCRError
from ocr.network.checkpoint import READ
from ocr.network.cnn import CNNConfig
from ocr.network.foreign import Assignment, Tensors, natural_order
from ocr.network.linear import LinearConfig
from ocr.network.models import NetworkConfig

MOST_CONVS = 4  # as many as a recipe may have
STATISTICS = ("running_mean", "running_var", "num_batches_tracked", "moving_mean", "moving_variance")
FUSE = "Fold it into the convolutions first (in PyTorch: torch.nn.utils.fusion.fuse_conv_bn_eval)."


def assign(tensors: Tensors, in_order: bool = False) -> Assignment:
    """Find out by shape which tensor is which part; of several ways, that in the order of their names.

    Args:
        tensors: What a file holds, by name.
        in_order: Whether the tensors already come in the order of the layers, which then decides instead of names.

    Returns:
        The sizes of the network, and the name for each part.

    Raises:
        OCRError: They make no network of the family; the sentence says what does not fit.
    """
    _refuse_strange(tensors)
    names = list(tensors) if in_order else sorted(tensors, key=natural_order)
    convs, linears, vectors = ([name for name in names if tensors[name].ndim == count] for count in (4, 2, 1))
    if len(convs) > MOST_CONVS:
        raise OCRError(f"It has {len(convs)} convolutional layers. Networks here have at most {MOST_CONVS}.")
    for weights in _ways({name: tuple(tensors[name].shape) for name in names}, convs, linears):
        config, parts, spatial_first, inputs_first = weights
        biases = _biases(tensors, config, parts, vectors)
        left = set(vectors) - set(biases.values())
        if left:
            raise OCRError(f"No layer has a place for {_listed(left)}. Leave out what is not a weight or a bias.")
        return Assignment(config, parts | biases, spatial_first, inputs_first)
    raise OCRError(_why_not(tensors, convs, linears))


def _refuse_strange(tensors: Tensors) -> None:
    """Check that there are only float tensors of one to four dimensions, all finite, and no batch normalisation."""
    if not tensors:
        raise OCRError("It holds no tensors.")
    for name, value in tensors.items():
        if name.endswith(STATISTICS):
            raise OCRError(f"It has batch normalisation ({_short(name)}), which networks here do not have. {FUSE}")
        if not value.numel():
            raise OCRError(f"{_short(name)} is empty. Leave out what is not a weight or a bias.")
        if not value.is_floating_point():
            raise OCRError(f"{_short(name)} holds {value.dtype}, not fractions. Save the weights as float32.")
        if value.ndim not in (1, 2, 4):
            raise OCRError(
                f"{_short(name)} has the shape {tuple(value.shape)}, which is neither a bias, nor a fully connected "
                "layer, nor a convolution over images. Leave out what is not a weight or a bias."
            )
        if not torch.isfinite(value.float()).all():
            raise OCRError(f"{_short(name)} holds values that are not finite numbers (NaN or infinity).")


Way = tuple[NetworkConfig, dict[str, str], bool, frozenset[str]]


def _ways(shapes: Mapping[str, tuple[int, ...]], convs: Sequence[str], linears: Sequence[str]) -> Iterator[Way]:
    """Yield every way in which weights follow on each other: sizes, the name of each weight, and how they lie."""
    if not convs and len(linears) == 1:
        outputs_inputs = READ.classes, READ.image_size**2
        for turned in (False, True):
            if shapes[linears[0]] == (outputs_inputs[::-1] if turned else outputs_inputs):
                yield LinearConfig(), {"fc.weight": linears[0]}, False, frozenset(["fc.weight"] if turned else [])
    if not convs or len(linears) != 2:
        return
    like_keras = any(name.endswith("kernel") for name in convs)
    for spatial_first in (like_keras, not like_keras):
        for order in permutations(convs):
            sizes = _chain([shapes[name] for name in order], spatial_first)
            if sizes is None:
                continue
            turns = (spatial_first, not spatial_first)
            for (one, two), turn1, turn2 in product(permutations(linears), turns, turns):
                (hidden, features), (classes, last) = _turned(shapes[one], turn1), _turned(shapes[two], turn2)
                config = CNNConfig(filters=sizes[0], filter_sizes=sizes[1], fc_size=hidden)
                if features == config.features and last == hidden and classes == READ.classes:
                    parts = {f"convs.{i}.weight": name for i, name in enumerate(order)}
                    parts |= {"fc1.weight": one, "fc2.weight": two}
                    layouts = {"fc1.weight": turn1, "fc2.weight": turn2}
                    yield config, parts, spatial_first, frozenset(part for part, turn in layouts.items() if turn)


def _chain(shapes: Sequence[tuple[int, ...]], spatial_first: bool) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Give numbers of filters and filter sizes of convolutions that follow on each other; None if they do not."""
    channels, filters, sizes = READ.image_channels, [], []
    for shape in shapes:
        (height, width, inputs, outputs) = shape if spatial_first else (*shape[2:], shape[1], shape[0])
        if height != width or inputs != channels:
            return None
        channels = outputs
        filters.append(outputs)
        sizes.append(height)
    return tuple(filters), tuple(sizes)


def _turned(shape: tuple[int, ...], turn: bool) -> tuple[int, ...]:
    return shape[::-1] if turn else shape


def _biases(tensors: Tensors, config: NetworkConfig, parts: Mapping[str, str], vectors: list[str]) -> dict:
    """Give a bias to each weight: the one of its name but for the last word, else the first of its length."""
    lengths = {"fc": READ.classes, "fc2": READ.classes}
    if isinstance(config, CNNConfig):
        lengths |= {"fc1": config.fc_size, **{f"convs.{i}": count for i, count in enumerate(config.filters)}}
    found: dict[str, str | None] = {}
    for by_name in (True, False):
        for part, weight in parts.items():
            layer = part.removesuffix(".weight")
            fits = [
                name
                for name in vectors
                if name not in found.values()
                and len(tensors[name]) == lengths[layer]
                and (not by_name or (_stem(name) and _stem(name) == _stem(weight)))
            ]
            if found.get(f"{layer}.bias") is None:
                found[f"{layer}.bias"] = fits[0] if fits else None
    return found


def _why_not(tensors: Tensors, convs: Sequence[str], linears: Sequence[str]) -> str:
    """Say why tensors make no network of the family."""
    shapes = ", ".join(f"{_short(name)} {tuple(tensors[name].shape)}" for name in [*convs, *linears])
    told = f" Its weights: {shapes}." if shapes else ""
    if not convs and not linears:
        return "It holds neither convolutions nor fully connected layers."
    if convs and len(linears) != 2:
        return f"It has {len(linears)} fully connected layers after its convolutions. Networks here have two.{told}"
    if not convs:
        return (
            f"Without convolutions, networks here have one layer from {READ.image_size**2} pixels to "
            f"{READ.classes} classes.{told}"
        )
    for spatial_first in (False, True):
        for order in permutations(convs):
            if sizes := _chain([tuple(tensors[name].shape) for name in order], spatial_first):
                config = CNNConfig(filters=sizes[0], filter_sizes=sizes[1])
                side = config.map_sizes[-1]
                return (
                    f"The fully connected layers do not fit. After {len(convs)} times convolution (padded so that "
                    f"maps keep their size) and 2 × 2 pooling, {sizes[0][-1]} maps of {side} × {side} pixels are "
                    f"{config.features:,} numbers: the first fully connected layer must take these, and the second "
                    f"give {READ.classes} classes.{told}"
                )
    return (
        "The convolutions do not follow on each other. The first must take one channel (grey images), each next one "
        f"as many as the one before gives, and all must be square.{told}"
    )


def _stem(name: str) -> str:
    """Give a name without its last word: "conv1" of "conv1.weight", "conv1_w" and "conv1/kernel"."""
    return re.sub(r"[./_]?[^./_]*$", "", name)


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}…"


def _listed(names: set[str]) -> str:
    shown = sorted(map(_short, names), key=natural_order)
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")
