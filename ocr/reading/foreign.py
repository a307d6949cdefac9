"""What weights made elsewhere were given of an image, told by how well they read so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from ocr.data.split import Split, normalise
from ocr.network.cnn import CNNConfig
from ocr.network.foreign import INPUTS, Assignment, Inputs, assemble
from ocr.network.models import compute_logits

ASKED = 1_000  # images; a wrong guess reads about one in ten of them


@dataclass(frozen=True)
class Guess:
    """One way to understand what a file does not say, and how well the network reads so.

    Attributes:
        channels_last: Whether the last maps were flattened channel by channel.
        inputs: What it was given of an image.
        correct: How many images it reads right.
        count: Of how many.
        loss: The mean cross-entropy, in nats. A network that is given numbers of another size than it was trained with
            may read as well, but is far too sure or too unsure.
    """

    channels_last: bool
    inputs: Inputs
    correct: int
    count: int
    loss: float


def measure_guesses(tensors: Mapping[str, Tensor], assignment: Assignment, split: Split) -> list[Guess]:
    """Try every way to understand what a file does not say.

    Args:
        tensors: The file's tensors by name.
        assignment: Which of them is which part.
        split: Images to read, of which the first are taken: never test images, because the best way is chosen by them.

    Returns:
        The ways, that with the lowest loss first.
    """
    images, labels = normalise(split.images[:ASKED]), torch.from_numpy(split.labels[:ASKED])
    orders: list[bool] = [False, True]
    if assignment.channels_last is not None or not isinstance(assignment.config, CNNConfig):
        orders = [bool(assignment.channels_last)]
    guesses = []
    for channels_last, inputs in product(orders, INPUTS):
        logits = compute_logits(assemble(tensors, assignment, channels_last, inputs), images)
        correct = int((logits.argmax(1) == labels).sum())
        guesses.append(Guess(channels_last, inputs, correct, len(labels), float(F.cross_entropy(logits, labels))))
    return sorted(guesses, key=lambda guess: guess.loss)


def count_edge_differences(
    tensors: Mapping[str, Tensor], assignment: Assignment, channels_last: bool, inputs: Inputs, split: Split
) -> int:
    """Count the images that a network reads otherwise here than where it was made.

    Where paper was another number than 0 there, padding was no paper, as it is here.

    Args:
        tensors: The file's tensors by name.
        assignment: Which of them is which part.
        channels_last: Whether the last maps were flattened channel by channel.
        inputs: What it was given of an image.
        split: Images to read.

    Returns:
        How many of them get another class.
    """
    images = normalise(split.images)
    here = compute_logits(assemble(tensors, assignment, channels_last, inputs), images)
    there = compute_logits(assemble(tensors, assignment, channels_last), images * inputs.scale + inputs.shift)
    return int((here.argmax(1) != there.argmax(1)).sum())
