"""Filters, neurons and outputs alike: how many there are, their weights, and what they answer to images.

A layer counts from 0 here: the convolutional layers, whose units are filters; the fully connected layer, whose units
are neurons; and the last layer, whose units are the outputs, one for each digit.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ocr.inspection.receptive_field import ReceptiveField, convolved_field
from ocr.network.cnn import CNN, CNNConfig, pool_relu

FILTER, NEURON, OUTPUT = "filter", "neuron", "output"


def unit_kinds(config: CNNConfig) -> tuple[str, ...]:
    """Say what the units of each layer are: `FILTER`, `NEURON` or `OUTPUT`."""
    return (*[FILTER] * len(config.filters), NEURON, OUTPUT)


def unit_counts(config: CNNConfig) -> tuple[int, ...]:
    """Count the units of each layer: (16, 36, 128, 10)."""
    return (*config.filters, config.fc_size, config.classes)


def unit_weights(model: CNN, layer: int) -> Tensor:
    """Give the weights of a layer, each unit's laid out as what it looks at.

    Args:
        model: The network.
        layer: Which layer, from 0.

    Returns:
        float32 (units, C, H, W): (16, 1, 5, 5), (36, 16, 5, 5), (128, 36, 7, 7) and (10, 128, 1, 1).
    """
    kind = unit_kinds(model.config)[layer]
    if kind == FILTER:
        return model.convs[layer].weight.detach()
    if kind == NEURON:
        size = model.config.map_sizes[-1]
        return model.fc1.weight.detach().unflatten(1, (model.config.filters[-1], size, size))
    return model.fc2.weight.detach()[..., None, None]


def unit_biases(model: CNN, layer: int) -> Tensor:
    """Give the bias of each unit of a layer: float32 (units,)."""
    layers = [*model.convs, model.fc1, model.fc2]
    return layers[layer].get_parameter("bias").detach()


def unit_answers(model: CNN, images: Tensor, layer: int) -> Tensor:
    """Compute what each unit of a layer answers, bias included, before max-pooling and ReLU.

    Args:
        model: The network.
        images: float32 (N, 1, 28, 28) of 0..1.
        layer: Which layer, from 0.

    Returns:
        float32 (N, units, H, W); neurons and outputs answer once: (N, units, 1, 1).
    """
    kind = unit_kinds(model.config)[layer]
    if kind == FILTER:
        return model.convs[layer](model.apply_layers(images, last=layer))
    features = model.features(images)
    answers = model.fc1(features) if kind == NEURON else model.classify(features)
    return answers[..., None, None]


def activated(answers: Tensor, kind: str) -> Tensor:
    """Give what units of a kind pass on of their answers: filters after max-pooling and ReLU, neurons after ReLU."""
    if kind == FILTER:
        return pool_relu(answers)
    return torch.relu(answers) if kind == NEURON else answers


def unit_field(config: CNNConfig, layer: int) -> ReceptiveField:
    """Give what part of the image an answer depends on; that of a neuron or an output depends on all of it."""
    if unit_kinds(config)[layer] == FILTER:
        return convolved_field(config, layer)
    return ReceptiveField(0, config.image_size, config.image_size)
