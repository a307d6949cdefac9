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

from ocr.augment import Augmentation
from ocr.calibrate import temperature
from ocr.checkpoint import Checkpoint, save_checkpoint, write_atomically
from ocr.data import CLASS_NAMES, Split, normalise
from ocr.errors import OCRError
from ocr.evaluate import Evaluation, evaluate
from ocr.familiarity import FAMILIAR, familiarity
from ocr.model import kind_of
from ocr.own import OwnDigit, hold_out, to_lines
from ocr.recipe import TrainConfig
from ocr.run import Run
from ocr.runs import create_run, free_name, list_runs

PRESET = "own digits"
# Chosen by what was left of 5,000 validation images and 5,000 drawn ones, and by what was won on a made-up hand.
RECIPE = TrainConfig(
    iterations=600,
    batch_size=128,
    learning_rate=3e-4,
    weight_decay=0.01,
    one_cycle=True,
    dropout=0.25,
    average=0.98,
    augmentation=Augmentation(),
    drawn=0.25,
)
EACH = 2  # places in a batch for each own digit, so that a single one is not taken for the commonest of all ...
LARGEST_SHARE = 1 / 16  # ... and all of them leave most of it to the data


@dataclass(frozen=True)
class Change:
    """What the weights before and after say of the same images.

    `familiar` is how many of them look like digits to each, if that was counted.
    """

    before: Evaluation
    after: Evaluation
    familiar: tuple[int, int] | None = None

    def lost(self) -> NDArray[np.int64]:
        """The positions of what was read right before and no longer is."""
        return np.flatnonzero(_right(self.before) & ~_right(self.after))

    def won(self) -> NDArray[np.int64]:
        """The positions of what was misread before and no longer is."""
        return np.flatnonzero(~_right(self.before) & _right(self.after))

    def by_class(self) -> NDArray[np.int64]:
        """How many more images of each class are read right after than before, (10,)."""
        right = [
            np.bincount(each.labels[_right(each)], minlength=len(CLASS_NAMES)) for each in (self.before, self.after)
        ]
        return right[1] - right[0]


def _right(evaluation: Evaluation) -> NDArray[np.bool_]:
    return evaluation.predictions == evaluation.labels


def recipe(checkpoint: Checkpoint, count: int) -> TrainConfig:
    """How to fine-tune a network on `count` digits (those that are not held out)."""
    share = min(LARGEST_SHARE, EACH * count / RECIPE.batch_size)
    return replace(RECIPE, model=kind_of(checkpoint.model), network=checkpoint.model.config, own=share)


def create_fine_tuning(digits: Sequence[OwnDigit], checkpoint: Checkpoint, started_from: str) -> Run:
    """A new run, ready to start, that goes on from a checkpoint; `started_from` is what people call that.

    Errors:
        OCRError: there are no digits, or the runs' folder cannot be written.
    """
    learnt = checkpoint.info.get("learnt", [])
    trained, _ = hold_out(digits, learnt)
    if not trained:
        raise OCRError("There are no digits of your own to train on. Keep some on the Draw page first.")
    run = create_run(free_name("own"), recipe(checkpoint, len(trained)), PRESET)
    try:
        write_atomically(run.own_path, to_lines(digits))
        learning = sorted({*learnt, *(digit.id for digit in trained)})
        info = checkpoint.info | {"name": started_from, "learnt": learnt, "learning": learning}
        initial = Checkpoint(checkpoint.model, info, checkpoint.extra)
        save_checkpoint(run.initial_path, initial)
    except OSError as error:
        shutil.rmtree(run.path, ignore_errors=True)
        raise OCRError(f"The run cannot be written in {run.path.parent}: {error.strerror or error}.") from error
    return run


def list_fine_tunings() -> list[Run]:
    """The runs that fine-tune, the newest first."""
    return [run for run in list_runs() if run.own_path.is_file() and run.initial_path.is_file()]


def compare(before: Checkpoint, after: Checkpoint, split: Split) -> Change:
    """What two checkpoints say of the images of a split."""
    said = [evaluate(each.model, split, temperature(each)) for each in (before, after)]
    known = [int((familiarity(each, normalise(split.images)) >= FAMILIAR).sum()) for each in (before, after)]
    return Change(said[0], said[1], (known[0], known[1]))
