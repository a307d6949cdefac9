"""Filters one by one: their figures, and the patches of ink they answer to most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ocr.data.split import Split, normalise
from ocr.inspection.receptive_field import convolved_field, patch
from ocr.network.cnn import CNN
from ocr.network.models import BATCH

Array = NDArray[np.float32]

USUAL = 0.99  # of a layer's weights that colours tell apart; single large ones would leave all others pale


@dataclass(frozen=True)
class FilterStatistics:
    """Figures of the F filters of a layer, over all of their input channels: float32 (F,) each.

    Attributes:
        mean: The mean weight.
        low: The smallest weight.
        high: The largest weight.
        norm: The Euclidean norm of the weights.
        bias: The bias.
    """

    mean: Array
    low: Array
    high: Array
    norm: Array
    bias: Array


@dataclass(frozen=True)
class TopActivations:
    """The images that each of a layer's F filters answers to most, the strongest first, each image once.

    Attributes:
        values: float32 (F, count), convolved values with bias, before pooling.
        positions: int64 (F, count, 3): the image in the split, and the row and column of the convolved map.
    """

    values: Array
    positions: NDArray[np.int64]


def filter_statistics(model: CNN, layer: int) -> FilterStatistics:
    """Compute figures of each filter of a convolutional layer.

    Args:
        model: The network.
        layer: Which layer, from 0.

    Returns:
        Mean, smallest and largest weight, Euclidean norm and bias of each filter.
    """
    weights = model.convs[layer].weight.detach().flatten(1)
    bias = model.convs[layer].get_parameter("bias").detach()
    return FilterStatistics(
        *(x.numpy() for x in (weights.mean(1), weights.amin(1), weights.amax(1), weights.norm(dim=1), bias))
    )


def usual_weight(model: CNN, layer: int) -> float:
    """Give the size, whatever the sign, that 99 % of a layer's weights stay below.

    Args:
        model: The network.
        layer: Which convolutional layer, from 0.

    Returns:
        A size above 0, in the unit of the weights.
    """
    return float(model.convs[layer].weight.detach().abs().flatten().quantile(USUAL))


def top_activations(model: CNN, split: Split, layer: int, count: int = 9) -> TopActivations:
    """Look for the largest convolved value of each filter in every image of a split.

    Args:
        model: The network.
        split: The images.
        layer: Which convolutional layer, from 0.
        count: How many images for each filter, at most.

    Returns:
        The images that each filter answers to most.
    """
    values, places, width = [], [], 1
    with torch.inference_mode():
        for batch in normalise(split.images).split(BATCH):
            convolved = model.convs[layer](model.apply_layers(batch, last=layer))  # (N, F, H, W)
            width = convolved.shape[3]
            best = convolved.flatten(2).max(2)
            values.append(best.values)
            places.append(best.indices)
        value, place = torch.cat(values), torch.cat(places)  # (N, F)
        top = value.topk(min(count, len(value)), dim=0)
        place = place.gather(0, top.indices)
    positions = torch.stack([top.indices, place // width, place % width], 2)  # (count, F, 3)
    return TopActivations(top.values.T.numpy(), positions.transpose(0, 1).numpy())


def top_patches(model: CNN, split: Split, answers: TopActivations, layer: int, channel: int) -> Array:
    """Cut out the patches behind a filter's strongest answers.

    Args:
        model: The network.
        split: The images that were searched.
        answers: What `top_activations` found.
        layer: Which convolutional layer, from 0.
        channel: Which filter, from 0.

    Returns:
        float32 (count, size, size) of 0..1.
    """
    field = convolved_field(model.config, layer)
    cut = [patch(split.ink(i), field, row, column) for i, row, column in answers.positions[channel]]
    return np.stack(cut)
