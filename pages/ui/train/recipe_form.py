"""The form in which a recipe is changed; its limits are the recipe's."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import streamlit as st

from ocr.errors import OCRError
from ocr.network.cnn import CNNConfig
from ocr.network.linear import LinearConfig
from ocr.training.recipe import OPTIMIZERS, Augmentation, TrainConfig, check_number
from pages.ui.text.terms import TERMS

WEIGHT_DECAY = 0.01  # of adamw, where the recipe had another optimizer: what torch.optim.AdamW has
LONGEST = 8  # digits of a number that is looked at; every limit is shorter


def change_recipe(base: TrainConfig, source: str) -> TrainConfig:
    """Show the form, and give the recipe with what is set there.

    Args:
        base: The recipe that the form begins with.
        source: Whose recipe it is. The keys carry it, so that the form begins anew with each.

    Returns:
        The recipe.

    Raises:
        OCRError: It does not work; every field is there all the same.
    """
    left, right = st.columns(2, gap="small")
    with left:
        rate = rate_field(base.learning_rate, f"rate_{source}")
        iterations = _number("Iterations", base.iterations, f"iterations_{source}", "iteration")
    with right:
        batch = _number("Batch size", base.batch_size, f"batch_{source}", "batch")
        seed = _number("Seed", base.seed, f"seed_{source}", "seed")
    optimizer = st.segmented_control(
        "Optimiser",
        list(OPTIMIZERS),
        default=base.optimizer,
        key=f"optimizer_{source}",
        required=True,
        help=TERMS["optimiser"],
    )
    one_cycle = st.toggle("One cycle", base.one_cycle, key=f"cycle_{source}", help=TERMS["one cycle"])
    augmentation = base.augmentation
    distort = st.toggle("Distort the digits", bool(augmentation), key=f"distort_{source}", help=TERMS["distortion"])
    if distort != bool(augmentation):
        augmentation = None if augmentation else Augmentation()
    network = base.network
    dropout = base.dropout
    if not isinstance(network, LinearConfig):
        dropout = st.slider("Dropout", 0.0, 0.9, base.dropout, 0.05, key=f"dropout_{source}", help=TERMS["dropout"])
    if isinstance(network, CNNConfig):
        network = _change_network(network, source)
    return replace(
        base,
        learning_rate=rate,
        iterations=iterations,
        batch_size=batch,
        seed=seed,
        optimizer=optimizer,
        weight_decay=_weight_decay(base, optimizer),
        one_cycle=one_cycle,
        augmentation=augmentation,
        dropout=dropout,
        network=network,
    )


def _weight_decay(base: TrainConfig, optimizer: str) -> float:
    """What goes with the chosen optimizer, of which adamw alone has weight decay."""
    if optimizer == base.optimizer:
        return base.weight_decay
    return WEIGHT_DECAY if optimizer == "adamw" else 0.0


def _change_network(base: CNNConfig, source: str) -> CNNConfig:
    left, right = st.columns(2, gap="small")
    with left:
        filters = st.text_input("Filters in each layer", _write(base.filters), key=f"filters_{source}")
    with right:
        sizes = st.text_input("Size of its filters", _write(base.filter_sizes), key=f"sizes_{source}")
    fc_size = _number("Fully connected size", base.fc_size, f"fc_{source}", "fully connected layer")
    check_number("fully connected size", fc_size)
    numbers = read_numbers("number of filters", filters)
    lengths = read_numbers("filter size", sizes)
    if len(numbers) != len(lengths):
        raise OCRError(
            f"Each layer needs a number of filters and a filter size: there are {len(numbers)} and {len(lengths)}. "
            "Give as many of both, such as 16, 36 and 5, 5."
        )
    return replace(base, filters=numbers, filter_sizes=lengths, fc_size=fc_size)


def rate_field(value: float, key: str) -> float:
    """Show a field for a learning rate, whose buttons change it by a tenth or less."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return st.number_input("Learning rate", value=value, step=step, format="%g", key=key, help=TERMS["learning rate"])


def _number(label: str, value: int, key: str, term: str) -> int:
    """A field for a whole number. Limits of the field itself would let a number beyond them count for nothing."""
    return st.number_input(label, value=value, step=1, key=key, help=TERMS[term])


def read_numbers(name: str, text: str) -> tuple[int, ...]:
    """Read `16, 36` as numbers, one a layer.

    Args:
        name: What they are: a key of the recipe's `LIMITS`.
        text: What was typed, with commas, semicolons or blanks between the numbers.

    Returns:
        The numbers.

    Raises:
        OCRError: They are no whole numbers, one is out of range, or there are too many.
    """
    parts = re.split(r"[\s,;]+", text.strip())
    if not all(part.isascii() and part.isdigit() and len(part) <= LONGEST for part in parts):
        raise OCRError(
            f"“{text}” does not work as the {name} of each layer: give one whole number a layer, such as 16, 36."
        )
    numbers = tuple(map(int, parts))
    check_number("number of convolutional layers", len(numbers))
    for number in numbers:
        check_number(name, number)
    return numbers


def _write(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))
