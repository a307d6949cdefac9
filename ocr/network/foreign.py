"""Weights made elsewhere: which layer each tensor of a file is, told by its shape, and the network of ours they make.

Every network of the family fits, whatever its layers are called: convolutions (SAME padding), each with a 2 x 2
max-pool and ReLU, then two fully connected layers; or one fully connected layer alone. What shapes do not tell is asked
for: in what order the last maps were flattened, and what range of numbers an image was given in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import NamedTuple

import torch
from torch import Tensor

from ocr.errors import OCRError
from ocr.network.checkpoint import READ
from ocr.network.cnn import CNN, CNNConfig
from ocr.network.linear import LinearClassifier, LinearConfig
from ocr.network.models import NetworkConfig

MOST_CONVS = 4  # as many as a recipe may have
STATISTICS = ("running_mean", "running_var", "num_batches_tracked", "moving_mean", "moving_variance")
FUSE = "Fold it into the convolutions first (in PyTorch: torch.nn.utils.fusion.fuse_conv_bn_eval)."

Tensors = Mapping[str, Tensor]


class Inputs(NamedTuple):
    """What a network was given of an image: `scale` x ink + `shift`, of ink 0..1.

    Attributes:
        name: What people call that.
        scale: What ink is multiplied with.
        shift: What is added then. With another shift than 0, what the padding's zeros mean is no longer paper, which
            networks here do not have: pixels of maps that lie at the edge then differ a little.
    """

    name: str
    scale: float
    shift: float


MNIST_MEAN, MNIST_STD = 0.1307, 0.3081  # of MNIST's training pixels, as PyTorch's examples standardise by
INPUTS = (
    Inputs("0 to 1, as here", 1, 0),
    Inputs("0 to 255", 255, 0),
    Inputs("−1 to 1", 2, -1),
    Inputs("standardised (mean 0.1307, spread 0.3081)", 1 / MNIST_STD, -MNIST_MEAN / MNIST_STD),
    Inputs("1 to 0, ink dark", -1, 1),
    Inputs("255 to 0, ink dark", -255, 255),
)


@dataclass(frozen=True)
class Assignment:
    """Which tensor of a file is which part of a network here.

    Attributes:
        config: The network's sizes.
        names: The tensor's name by part, such as "convs.0.weight"; None for a bias that is not there: zeros.
        spatial_first: Whether kernels lie as (height, width, in, out), as in Keras and TensorFlow, not (out, in,
            height, width), as in PyTorch.
        inputs_first: The fully connected layers whose weights lie as (in, out), not (out, in).
        channels_last: Whether the last maps were flattened channel by channel at each pixel, as in Keras and
            TensorFlow, not map by map, as in PyTorch; None if the file does not tell.
    """

    config: NetworkConfig
    names: Mapping[str, str | None]
    spatial_first: bool = False
    inputs_first: frozenset[str] = frozenset()
    channels_last: bool | None = None

    def exchange(self, part: str, name: str | None) -> Assignment:
        """Give another tensor to a part; the part that had it gets this one's."""
        names = dict(self.names)
        former = names[part]
        names = {each: former if each != part and named == name else named for each, named in names.items()}
        return replace(self, names=names | {part: name})


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
    names = list(tensors) if in_order else sorted(tensors, key=_natural)
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


def alternatives(tensors: Tensors, assignment: Assignment, part: str) -> list[str]:
    """List the tensors that have the shape of the one given to a part, that one first."""
    name = assignment.names[part]
    if name is None:
        return []
    same = [other for other in tensors if tensors[other].shape == tensors[name].shape and other != name]
    return [name, *sorted(same, key=_natural)]


def assemble(
    tensors: Tensors, assignment: Assignment, channels_last: bool = False, inputs: Inputs = INPUTS[0]
) -> CNN | LinearClassifier:
    """Make a network of the tensors that reads images as all networks here do.

    Args:
        tensors: What the file holds, by name.
        assignment: Which of them is which part.
        channels_last: How the last maps were flattened, where the assignment does not tell.
        inputs: What the network was given of an image; it is folded into the first layer.

    Returns:
        The network, in evaluation mode and without gradients.
    """
    model = CNN(assignment.config) if isinstance(assignment.config, CNNConfig) else LinearClassifier()
    told = assignment.channels_last
    parts: dict[str, Tensor] = {}
    for part, shape in ((part, value.shape) for part, value in model.state_dict().items()):
        name = assignment.names[part]
        value = torch.zeros(shape) if name is None else tensors[name].float()
        if value.ndim == 4 and assignment.spatial_first:
            value = value.permute(3, 2, 0, 1)
        if part in assignment.inputs_first:
            value = value.T
        if part == "fc1.weight" and (channels_last if told is None else told):
            side, maps = assignment.config.map_sizes[-1], assignment.config.filters[-1]  # type: ignore[union-attr]
            value = value.reshape(-1, side, side, maps).permute(0, 3, 1, 2).flatten(1)
        parts[part] = value.contiguous()
    first = next(iter(parts)).removesuffix(".weight")
    weight = parts[f"{first}.weight"]
    parts[f"{first}.bias"] = parts[f"{first}.bias"] + inputs.shift * weight.flatten(1).sum(1)
    parts[f"{first}.weight"] = weight * inputs.scale
    model.load_state_dict(parts)
    return model.eval().requires_grad_(False)


def _refuse_strange(tensors: Tensors) -> None:
    """Check that there are only float tensors of one to four dimensions, all finite, and no batch normalisation."""
    if not tensors:
        raise OCRError("It holds no tensors.")
    for name, value in tensors.items():
        if name.endswith(STATISTICS):
            raise OCRError(f"It has batch normalisation ({_short(name)}), which networks here do not have. {FUSE}")
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
        if height != width or inputs != channels or min(shape) < 1:
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


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Give what sorts conv2 before conv10."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts]


def _stem(name: str) -> str:
    """Give a name without its last word: "conv1" of "conv1.weight", "conv1_w" and "conv1/kernel"."""
    return re.sub(r"[./_]?[^./_]*$", "", name)


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}…"


def _listed(names: set[str]) -> str:
    shown = sorted(map(_short, names), key=_natural)
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")
