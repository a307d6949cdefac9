"""One step of training worked out number by number: the slopes by the chain rule, Adam's moments, the new weight.

What `loss.backward()` does is written out here once more, layer by layer, to be looked at. Tests hold it to autograd.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ocr.network.cnn import CNN, POOL
from ocr.training.optimizer import Adam

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Slopes:
    """How much the loss of each image changes with every value on the way: (N, ...) for N images.

    Attributes:
        images: float32 (N, 28, 28).
        losses: float32 (N,), cross-entropy in nats.
        probabilities: float32 (N, 10).
        logits: float32 (N, 10), the slopes by the logits: probability, less 1 for the true digit.
        hidden: float32 (N, 128), the values of the first fully connected layer.
        by_hidden: float32 (N, 128), the slopes by its sums before ReLU.
        convolved: For each convolutional layer, float32 (N, C, H, W), the slopes by its values before pooling.
    """

    images: Array
    losses: Array
    probabilities: Array
    logits: Array
    hidden: Array
    by_hidden: Array
    convolved: tuple[Array, ...]


@dataclass(frozen=True)
class ChainRule:
    """The slope of one weight: the sum over all places of `slopes * inputs`.

    Attributes:
        slopes: float32 (N, ...), how much the loss changes with what the weight adds to, at each place.
        inputs: The same shape, what the weight is multiplied with there.
    """

    slopes: Array
    inputs: Array

    @property
    def products(self) -> Array:
        """Give the part of each place."""
        return self.slopes * self.inputs

    @property
    def gradients(self) -> Array:
        """Give the slope of the weight for each image, (N,)."""
        return self.products.reshape(len(self.slopes), -1).sum(1)


def work_backwards(model: CNN, images: NDArray, labels: Sequence[int] | NDArray) -> Slopes:
    """Follow the loss of images back to every value that it came from, without autograd.

    Args:
        model: The network.
        images: float32 (N, 28, 28) of 0..1.
        labels: (N,), 0..9.

    Returns:
        All slopes.
    """
    x = torch.from_numpy(np.ascontiguousarray(images, np.float32))[:, None]
    truth = torch.as_tensor(np.asarray(labels))
    with torch.inference_mode():
        sizes, winners, outputs = [], [], []
        for conv in model.convs:
            convolved = conv(x)
            pooled, places = F.max_pool2d(convolved, POOL, ceil_mode=True, return_indices=True)
            x = F.relu(pooled)
            sizes.append(convolved.shape)
            winners.append(places)
            outputs.append(x)
        hidden = model.hidden(x.flatten(1))
        logits = model.fc2(hidden)
        by_logits = F.softmax(logits, 1) - F.one_hot(truth, logits.shape[1])
        by_hidden = (by_logits @ model.fc2.weight) * (hidden > 0)  # ReLU lets through what was above 0
        slopes = (by_hidden @ model.fc1.weight).reshape(x.shape)
        by_convolved: list[Tensor] = []
        for layer in reversed(range(len(sizes))):
            slopes = _unpool(slopes * (outputs[layer] > 0), winners[layer], sizes[layer])
            by_convolved.insert(0, slopes)
            slopes = _turn_around(slopes, model.convs[layer].weight)
    return Slopes(
        images=np.asarray(images, np.float32),
        losses=F.cross_entropy(logits, truth, reduction="none").numpy(),
        probabilities=F.softmax(logits, 1).numpy(),
        logits=by_logits.numpy(),
        hidden=hidden.numpy(),
        by_hidden=by_hidden.numpy(),
        convolved=tuple(one.numpy() for one in by_convolved),
    )


def output_weight(slopes: Slopes, digit: int, unit: int) -> ChainRule:
    """Account for the slope of a weight of the last layer, from a fully connected unit to a digit's logit.

    Args:
        slopes: What `work_backwards` gave.
        digit: Whose logit, 0..9.
        unit: Which value of the layer before, from 0.

    Returns:
        Two factors for each image, (N, 1).
    """
    return ChainRule(slopes.logits[:, digit, None], slopes.hidden[:, unit, None])


def filter_weight(slopes: Slopes, number: int, row: int, column: int, size: int) -> ChainRule:
    """Account for the slope of a weight of a filter of layer 1: it is used at every place of the image.

    Args:
        slopes: What `work_backwards` gave.
        number: The filter, from 0.
        row: The row of the weight in the filter.
        column: Its column.
        size: The side of the filter.

    Returns:
        The factors at each of the 28 x 28 places, (N, 28, 28).
    """
    by_convolved = slopes.convolved[0][:, number]
    height, width = by_convolved.shape[1:]
    before = (size - 1) // 2
    padded = np.pad(slopes.images, ((0, 0), (before, size), (before, size)))
    return ChainRule(by_convolved, padded[:, row : row + height, column : column + width])


@dataclass(frozen=True)
class WorkedStep:
    """One step of Adam at one weight.

    Attributes:
        loss: Before the step, in nats.
        gradient: The slope of the loss by the weight.
        mean: Adam's running mean of the gradients.
        square: Adam's running mean of their squares.
        mean_corrected: The same, as if it had not begun at 0.
        square_corrected: The same, as if it had not begun at 0.
        weight: Before the step.
        new_weight: After it.
    """

    loss: float
    gradient: float
    mean: float
    square: float
    mean_corrected: float
    square_corrected: float
    weight: float
    new_weight: float


def work_steps(
    model: CNN,
    image: NDArray,
    label: int,
    parameter: str,
    index: tuple[int, ...],
    steps: int,
    rate: float,
    betas: tuple[float, float],
) -> tuple[list[WorkedStep], float, Array]:
    """Train a copy of a network on one image with Adam, and note what becomes of one weight.

    Args:
        model: The network; it stays as it is.
        image: float32 (28, 28) of 0..1.
        label: 0..9.
        parameter: The name of the weight's tensor, such as `convs.0.weight`.
        index: Where the weight is in it.
        steps: How many.
        rate: The learning rate.
        betas: Adam's.

    Returns:
        Each step; the loss after the last; and the probabilities after it, float32 (10,).
    """
    learner = copy.deepcopy(model).requires_grad_(True)
    names = [name for name, _ in learner.named_parameters()]
    followed, place = learner.get_parameter(parameter), names.index(parameter)
    optimizer = Adam(learner.parameters(), betas)
    images = torch.from_numpy(np.ascontiguousarray(image, np.float32))[None, None]
    truth = torch.tensor([label])
    worked = []
    with torch.enable_grad():
        for count in range(1, steps + 1):
            loss = F.cross_entropy(learner(images), truth)
            loss.backward()
            assert followed.grad is not None
            gradient, weight = float(followed.grad[index]), float(followed.detach()[index])
            optimizer.step(rate)
            mean, square = (float(optimizer.state[name][place][index]) for name in ("exp_avg", "exp_avg_sq"))
            corrected = (mean / (1 - betas[0] ** count), square / (1 - betas[1] ** count))
            new = float(followed.detach()[index])
            worked.append(WorkedStep(float(loss.detach()), gradient, mean, square, *corrected, weight, new))
    with torch.inference_mode():
        logits = learner(images)
    return worked, float(F.cross_entropy(logits, truth)), F.softmax(logits, 1)[0].numpy()


def _unpool(slopes: Tensor, winners: Tensor, size: Sequence[int]) -> Tensor:
    """Give each slope to the place of its pool that won; the others have none."""
    images, channels, height, width = size
    spread = torch.zeros(images, channels, height * width)
    return spread.scatter_(2, winners.flatten(2), slopes.flatten(2)).reshape(images, channels, height, width)


def _turn_around(slopes: Tensor, weights: Tensor) -> Tensor:
    """Pass slopes by a convolution's values back to what went into it: (N, C_out, H, W) to (N, C_in, H, W)."""
    height, width = slopes.shape[2:]
    before = (weights.shape[2] - 1) // 2
    spread = F.conv_transpose2d(slopes, weights)
    return spread[:, :, before : before + height, before : before + width]
