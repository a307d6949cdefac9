"""Runs beside each other: how their recipes differ, and curves that can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ocr.training.recipe import TrainConfig

# Settings whose names do not read well as they stand in the code, without underscores.
LABELS = {
    "optimizer": "optimiser",
    "fc_size": "fully connected size",
    "ema_decay": "EMA decay",
    "user_digits_share": "user digits' share",
}


def settings(recipe: TrainConfig) -> dict[str, str]:
    """Write every setting of a recipe in words.

    Args:
        recipe: The recipe.

    Returns:
        Each setting's value by its name, both as people read them; the network's and the distortions' among them.
    """
    values = recipe.to_dict()
    network, augmentation = values.pop("network"), values.pop("augmentation")
    values |= network
    values["distortions"] = ", ".join(f"{name} {_write(size)}" for name, size in (augmentation or {}).items()) or "none"
    return {LABELS.get(key, key.replace("_", " ")): _write(value) for key, value in values.items()}


def course(target: int, changes: Sequence[tuple[int, float | None]]) -> dict[str, str]:
    """Write in words what was asked of a run beyond its recipe.

    Args:
        target: The iteration that it is meant to reach.
        changes: As `Run.rate_changes` gives them.

    Returns:
        How far it goes, and other learning rates on the way, by names in words.
    """
    rates = [f"{'back' if rate is None else f'{rate:g}'} after {at:,}" for at, rate in changes]
    return {"iterations asked for": f"{target:,}", "learning rate changed": ", ".join(rates) or "never"}


def differences(settings_by_run: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Find the settings that are not the same in all runs.

    Args:
        settings_by_run: By each run's name, what `settings` and `course` give.

    Returns:
        By each such setting, its value in words by the run's name.
    """
    keys = dict.fromkeys(key for values in settings_by_run.values() for key in values)
    rows = {key: {name: values.get(key, "none") for name, values in settings_by_run.items()} for key in keys}
    return {key: values for key, values in rows.items() if len(set(values.values())) > 1}


def running_mean(values: Sequence[float], count: int) -> list[float]:
    """Smooth a curve: each value becomes the mean of itself and of those before it.

    Args:
        values: The curve.
        count: How many values go into a mean; at the start, as many as there are.

    Returns:
        As many values.
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(sums))
    starts = np.maximum(0, ends - count)
    return ((sums[ends] - sums[starts]) / (ends - starts)).tolist()


def _write(value: Any) -> str:
    """Write a setting's value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ", ".join(_write(item) for item in value)
    return f"{value:,g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
