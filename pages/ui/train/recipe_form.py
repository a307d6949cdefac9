"""The recipe for a new run: a preset or that of an earlier run, and what is changed in it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import streamlit as st

from ocr.errors import OCRError
from ocr.network.cnn import CNNConfig
from ocr.network.device import choose_device, has_bfloat16
from ocr.runs.comparison import differences, settings
from ocr.runs.folder import NAME_RULE, find_run, free_name, unused
from ocr.runs.run import Run
from ocr.training.recipe import OPTIMIZERS, PRESETS, Augmentation, TrainConfig, check_learning_rate
from pages.ui import session
from pages.ui.elements.base import component
from pages.ui.text.say import literally, say_error

DESCRIPTIONS = {
    "tutorial": "The TensorFlow tutorial's recipe, to the letter.",
    "fast": "A learning rate that rises and falls, and labels that leave some doubt: 99 % in seconds.",
    "best": "The recipe of the shipped weights: distorted digits, averaged weights, three larger networks as teachers.",
    "linear": "The baseline without any convolution: one layer from pixels to digits.",
}
# Of the preset as it is, on two cores that do nothing else: with bfloat16, and of an old processor without.
# Measured, but for the hour and a half, which is reckoned from fewer iterations.
DURATIONS = {
    "tutorial": ("about 40 seconds", "up to 4 minutes"),
    "fast": ("2 to 3 seconds", "up to 12 seconds"),
    "best": ("about a quarter of an hour", "up to an hour and a half"),
    "linear": ("about a second", "up to 4 seconds"),
}
MOST_LAYERS, MOST_FILTERS, LARGEST_FILTER = 4, 256, 15  # more would take minutes an iteration here
LIMITS = {
    "Iterations": (1, 1_000_000),
    "Batch size": (1, 2_048),
    "Seed": (0, 999_999),
    "Fully connected size": (1, 2_048),
}


@dataclass(frozen=True)
class Plan:
    """What a new run is to be."""

    recipe: TrainConfig
    preset: str
    name: str


def copy_recipe(run: Run) -> None:
    """Opens the form for a new run with the recipe of an earlier one."""
    training = session.training()
    training.copied, training.copies = run.name, training.copies + 1
    session.PRESET.value = f"as {run.name}"


def choose_plan() -> Plan | None:
    """The form for a new run; None, with a sentence, as long as what it says does not work."""
    copied = _copied()
    sources = [*PRESETS, *([f"as {copied.name}"] if copied else [])]
    session.PRESET.keep_among(sources)
    source = st.segmented_control("Recipe", sources, format_func=literally, key=session.PRESET.key, required=True)
    if copied and source == sources[-1]:
        base, preset = copied.config(), str(copied.description().get("preset", ""))
        st.caption(
            f"The recipe and the seed of {literally(copied.name)}, and so its initial weights. Change one thing."
        )
        component("top")(key="top", data=session.training().copies, height=0)  # the button lies far below the form
    else:
        base, preset = PRESETS[source], source
        duration = DURATIONS[source][0 if has_bfloat16(choose_device("cpu")) else 1]
        took = f"{base.iterations:,} iterations take {duration} on two idle cores, more on a busy machine."
        st.caption(f"{DESCRIPTIONS[source]} {took}")
    with st.expander("Change the recipe", expanded=base is not PRESETS.get(source)):
        try:
            recipe = _change(base, source)
            name = _choose_name(preset if preset in PRESETS else "run")
        except OCRError as error:
            say_error(error)
            return None
    changes = differences({"before": settings(base), "now": settings(recipe)})
    if changes:
        told = "; ".join(f"{setting} {values['before']} → {values['now']}" for setting, values in changes.items())
        several = "" if len(changes) == 1 else f" With {len(changes)} changes, no difference has one cause alone."
        st.caption(f"Changed: {told}.{several}")
    return Plan(recipe, preset, name)


def _choose_name(stem: str) -> str:
    suggested = free_name(stem)
    help_ = f"{NAME_RULE.capitalize()}."
    return unused(st.text_input("Name of the run", suggested, key=f"name_{suggested}", help=help_).strip()).name


def _copied() -> Run | None:
    """The run whose recipe was asked for, if it is still there."""
    copied = session.training().copied
    run = find_run(copied) if copied else None
    return run if run and run.exists() else None


def _change(base: TrainConfig, source: str) -> TrainConfig:
    """The recipe with what is set in the form; the keys carry the source, so that each begins with its own values."""
    left, right = st.columns(2, gap="small")
    with left:
        rate = rate_field(base.learning_rate, f"rate_{source}")
        iterations = _number("Iterations", base.iterations, f"iterations_{source}")
    with right:
        batch = _number("Batch size", base.batch_size, f"batch_{source}")
        seed = _number("Seed", base.seed, f"seed_{source}")
    optimizer = st.segmented_control(
        "Optimiser", list(OPTIMIZERS), default=base.optimizer, key=f"optimizer_{source}", required=True
    )
    one_cycle = st.toggle("Learning rate rises, then falls", base.one_cycle, key=f"cycle_{source}")
    augmentation = base.augmentation
    if st.toggle("Distort the digits", bool(augmentation), key=f"distort_{source}") != bool(augmentation):
        augmentation = None if augmentation else Augmentation()
    network = base.network
    dropout = base.dropout
    if base.model != "linear":
        dropout = st.slider("Dropout", 0.0, 0.9, base.dropout, 0.05, key=f"dropout_{source}")
        network = _change_network(base.network, source)
    for label, number in {"Iterations": iterations, "Batch size": batch, "Seed": seed}.items():
        _check(label, number)
    check_learning_rate(rate)
    return replace(
        base,
        learning_rate=rate,
        iterations=iterations,
        batch_size=batch,
        seed=seed,
        optimizer=optimizer,
        one_cycle=one_cycle,
        augmentation=augmentation,
        dropout=dropout,
        network=network,
    )


def _change_network(base: CNNConfig, source: str) -> CNNConfig:
    left, right = st.columns(2, gap="small")
    with left:
        filters = st.text_input("Filters in each layer", _write(base.filters), key=f"filters_{source}")
    with right:
        sizes = st.text_input("Size of its filters", _write(base.filter_sizes), key=f"sizes_{source}")
    fc_size = _number("Fully connected size", base.fc_size, f"fc_{source}")
    _check("Fully connected size", fc_size)
    numbers = read_numbers("filters", filters, MOST_FILTERS)
    lengths = read_numbers("filter sizes", sizes, LARGEST_FILTER)
    if len(numbers) != len(lengths):
        raise OCRError(
            f"Each layer needs a number of filters and a filter size: there are {len(numbers)} and {len(lengths)}. "
            "Give as many of both, such as 16, 36 and 5, 5."
        )
    return replace(base, filters=numbers, filter_sizes=lengths, fc_size=fc_size)


def rate_field(value: float, key: str) -> float:
    """A field for a learning rate, whose buttons change it by a tenth or less."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return st.number_input("Learning rate", value=value, step=step, format="%g", key=key)


def _number(label: str, value: int, key: str) -> int:
    """A field for a whole number. Limits of the field itself would let a number beyond them count for nothing."""
    return st.number_input(label, value=value, step=1, key=key)


def _check(label: str, number: int) -> None:
    low, high = LIMITS[label]
    if not low <= number <= high:
        raise OCRError(f"{label}: {number:,} does not work. Give a whole number from {low:,} to {high:,}.")


def read_numbers(what: str, text: str, most: int) -> tuple[int, ...]:
    """`16, 36` as numbers, one a layer.

    Errors:
        OCRError: it is something else, a number is out of range, or there are too many.
    """
    parts = re.split(r"[\s,;]+", text.strip())
    numbers = tuple(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 9)
    if len(numbers) < len(parts) or len(numbers) > MOST_LAYERS or not all(1 <= number <= most for number in numbers):
        raise OCRError(
            f"“{text}” does not work as {what}: give one to {MOST_LAYERS} whole numbers from 1 to {most}, "
            "one for each layer, such as 16, 36."
        )
    return numbers


def _write(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))
