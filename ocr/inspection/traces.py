"""One forward pass with every intermediate kept, and where each of its numbers comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ocr.errors import OCRError
from ocr.ink.strokes import Ink
from ocr.inspection.receptive_field import filter_window, patch
from ocr.network.cnn import CNN, POOL, pool_relu

Array = NDArray[np.float32]


@dataclass(frozen=True)
class ConvTrace:
    """The values of a convolutional layer for one image.

    Attributes:
        convolved: float32 (C, H, W), with bias, before pooling.
        maps: float32 (C, ceil(H / 2), ceil(W / 2)), after pooling and ReLU, values >= 0.
    """

    convolved: Array
    maps: Array


@dataclass(frozen=True)
class Trace:
    """Everything that a network computed for one image.

    Attributes:
        image: float32 (28, 28) of 0..1.
        layers: The convolutional layers in order.
        hidden: float32 (128,), the first fully connected layer after ReLU.
        logits: float32 (10,).
    """

    image: Ink
    layers: tuple[ConvTrace, ...]
    hidden: Array
    logits: Array


def trace(model: CNN, image: Ink) -> Trace:
    """Run one image through a network on the CPU and keep every value.

    Args:
        model: The network.
        image: float32 (28, 28) of 0..1.

    Returns:
        All values, from the image to the logits.

    Raises:
        OCRError: The model is not a convolutional network.
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
        features = x.flatten(1)
        hidden, logits = model.hidden(features), model.classify(features)
    return Trace(np.asarray(image, np.float32), tuple(layers), hidden[0].numpy(), logits[0].numpy())


@dataclass(frozen=True)
class Origin:
    """Where one value of a pooled map comes from.

    The largest of the convolved values of its pool won. It is `partial_sums.sum() + bias`, and the map's value is
    `max(0, pool.max())`.

    Attributes:
        patches: float32 (C_in, k, k), what the filter lay on.
        weights: float32 (C_in, k, k), the filter.
        partial_sums: float32 (C_in,), the sum of `patches * weights` of each input channel.
        bias: The filter's.
        pool: float32 (2, 2), or less at an edge: the convolved values of the pool.
        row: The row of the convolved map that the largest is in.
        column: Its column.
        top: The row of the layer before in which the patch begins; below 0 in the padding, whose values count as 0.
        left: Its column.
        value: The value of the pooled map.
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
    """Account exactly for `traced.layers[layer].maps[channel, row, column]`.

    Args:
        model: The network that was traced.
        traced: Its trace of an image.
        layer: The convolutional layer, from 0.
        channel: The map.
        row: The row of the pooled map.
        column: Its column.

    Returns:
        The filter, what it lay on, their products' sums and the pool.

    Raises:
        IndexError: There is no such layer, channel, row or column.
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
    window = filter_window(weights.shape[1])
    patches = np.stack([patch(channel_values, window, r, c) for channel_values in inputs])
    return Origin(
        patches=patches,
        weights=weights,
        partial_sums=(patches * weights).sum((1, 2)),
        bias=float(conv.bias[channel].detach()),
        pool=pool,
        row=r,
        column=c,
        top=window.first(r),
        left=window.first(c),
        value=float(values.maps[channel, row, column]),
    )


@dataclass(frozen=True)
class Evidence:
    """Why a digit's logit is what it is: `contributions.sum() + constant == logit`.

    Attributes:
        contributions: float32 (C, H, W), the part of each value of the last layer's maps, positive for the digit and
            negative against it.
        constant: The part of the biases.
        logit: The digit's.
    """

    contributions: Array
    constant: float
    logit: float


def evidence(model: CNN, traced: Trace, digit: int) -> Evidence:
    """Split a logit exactly over the last maps: with the FC units that ReLU let through, the rest is linear.

    Args:
        model: The network that was traced.
        traced: Its trace of an image.
        digit: Whose logit, 0..9.

    Returns:
        The part of each value, and of the biases.
    """
    features = traced.layers[-1].maps
    active = traced.hidden > 0
    push = model.fc2.weight[digit].detach().numpy() * active  # (128,)
    weights = push @ model.fc1.weight.detach().numpy()  # (1764,)
    constant = push @ model.fc1.bias.detach().numpy() + model.fc2.bias.detach().numpy()[digit]
    contributions = (weights * features.ravel()).reshape(features.shape)
    return Evidence(contributions.astype(np.float32), float(constant), float(traced.logits[digit]))


def partial_convolution(model: CNN, traced: Trace, layer: int, channel: int, source: int) -> Array:
    """Compute what one input channel adds to a convolved map.

    Args:
        model: The network that was traced.
        traced: Its trace of an image.
        layer: The convolutional layer, from 0.
        channel: The map.
        source: The input channel.

    Returns:
        float32 (H, W), without the bias; over all input channels these sum to the convolved map less its bias.
    """
    inputs = traced.layers[layer - 1].maps if layer else traced.image[None]
    weights = model.convs[layer].weight[channel, source].detach()
    with torch.inference_mode():
        result = F.conv2d(torch.from_numpy(inputs[source])[None, None], weights[None, None], padding="same")
    return result[0, 0].numpy()
