"""Networks with some filters, neurons or outputs switched off: how well they read, and how accuracy goes."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr.data.split import CLASS_NAMES, Split, normalise
from ocr.network.checkpoint import Checkpoint
from ocr.network.cnn import CNN
from ocr.network.models import BATCH

Off = Mapping[int, Collection[int]]  # by layer, from 0: the filters or neurons, from 0, whose values are set to 0

SEED = 0  # of the order at random


@dataclass(frozen=True)
class KnockOut:
    """How a network reads without one filter, neuron or output.

    Attributes:
        layer: Its layer, from 0, as `units` counts them.
        channel: Which it is of its layer, from 0.
        lost: int64 (10,), how many images fewer of each digit are read right; below 0 where there are more.
    """

    layer: int
    channel: int
    lost: NDArray[np.int64]

    @property
    def total(self) -> int:
        """Count how many images fewer are read right in all."""
        return int(self.lost.sum())


def switch_off(checkpoint: Checkpoint, off: Off) -> Checkpoint:
    """Give a network some of whose filters and neurons never answer: their weights and biases are 0, and so they are.

    Args:
        checkpoint: A convolutional network.
        off: Which filters, and which neurons of the fully connected layer.

    Returns:
        A checkpoint of its own; the one given is as it was.
    """
    model = copy.deepcopy(checkpoint.model)
    assert isinstance(model, CNN)
    layers = [*model.convs, model.fc1]
    with torch.no_grad():
        for layer, units in off.items():
            for parameter in layers[layer].parameters():
                parameter[list(units)] = 0
    return replace(checkpoint, model=model)


def knock_out_each(model: CNN, split: Split) -> Iterator[KnockOut]:
    """Read a split without each filter in turn. Up to its layer all is computed once for all filters of it.

    Args:
        model: The network.
        split: The images.

    Yields:
        What is lost, layer by layer.
    """
    labels, maps = torch.from_numpy(split.labels), normalise(split.images)
    right = _right(model, maps, 0, {}, labels)
    for layer, count in enumerate(model.config.filters):
        with torch.inference_mode():
            maps = torch.cat([model.apply_layers(batch, layer, layer + 1) for batch in maps.split(BATCH)])
        for channel in range(count):
            with torch.inference_mode():
                kept = maps[:, channel].clone()
                maps[:, channel] = 0
                without = _right(model, maps, layer + 1, {}, labels)
                maps[:, channel] = kept
            yield KnockOut(layer, channel, _lost(labels, right, without))


def knock_out_neurons(model: CNN, split: Split) -> Iterator[KnockOut]:
    """Read a split without each neuron of the fully connected layer, then without each output, in turn.

    A neuron that is switched off gives 0; an output that is switched off is never the largest.

    Args:
        model: The network.
        split: The images.

    Yields:
        What is lost, first of the neurons, then of the outputs; their layers are those of `units`.
    """
    labels = torch.from_numpy(split.labels)
    with torch.inference_mode():
        features = torch.cat([model.features(batch) for batch in normalise(split.images).split(BATCH)])
        hidden, logits = model.hidden(features), model.classify(features)
        right = logits.argmax(1) == labels
    layer = len(model.convs)
    for channel, weights in enumerate(model.fc2.weight.detach().T):
        with torch.inference_mode():
            without = (logits - hidden[:, channel, None] * weights).argmax(1) == labels
        yield KnockOut(layer, channel, _lost(labels, right, without))
    for channel in range(logits.shape[1]):
        with torch.inference_mode():
            without = logits.index_fill(1, torch.tensor([channel]), -torch.inf).argmax(1) == labels
        yield KnockOut(layer + 1, channel, _lost(labels, right, without))


def accuracy_as_filters_go(model: CNN, split: Split, order: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Count the images read right as more and more filters are switched off.

    Args:
        model: The network.
        split: The images.
        order: Layer and filter, both from 0, of the one that goes first, second, and so on.

    Returns:
        int64 (filters + 1,): with all filters, without the first, without the first two, …
    """
    labels, images = torch.from_numpy(split.labels), normalise(split.images)
    off: dict[int, list[int]] = {}
    right = [int(_right(model, images, 0, off, labels).sum())]
    for layer, channel in order:
        off.setdefault(layer, []).append(channel)
        right.append(int(_right(model, images, 0, off, labels).sum()))
    return np.array(right)


def orders(knock_outs: Sequence[KnockOut]) -> dict[str, list[tuple[int, int]]]:
    """Give three orders in which filters may go: the least valuable first, the most valuable first, and at random."""
    ranked = sorted(knock_outs, key=lambda each: each.total)
    names = [(each.layer, each.channel) for each in ranked]
    shuffled = [names[i] for i in np.random.default_rng(SEED).permutation(len(names))]
    return {"Least valuable first": names, "Most valuable first": names[::-1], "At random": shuffled}


def _lost(labels: Tensor, before: Tensor, after: Tensor) -> NDArray[np.int64]:
    """Count how many images fewer of each digit are read right after than before: int64 (10,)."""
    counts = [torch.bincount(labels[right], minlength=len(CLASS_NAMES)) for right in (before, after)]
    return (counts[0] - counts[1]).numpy()


def _right(model: CNN, maps: Tensor, layer: int, off: Off, labels: Tensor) -> Tensor:
    """Tell which images, given by what goes into a layer, are read right: bool (N,)."""
    with torch.inference_mode():
        return torch.cat([_logits(model, batch, layer, off) for batch in maps.split(BATCH)]).argmax(1) == labels


def _logits(model: CNN, maps: Tensor, first: int, off: Off) -> Tensor:
    """Compute the logits (N, classes) of what goes into a layer."""
    for layer in range(first, len(model.convs)):
        maps = model.apply_layers(maps, layer, layer + 1)
        for channel in off.get(layer, ()):
            maps[:, channel] = 0
    return model.classify(maps.flatten(1))
