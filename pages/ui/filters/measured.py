"""What is measured of a layer on all test images: in the background, once for each network, and kept."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial

import torch

from ocr import CNN
from ocr.data.split import Split
from ocr.inspection.excitation import Activity, activity
from ocr.inspection.filters import Activations, RankedActivations, rank_activations
from pages.ui.background import Found, Tell, find_out
from pages.ui.cache import fingerprint, mnist_data
from pages.ui.filters.side import Side

RANKS = ("most", "median", "least")
SHOWN = 9  # images of each


@dataclass(frozen=True)
class Measured:
    """When the units of a layer are active, and the images that they answer to."""

    activity: Activity
    ranked: RankedActivations


def measure_layer(side: Side, layer: int) -> Measured | None:
    """Give what is measured of a layer, counted from 0; None while it is being measured, which the page shows."""
    model = side.checkpoint.model
    assert isinstance(model, CNN)
    found = find_out(
        f"layer-{layer + 1}", fingerprint(side.checkpoint), partial(_measure, model, mnist_data().test, layer)
    )
    if found is None:
        return None
    ranked = [Activations(found[f"{rank} values"].numpy(), found[f"{rank} positions"].numpy()) for rank in RANKS]
    active = {field.name: found[field.name].numpy() for field in fields(Activity)}
    return Measured(Activity(**active), RankedActivations(*ranked))


def _measure(model: CNN, split: Split, layer: int, tell: Tell) -> Found:
    ranked = rank_activations(model, split, layer, SHOWN)
    tell(0.5)
    active = activity(model, split, layer)
    found = {field.name: torch.from_numpy(getattr(active, field.name)) for field in fields(Activity)}
    for rank in RANKS:
        some: Activations = getattr(ranked, rank)
        found |= {f"{rank} values": torch.tensor(some.values), f"{rank} positions": torch.tensor(some.positions)}
    return found
