"""The network as a row of stages: what leaves each of them, its shape, its parameters, and what it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from ocr.inspection.receptive_field import PIXEL, ReceptiveField, convolved_field, pooled_field
from ocr.inspection.traces import Trace
from ocr.network.cnn import CNN

Array = NDArray[np.float32]


# What happens at each kind of stage, for people who meet it for the first time.
EXPLANATIONS = {
    "image": "The digit as numbers, one a pixel: 0 is blank paper, 1 is full ink.",
    "convolution": "Small filters of learnt weights slide over what comes in, one filter a map. At every place, "
    "weights times values are added up, and the filter's bias, a learnt number of its own, is added to that. The "
    "window moves one value at a time (stride 1), and beyond the edge it finds zeros (padding).",
    "pool": "Max-pool keeps the largest of every 2 × 2 values, which halves both sides. "
    "ReLU sets to 0 what is negative.",
    "flatten": "The same values in a single row, as the next layer takes them.",
    "hidden": "Each value is a weighted sum of all values before it, plus a bias. ReLU sets to 0 what is negative.",
    "output": "One weighted sum for each digit, its logit. Softmax turns the ten logits into probabilities: "
    "the larger the logit, the larger its share of 100%.",
}


@dataclass(frozen=True)
class Stage:
    """One stage of a network, and what left it for one image.

    Attributes:
        kind: A key of `EXPLANATIONS`.
        name: What people call it.
        values: float32 (C, H, W) for images and maps, (N,) after flattening.
        weights: The factors whose product is the number of weights; none for stages that learn nothing.
        biases: How many.
        field: What part of the image a value depends on; known for images and maps.
    """

    kind: str
    name: str
    values: Array
    weights: tuple[int, ...] = ()
    biases: int = 0
    field: ReceptiveField | None = None

    @property
    def explanation(self) -> str:
        """Say for people what happens at this kind of stage."""
        return EXPLANATIONS[self.kind]

    @property
    def shape(self) -> tuple[int, ...]:
        """Give the shape of the values."""
        return self.values.shape

    @property
    def parameters(self) -> int:
        """Count weights and biases."""
        return prod(self.weights) + self.biases if self.weights else 0


def stages(model: CNN, traced: Trace, probabilities: Array) -> list[Stage]:
    """List the stages of a network for one image.

    Args:
        model: The network that was traced.
        traced: Its trace of the image.
        probabilities: float32 (10,), what was read from it.

    Returns:
        The stages in order, from the image to the probabilities.
    """
    row = [Stage("image", "Input", traced.image[None], field=PIXEL)]
    for i, (conv, layer) in enumerate(zip(model.convs, traced.layers, strict=True)):
        outputs, inputs, height, width = conv.weight.shape
        name, field = f"Convolution {i + 1}", convolved_field(model.config, i)
        row.append(Stage("convolution", name, layer.convolved, (height, width, inputs, outputs), outputs, field))
        row.append(Stage("pool", "Max-pool, ReLU", layer.maps, field=pooled_field(model.config, i)))
    row.append(Stage("flatten", "Flatten", traced.layers[-1].maps.reshape(-1)))
    row.append(
        Stage("hidden", "Fully connected 1", traced.hidden, tuple(model.fc1.weight.shape[::-1]), len(traced.hidden))
    )
    row.append(
        Stage("output", "Fully connected 2", probabilities, tuple(model.fc2.weight.shape[::-1]), len(probabilities))
    )
    return row


def total_parameters(row: Sequence[Stage]) -> int:
    """Count the weights and biases of all stages."""
    return sum(stage.parameters for stage in row)
