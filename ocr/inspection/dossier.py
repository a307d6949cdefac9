"""Everything that is measured about a network's filters, as plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ocr.data.split import Split
from ocr.inspection.excitation import activity, near_copies
from ocr.inspection.filters import filter_statistics
from ocr.inspection.knock_out import knock_out_each
from ocr.network.cnn import CNN


def describe_filters(model: CNN, split: Split, tell: Callable[[float], None] = lambda share: None) -> dict[str, Any]:
    """Measure each filter of a network with the images of a split: some seconds for 5,000 images.

    Args:
        model: The network.
        split: The images.
        tell: Is told the share that is done, 0..1, now and then.

    Returns:
        Values that JSON can hold. "filters": of each filter, in the order of layers, "layer" and "filter" (from 1),
        "norm" and "bias" of its weights, "active" (the share of the images in which it is), "dead", "by_class" (its
        strongest value, on average over each digit's images), "lost" (how many images fewer are read right without it)
        and "lost_by_class". "near_copies": pairs of filters of a layer, with their cosine. "images": their number.
    """
    described, copies, total = [], [], sum(model.config.filters)
    knock_outs = knock_out_each(model, split)
    for layer, count in enumerate(model.config.filters):
        active, statistics = activity(model, split, layer), filter_statistics(model, layer)
        for channel in range(count):
            knock_out = next(knock_outs)
            described.append(
                {
                    "layer": layer + 1,
                    "filter": channel + 1,
                    "norm": float(statistics.norm[channel]),
                    "bias": float(statistics.bias[channel]),
                    "active": float(active.share[channel]),
                    "dead": bool(active.dead[channel]),
                    "by_class": [float(value) for value in active.by_class[channel]],
                    "lost": knock_out.total,
                    "lost_by_class": knock_out.lost.tolist(),
                }
            )
            tell(len(described) / total)
        copies += [
            {"layer": layer + 1, "filters": [first + 1, second + 1], "cosine": cosine}
            for first, second, cosine in near_copies(model, layer)
        ]
    return {"images": len(split), "filters": described, "near_copies": copies}
