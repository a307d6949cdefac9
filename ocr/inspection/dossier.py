"""Everything that is measured about a network's filters, neurons and outputs, as plain values."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

from ocr.data.split import Split
from ocr.inspection.excitation import activity, near_copies
from ocr.inspection.filters import filter_statistics
from ocr.inspection.knock_out import KnockOut, knock_out_each, knock_out_neurons
from ocr.inspection.units import FILTER, NEURON, OUTPUT, unit_counts, unit_kinds
from ocr.network.cnn import CNN


def describe_units(model: CNN, split: Split, tell: Callable[[float], None] = lambda share: None) -> dict[str, Any]:
    """Measure each filter, neuron and output of a network with the images of a split: some seconds for 5,000 images.

    Args:
        model: The network.
        split: The images.
        tell: Is told the share that is done, 0..1, now and then.

    Returns:
        Values that JSON can hold. "filters": of each filter, in the order of layers, "layer" and "filter" (from 1);
        "neurons": of each neuron of the fully connected layer, "neuron" (from 1); "outputs": of each output, "output"
        (its digit). All have "norm" and "bias" of its weights, "active" (the share of the images in which it is, see
        `Activity`), "dead", "by_class" (its strongest value, on average over each digit's images), "lost" (how many
        images fewer are read right without it) and "lost_by_class". "near_copies" and "near_copies_of_neurons": pairs
        of a layer, with their cosine. "images": their number.
    """
    counts, kinds = unit_counts(model.config), unit_kinds(model.config)
    described: dict[str, list[dict[str, Any]]] = {FILTER: [], NEURON: [], OUTPUT: []}
    copies: dict[str, list[dict[str, Any]]] = {FILTER: [], NEURON: [], OUTPUT: []}
    knock_outs = chain(knock_out_each(model, split), knock_out_neurons(model, split))
    done = 0
    for layer, kind in enumerate(kinds):
        place = {"layer": layer + 1} if kind == FILTER else {}
        for channel, found in enumerate(_measure(model, split, layer)):
            name = channel if kind == OUTPUT else channel + 1  # outputs are called as their digits
            described[kind].append({**place, kind: name, **found, **_lost(next(knock_outs))})
            done += 1
            tell(done / sum(counts))
        copies[kind] += [
            {**place, f"{kind}s": [first + 1, second + 1], "cosine": cosine}
            for first, second, cosine in near_copies(model, layer)
        ]
    return {
        "images": len(split),
        **{f"{kind}s": found for kind, found in described.items()},
        "near_copies": copies[FILTER],
        "near_copies_of_neurons": copies[NEURON],
    }


def _measure(model: CNN, split: Split, layer: int) -> list[dict[str, Any]]:
    """Measure what each unit of a layer is and when it is active."""
    active, statistics = activity(model, split, layer), filter_statistics(model, layer)
    return [
        {
            "norm": float(statistics.norm[channel]),
            "bias": float(statistics.bias[channel]),
            "active": float(active.share[channel]),
            "dead": bool(active.dead[channel]),
            "by_class": [float(value) for value in active.by_class[channel]],
        }
        for channel in range(len(active.share))
    ]


def _lost(knock_out: KnockOut) -> dict[str, Any]:
    return {"lost": knock_out.total, "lost_by_class": knock_out.lost.tolist()}
