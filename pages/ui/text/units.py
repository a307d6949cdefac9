"""What filters, neurons and outputs are called: in sentences, on choosers, and in addresses."""

from __future__ import annotations

import re

from ocr import CLASS_NAMES, CNNConfig
from ocr.inspection.units import FILTER, NEURON, OUTPUT, unit_counts, unit_kinds

NUMBER = r"([1-9]\d{0,6})"


def layer_labels(config: CNNConfig) -> list[str]:
    """Name the layers whose units can be looked at: `Layer 1`, `Layer 2`, `Neurons`, `Outputs`."""
    return [*(f"Layer {i + 1}" for i in range(len(config.filters))), "Neurons", "Outputs"]


def unit_name(config: CNNConfig, layer: int, channel: int) -> str:
    """Name a unit in a sentence, both counted from 0: `filter 3 of layer 1`, `neuron 17`, `the output of 4`."""
    kind = unit_kinds(config)[layer]
    if kind == FILTER:
        return f"filter {channel + 1} of layer {layer + 1}"
    return f"neuron {channel + 1}" if kind == NEURON else f"the output of {CLASS_NAMES[channel]}"


def capital(text: str) -> str:
    """Begin a sentence with what is written small inside of one."""
    return text[:1].upper() + text[1:]


def input_name(config: CNNConfig, layer: int, channel: int) -> str:
    """Name an input channel of a layer's units, both counted from 0: `map 3 of layer 1`, `neuron 17`, `the image`."""
    if unit_kinds(config)[layer] == OUTPUT:
        return f"neuron {channel + 1}"
    return f"map {channel + 1} of layer {layer}" if layer else "the image"


def write_unit(config: CNNConfig, layer: int, channel: int) -> str:
    """Write a unit into an address: `2.17`, `neuron.17`, `output.4`."""
    kind = unit_kinds(config)[layer]
    if kind == FILTER:
        return f"{layer + 1}.{channel + 1}"
    return f"{kind}.{channel + 1 if kind == NEURON else CLASS_NAMES[channel]}"


def read_unit(config: CNNConfig, text: str) -> tuple[int, int] | None:
    """Read what `write_unit` wrote; None for what this network does not have.

    Returns:
        Layer and unit, from 0.
    """
    layers = len(config.filters)
    if match := re.fullmatch(rf"{NUMBER}\.{NUMBER}", text):
        layer, channel = int(match[1]) - 1, int(match[2]) - 1
        layer = layer if layer < layers else -1
    elif match := re.fullmatch(rf"neuron\.{NUMBER}", text):
        layer, channel = layers, int(match[1]) - 1
    elif text.removeprefix("output.") in CLASS_NAMES and text.startswith("output."):
        return layers + 1, CLASS_NAMES.index(text.removeprefix("output."))
    else:
        return None
    return (layer, channel) if layer >= 0 and channel < unit_counts(config)[layer] else None
