"""The networks that the preset `best` learns from: larger, trained once by `python -m ocr teacher`, and shipped.

There are three of the same recipe with different seeds; what they read on average is nearer the truth than what any
of them reads, above all where they are unsure (Lakshminarayanan et al. 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ocr.checkpoint import save_checkpoint
from ocr.data import Data
from ocr.recipe import preset
from ocr.train import Progress, Trainer

RECIPE = preset(
    "best", model="deep", taught=0.0, dropout=0.25, drawn=0.12, iterations=18_000, learning_rate=3e-3, calibrated=False
)


def train_teacher(data: Data, path: Path, seed: int, device: str = "auto") -> Iterator[Progress]:
    """Trains a teacher in this process and writes it to `path` at the end; a quarter of an hour on one idle core."""
    trainer = Trainer(replace(RECIPE, seed=seed), data, device)
    yield from trainer.train(RECIPE.iterations)
    save_checkpoint(path, trainer.checkpoint())
