"""The last stage of the shipped weights: trained further on many more drawn digits, once, by `python -m ocr hands`.

The preset `best` leaves most of each batch to MNIST, whose hands are American ones. Here three of ten images are drawn,
and teachers that know more hands (`ocr.training.teacher`) say of them, too, what else each could be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ocr.data.split import Data, Split
from ocr.network.checkpoint import Checkpoint, save_checkpoint
from ocr.reading.calibration import calibrate
from ocr.training.recipe import preset
from ocr.training.report import Progress
from ocr.training.teacher import refuse_bundled
from ocr.training.trainer import FineTuning, Trainer

RECIPE = preset("best", iterations=3_000, learning_rate=1e-3, synthetic_share=0.3, synthetic_distillation_weight=0.9)


def train_hands(data: Data, checkpoint: Checkpoint, path: Path, seed: int, device: str = "auto") -> Iterator[Progress]:
    """Train weights further in this process and write them at the end; some three minutes on one idle core.

    Args:
        data: MNIST; its test images are not looked at.
        checkpoint: The weights to start from.
        path: The file to write.
        seed: Decides the batches.
        device: "auto", "cpu" or "cuda".

    Yields:
        The reports.

    Raises:
        OCRError: The data are not MNIST, the device cannot be used, or training diverged.
        OSError: The file cannot be written.
    """
    refuse_bundled(data)
    recipe = replace(RECIPE, network=checkpoint.model.config, seed=seed)
    no_digits = Split(data.train.images[:0], data.train.labels[:0])  # of a user
    trainer = Trainer(recipe, data, device, FineTuning(checkpoint, no_digits, []))
    yield from trainer.train(recipe.iterations)
    trained = trainer.checkpoint()
    calibrate(trained, data)
    save_checkpoint(path, trained)
