"""Comparing runs: how their recipes differ, and curves that can be read beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ocr.training.recipe import TrainConfig

CNN_ONLY = ("filters", "filter_sizes", "fc_size")  # sizes that the linear baseline has no use for


def settings(recipe: TrainConfig) -> dict[str, str]:
    """Every setting of a recipe in words; those of the network, and the distortions, beside the others."""
    values = recipe.to_dict()
    network, augmentation = values.pop("network"), values.pop("augmentation")
    values |= {key: value for key, value in network.items() if recipe.model == "cnn" or key not in CNN_ONLY}
    values["distortions"] = ", ".join(f"{name} {_write(size)}" for name, size in (augmentation or {}).items()) or "none"
    return {key.replace("_", " "): _write(value) for key, value in values.items()}


def course(target: int, changes: Sequence[tuple[int, float | None]]) -> dict[str, str]:
    """What was asked of a run beyond its recipe, in words: how far it goes, and other learning rates on the way."""
    rates = [f"{'back' if rate is None else f'{rate:g}'} after {at:,}" for at, rate in changes]
    return {"iterations asked for": f"{target:,}", "learning rate changed": ", ".join(rates) or "never"}


def differences(known: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The settings that are not the same in all: by setting, its value in words by the name of who has it."""
    keys = dict.fromkeys(key for values in known.values() for key in values)
    rows = {key: {name: values.get(key, "none") for name, values in known.items()} for key in keys}
    return {key: values for key, values in rows.items() if len(set(values.values())) > 1}


def running_mean(values: Sequence[float], count: int) -> list[float]:
    """Of each value and those before it, the mean of the last `count`, or of as many as there are."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(sums))
    starts = np.maximum(0, ends - count)
    return ((sums[ends] - sums[starts]) / (ends - starts)).tolist()


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ", ".join(_write(item) for item in value)
    return f"{value:,g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
