"""One forward pass with every intermediate kept, and where each of its numbers comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ocr.errors import OCRError
from ocr.ink.strokes import Ink
from ocr.network.cnn import CNN, POOL, pool_relu

Array = NDArray[np.float32]


@dataclass(frozen=True)
class ConvTrace:
    """A convolutional layer's values: `convolved` (C, H, W) with bias, before pooling; `maps` (C, H/2, W/2) >= 0."""

    convolved: Array
    maps: Array


@dataclass(frozen=True)
class Trace:
    """Everything the network computed for one image (28, 28): all arrays float32.

    `layers` the convolutional layers in order; `hidden` (128,) the FC layer after ReLU; `logits` (10,).
    """

    image: Ink
    layers: tuple[ConvTrace, ...]
    hidden: Array
    logits: Array


def trace(model: CNN, image: Ink) -> Trace:
    """Runs one image, float32 (28, 28) of 0..1, through a network on the CPU.

    Errors:
        OCRError: the model is not a convolutional network.
    """
    if not isinstance(model, CNN):
        raise OCRError("The linear baseline has no layers to look into. Choose a convolutional network.")
    layers = []
    with torch.inference_mode():
        x = torch.from_numpy(np.ascontiguousarray(image, np.float32))[None, None]  # (1, 1, 28, 28)
        for conv in model.convs:
            convolved = conv(x)  # (1, 16, 28, 28), then (1, 36, 14, 14)
            x = pool_relu(convolved)
            layers.append(ConvTrace(convolved[0].numpy(), x[0].numpy()))
        hidden = model.hidden(x.flatten(1))
        logits = model.fc2(hidden)
    return Trace(np.asarray(image, np.float32), tuple(layers), hidden[0].numpy(), logits[0].numpy())


@dataclass(frozen=True)
class Origin:
    """Where one value of a pooled map comes from.

    The 2 x 2 convolved values of its pool are `pool`; the largest, at (`row`, `column`) of the convolved map, won.
    It is `partial_sums.sum() + bias`, where `partial_sums` (C_in,) sums each input channel's `patches * weights`,
    both (C_in, k, k), and the map's value is `max(0, pool.max())`. `top` and `left` say where in the layer before
    the patch begins (below 0 where it reaches over the edge, whose values count as 0).
    """

    patches: Array
    weights: Array
    partial_sums: Array
    bias: float
    pool: Array
    row: int
    column: int
    top: int
    left: int
    value: float


def origin(model: CNN, traced: Trace, layer: int, channel: int, row: int, column: int) -> Origin:
    """The exact account of `traced.layers[layer].maps[channel, row, column]`.

    Errors:
        IndexError: there is no such layer, channel, row or column.
    """
    if min(layer, channel) < 0:
        raise IndexError(f"there is no layer {layer + 1} with a map {channel + 1}")
    conv, values = model.convs[layer], traced.layers[layer]
    assert conv.bias is not None
    if not (0 <= row < values.maps.shape[1] and 0 <= column < values.maps.shape[2]):
        raise IndexError(f"maps of layer {layer + 1} are {values.maps.shape[1:]}, without row {row}, column {column}")
    inputs = traced.layers[layer - 1].maps if layer else traced.image[None]  # (C_in, H, W)
    pool = values.convolved[channel, row * POOL : (row + 1) * POOL, column * POOL : (column + 1) * POOL]
    winner_row, winner_column = np.unravel_index(int(pool.argmax()), pool.shape)
    r, c = row * POOL + int(winner_row), column * POOL + int(winner_column)
    weights = conv.weight[channel].detach().numpy()  # (C_in, k, k)
    size = weights.shape[1]
    before = (size - 1) // 2  # SAME: an even filter reaches one pixel further right and down
    padded = np.pad(inputs, ((0, 0), (before, size - 1 - before), (before, size - 1 - before)))
    patches = padded[:, r : r + size, c : c + size]
    return Origin(
        patches=patches,
        weights=weights,
        partial_sums=(patches * weights).sum((1, 2)),
        bias=float(conv.bias[channel].detach()),
        pool=pool,
        row=r,
        column=c,
        top=r - before,
        left=c - before,
        value=float(values.maps[channel, row, column]),
    )


@dataclass(frozen=True)
class Evidence:
    """Why a digit's logit is what it is: `contributions.sum() + constant == logit`.

    `contributions` (C, H, W) has the part of each value of the last layer's maps, positive for the digit and
    negative against it; `constant` is the part of the biases.
    """

    contributions: Array
    constant: float
    logit: float


def evidence(model: CNN, traced: Trace, digit: int) -> Evidence:
    """Splits a logit exactly over the last maps: with the FC units that ReLU let through, the rest is linear."""
    features = traced.layers[-1].maps
    active = traced.hidden > 0
    push = model.fc2.weight[digit].detach().numpy() * active  # (128,)
    weights = push @ model.fc1.weight.detach().numpy()  # (1764,)
    constant = push @ model.fc1.bias.detach().numpy() + model.fc2.bias.detach().numpy()[digit]
    contributions = (weights * features.ravel()).reshape(features.shape)
    return Evidence(contributions.astype(np.float32), float(constant), float(traced.logits[digit]))


def partial_convolution(model: CNN, traced: Trace, layer: int, channel: int, source: int) -> Array:
    """(H, W) of what one input channel, `source`, adds to a layer's convolved map `channel`, without the bias."""
    inputs = traced.layers[layer - 1].maps if layer else traced.image[None]
    weights = model.convs[layer].weight[channel, source].detach()
    with torch.inference_mode():
        result = F.conv2d(torch.from_numpy(inputs[source])[None, None], weights[None, None], padding="same")
    return result[0, 0].numpy()
