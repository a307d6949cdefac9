"""Weights made elsewhere: which tensor of a file is which part of a network here, and the network that they make.

Every network of the family fits, whatever its layers are called: convolutions (SAME padding), each with a 2 x 2
max-pool and ReLU, then two fully connected layers; or one fully connected layer alone. What shapes do not tell is asked
for: in what order the last maps were flattened, and what range of numbers an image was given in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from ocr.network.cnn import CNN, CNNConfig
from ocr.network.linear import LinearClassifier
from ocr.network.models import NetworkConfig

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


def alternatives(tensors: Tensors, assignment: Assignment, part: str) -> list[str]:
    """List the tensors that have the shape of the one given to a part, that one first."""
    name = assignment.names[part]
    if name is None:
        return []
    same = [other for other in tensors if tensors[other].shape == tensors[name].shape and other != name]
    return [name, *sorted(same, key=natural_order)]


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


def natural_order(name: str) -> list[tuple[int, int, str]]:
    """Give a key that sorts conv2 before conv10."""
    parts = re.findall(r"\d{1,18}|\D+", name)  # Python makes no number of thousands of digits
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts]
