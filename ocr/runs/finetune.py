"""Fine-tuning: a run that goes on from given weights with the user's own digits in every batch, and what it changed.

It is a run like any other: watched, stopped and resumed in the same ways. Its folder holds copies of the weights it
starts from and of the digits at that moment, so that neither a later change of them nor of the set can touch it.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocr.data.split import CLASS_NAMES, Split, normalise
from ocr.data.stroke_file import UserDigit, to_lines
from ocr.data.user_digits import hold_out, load_user_digits
from ocr.errors import OCRError
from ocr.files import write_atomically
from ocr.network.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, temperature
from ocr.reading.evaluation import Evaluation, evaluate
from ocr.reading.familiarity import FAMILIAR, familiarity
from ocr.runs.folder import create_next, list_runs
from ocr.runs.run import Run
from ocr.training.recipe import Augmentation, TrainConfig

PRESET = "own digits"
# Chosen by what was left of 5,000 validation images and 5,000 drawn ones, and by what was won on a made-up hand.
RECIPE = TrainConfig(
    iterations=600,
    batch_size=128,
    optimizer="adamw",
    learning_rate=3e-4,
    weight_decay=0.01,
    one_cycle=True,
    dropout=0.25,
    ema_decay=0.98,
    augmentation=Augmentation(),
    synthetic_share=0.25,
)
PLACES = 2  # in a batch for each own digit, so that a single one is not taken for the commonest of all ...
LARGEST_SHARE = 1 / 16  # ... and all of them leave most of it to the data


@dataclass(frozen=True)
class Change:
    """What the weights before and after say of the same images.

    Attributes:
        before: Their evaluation by the weights before.
        after: That by the weights after.
        familiar: How many of them look like digits to each, if that was counted.
    """

    before: Evaluation
    after: Evaluation
    familiar: tuple[int, int] | None = None

    def lost(self) -> NDArray[np.int64]:
        """Find what was read right before and no longer is: positions, int64 (n,)."""
        return np.flatnonzero(_right(self.before) & ~_right(self.after))

    def won(self) -> NDArray[np.int64]:
        """Find what was misread before and no longer is: positions, int64 (n,)."""
        return np.flatnonzero(~_right(self.before) & _right(self.after))

    def by_class(self) -> NDArray[np.int64]:
        """Count how many more images of each class are read right after than before, int64 (10,)."""
        before, after = (
            np.bincount(evaluation.labels[_right(evaluation)], minlength=len(CLASS_NAMES))
            for evaluation in (self.before, self.after)
        )
        return after - before


def _right(evaluation: Evaluation) -> NDArray[np.bool_]:
    """Tell of each image whether it is read right."""
    return evaluation.predictions == evaluation.labels


def fine_tuning_recipe(checkpoint: Checkpoint, count: int) -> TrainConfig:
    """Give the recipe to fine-tune a network with.

    Args:
        checkpoint: The network.
        count: How many of the user's digits it is trained on; those that are held out do not count.

    Returns:
        The recipe.
    """
    share = min(LARGEST_SHARE, PLACES * count / RECIPE.batch_size)
    return replace(RECIPE, network=checkpoint.model.config, user_digits_share=share)


def create_fine_tuning(
    digits: Sequence[UserDigit], checkpoint: Checkpoint, started_from: str, owner: str = "", private: bool = False
) -> Run:
    """Create a run that goes on from given weights, ready to start.

    Args:
        digits: The user's digits; some of them are held out.
        checkpoint: The weights.
        started_from: What people call these weights.
        owner: Whose run it is, see `create_run`.
        private: Whether only its owner is to see it.

    Returns:
        The run.

    Raises:
        OCRError: There are no digits, or the folder of runs cannot be written.
    """
    learnt = checkpoint.info.get("learnt", [])
    trained_on, held_out = hold_out(digits, learnt)
    if not trained_on:
        raise OCRError("There are no digits of your own to train on. Keep some on the Draw page first.")
    run = create_next("own", fine_tuning_recipe(checkpoint, len(trained_on)), PRESET, owner, private)
    try:
        write_atomically(run.user_digits_path, to_lines(digits))
        info = checkpoint.info | {
            "name": started_from,
            "learnt": learnt,
            "trained_on": [digit.id for digit in trained_on],
            "held_out": [digit.id for digit in held_out],
        }
        initial = Checkpoint(checkpoint.model, info, checkpoint.extra)
        save_checkpoint(run.initial_path, initial)
    except OSError as error:
        shutil.rmtree(run.path, ignore_errors=True)
        raise OCRError(f"The run cannot be written in {run.path.parent}: {error.strerror or error}.") from error
    return run


@dataclass(frozen=True)
class StartingPoint:
    """What a fine-tuning run began with, as its folder keeps it.

    Attributes:
        initial: The weights that it goes on from.
        trained_on: The user's digits that it trains on.
        held_out: Those that only measure what was learnt.
    """

    initial: Checkpoint
    trained_on: list[UserDigit]
    held_out: list[UserDigit]

    @classmethod
    def of(cls, initial: Checkpoint, digits: Sequence[UserDigit]) -> StartingPoint:
        """Tell the digits of a run apart, as its initial weights say it.

        Args:
            initial: The weights that it goes on from.
            digits: All of the user's digits that its folder keeps.

        Returns:
            The weights, the digits trained on and those held out.
        """
        if "trained_on" not in initial.info:  # until 2026-11 it was worked out anew each time
            return cls(initial, *hold_out(digits, initial.info.get("learnt", ())))
        by_id = {digit.id: digit for digit in digits}
        trained_on, held_out = (
            [by_id[identity] for identity in initial.info[part] if identity in by_id]
            for part in ("trained_on", "held_out")
        )
        return cls(initial, trained_on, held_out)

    @property
    def learnt(self) -> list[str]:
        """The ids of all of the user's digits that the network will have been trained on at the end."""
        return sorted({*self.initial.info.get("learnt", ()), *(digit.id for digit in self.trained_on)})


def starting_point(run: Run) -> StartingPoint:
    """Read what a fine-tuning run began with.

    Args:
        run: A run that `create_fine_tuning` made, now or in an earlier version.

    Returns:
        Its weights and digits.

    Raises:
        OCRError: They are not there any more, or damaged.
    """
    if not (run.initial_path.is_file() and run.user_digits_path.is_file()):
        raise OCRError(f"{run.name} has no weights and digits to go on from. Start another on the page Your digits.")
    return StartingPoint.of(load_checkpoint(run.initial_path), load_user_digits(run.user_digits_path).digits)


def list_fine_tunings() -> list[Run]:
    """List the runs that fine-tune, the newest first."""
    return [run for run in list_runs() if run.user_digits_path.is_file() and run.initial_path.is_file()]


def measure_change(before: Checkpoint, after: Checkpoint, split: Split) -> Change:
    """Evaluate the weights before and after fine-tuning on the same images.

    Args:
        before: The weights before.
        after: The weights after.
        split: The images and their labels.

    Returns:
        Both evaluations, and how many of the images look like digits to each.
    """
    images = normalise(split.images)
    evaluation_before, evaluation_after = (
        evaluate(checkpoint.model, split, temperature(checkpoint)) for checkpoint in (before, after)
    )
    familiar_before, familiar_after = (
        int((familiarity(checkpoint, images) >= FAMILIAR).sum()) for checkpoint in (before, after)
    )
    return Change(evaluation_before, evaluation_after, (familiar_before, familiar_after))
