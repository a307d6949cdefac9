"""The last stage of the shipped weights: trained further on many more drawn digits, once, by `python -m ocr hands`.

The preset `best` leaves most of each batch to MNIST, whose hands are American ones. Here three of ten images are drawn,
and teachers that know more hands (`ocr.training.teacher`) say of them, too, what else each could be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from ocr.data.split import Data, Split
from ocr.network.checkpoint import Checkpoint, save_checkpoint
from ocr.reading.calibration import calibrate
from ocr.training.recipe import preset
from ocr.training.report import Progress
from ocr.training.teacher import refuse_bundled
from ocr.training.trainer import FineTuning, Trainer

RECIPE = preset("best", iterations=3_000, learning_rate=1e-3, synthetic_share=0.3, synthetic_distillation_weight=0.9)
SEEDS = (0, 1, 2)


def train_hands(data: Data, checkpoint: Checkpoint, path: Path, device: str = "auto") -> Iterator[Progress]:
    """Train weights further in this process and write them at the end; some ten minutes on one idle core.

    What is written is the mean of the weights that it starts from and of those at the end of a run for each of `SEEDS`:
    it reads MNIST as well as the first and other hands as well as the others (Wortsman et al. 2022, on model soups and
    on robust fine-tuning).

    Args:
        data: MNIST; its test images are not looked at.
        checkpoint: The weights to start from.
        path: The file to write.
        device: "auto", "cpu" or "cuda".

    Yields:
        The reports.

    Raises:
        OCRError: The data are not MNIST, the device cannot be used, or training diverged.
        OSError: The file cannot be written.
    """
    refuse_bundled(data)
    no_digits = Split(data.train.images[:0], data.train.labels[:0])  # of a user
    models = [checkpoint.model]
    for seed in SEEDS:
        recipe = replace(RECIPE, network=checkpoint.model.config, seed=seed)
        trainer = Trainer(recipe, data, device, FineTuning(checkpoint, no_digits, []))
        yield from trainer.train(recipe.iterations)
        models.append(trainer.checkpoint().model)
    weights = [model.state_dict() for model in models]
    trained = Checkpoint(models[-1], checkpoint.info | {"hands": {"recipe": RECIPE.to_dict(), "seeds": list(SEEDS)}})
    trained.model.load_state_dict({name: torch.stack([each[name] for each in weights]).mean(0) for name in weights[0]})
    calibrate(trained, data)
    save_checkpoint(path, trained)
