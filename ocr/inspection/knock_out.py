"""Networks with some filters switched off: how well they read, and how accuracy goes as filters go."""

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

Off = Mapping[int, Collection[int]]  # by layer, from 0: the filters, from 0, whose maps are set to 0

SEED = 0  # of the order at random


@dataclass(frozen=True)
class KnockOut:
    """How a network reads without one filter.

    Attributes:
        layer: The filter's layer, from 0.
        channel: The filter, from 0.
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
    """Give a network some of whose filters never answer: their weights and biases are 0, and so are their maps.

    Args:
        checkpoint: A convolutional network.
        off: Which filters.

    Returns:
        A checkpoint of its own; the one given is as it was.
    """
    model = copy.deepcopy(checkpoint.model)
    assert isinstance(model, CNN)
    with torch.no_grad():
        for layer, filters in off.items():
            for parameter in model.convs[layer].parameters():
                parameter[list(filters)] = 0
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
            lost = torch.bincount(labels[right], minlength=len(CLASS_NAMES))
            lost -= torch.bincount(labels[without], minlength=len(CLASS_NAMES))
            yield KnockOut(layer, channel, lost.numpy())


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
