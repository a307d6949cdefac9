"""Filters, neurons and outputs one by one: their figures, and the patches of ink they answer to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr.data.split import Split, normalise
from ocr.inspection.receptive_field import patch
from ocr.inspection.units import unit_answers, unit_biases, unit_field, unit_weights
from ocr.network.cnn import CNN
from ocr.network.models import BATCH

Array = NDArray[np.float32]

USUAL = 0.99  # of a layer's weights that colours tell apart; single large ones would leave all others pale


@dataclass(frozen=True)
class FilterStatistics:
    """Figures of the F units of a layer, over all of their input channels: float32 (F,) each.

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
class Activations:
    """Images, and what each of a layer's F units answers to them at its strongest, the strongest first.

    Attributes:
        values: float32 (F, count), with bias, before pooling and ReLU.
        positions: int64 (F, count, 3): the image in the split, and the row and column of the convolved map.
    """

    values: Array
    positions: NDArray[np.int64]


@dataclass(frozen=True)
class RankedActivations:
    """The images that each unit of a layer answers to `most`, around the `median`, and `least`, each image once."""

    most: Activations
    median: Activations
    least: Activations


def filter_statistics(model: CNN, layer: int) -> FilterStatistics:
    """Compute figures of each unit of a layer.

    Args:
        model: The network.
        layer: Which layer, from 0, as `units` counts them.

    Returns:
        Mean, smallest and largest weight, Euclidean norm and bias of each unit.
    """
    weights, bias = unit_weights(model, layer).flatten(1), unit_biases(model, layer)
    return FilterStatistics(
        *(x.numpy() for x in (weights.mean(1), weights.amin(1), weights.amax(1), weights.norm(dim=1), bias))
    )


def usual_weight(model: CNN, layer: int) -> float:
    """Give the size, whatever the sign, that 99 % of a layer's weights stay below.

    Args:
        model: The network.
        layer: Which layer, from 0, as `units` counts them.

    Returns:
        A size above 0, in the unit of the weights.
    """
    return float(unit_weights(model, layer).abs().flatten().quantile(USUAL))


def rank_activations(model: CNN, split: Split, layer: int, count: int = 9) -> RankedActivations:
    """Look for the strongest answer of each unit in every image of a split, and rank the images by it.

    Args:
        model: The network.
        split: The images.
        layer: Which layer, from 0, as `units` counts them.
        count: How many images for each unit, at most.

    Returns:
        The images that each unit answers to most, around the median, and least.
    """
    values, places, width = [], [], 1
    with torch.inference_mode():
        for batch in normalise(split.images).split(BATCH):
            answers = unit_answers(model, batch, layer)  # (N, F, H, W)
            width = answers.shape[3]
            best = answers.flatten(2).max(2)
            values.append(best.values)
            places.append(best.indices)
        value, place = torch.cat(values), torch.cat(places)  # (N, F)
        order = value.argsort(dim=0, descending=True, stable=True)
    count = min(count, len(order))
    middle = (len(order) - count) // 2
    ranks = (order[:count], order[middle : middle + count], order[len(order) - count :])
    return RankedActivations(*(_at(rank, value, place, width) for rank in ranks))


def _at(images: Tensor, value: Tensor, place: Tensor, width: int) -> Activations:
    """Pick the answers to some images, (count, F), out of those to all."""
    place = place.gather(0, images)
    positions = torch.stack([images, place // width, place % width], 2)  # (count, F, 3)
    return Activations(value.gather(0, images).T.numpy(), positions.transpose(0, 1).numpy())


def patches_behind(model: CNN, split: Split, answers: Activations, layer: int, channel: int) -> Array:
    """Cut out the patches behind a unit's answers.

    Args:
        model: The network.
        split: The images that were ranked.
        answers: Some of what `rank_activations` found.
        layer: Which layer, from 0, as `units` counts them.
        channel: Which of its units, from 0.

    Returns:
        float32 (count, size, size) of 0..1.
    """
    field = unit_field(model.config, layer)
    cut = [patch(split.ink(i), field, row, column) for i, row, column in answers.positions[channel]]
    return np.stack(cut)
