"""The network that the preset `best` learns from: larger, trained once by `python -m ocr teacher`, and shipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ocr.checkpoint import TEACHER, save_checkpoint
from ocr.data import Data
from ocr.recipe import preset
from ocr.train import Progress, Trainer

RECIPE = preset(
    "best", model="teacher", taught=0.0, dropout=0.25, iterations=18_000, learning_rate=3e-3, calibrated=False
)


def train_teacher(data: Data, device: str = "auto", path: Path = TEACHER) -> Iterator[Progress]:
    """Trains it in this process and writes it to `path` at the end; a quarter of an hour on one idle core."""
    trainer = Trainer(RECIPE, data, device)
    yield from trainer.train(RECIPE.iterations)
    save_checkpoint(path, trainer.checkpoint())
