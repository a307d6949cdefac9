"""The networks that the preset `best` learns from: larger, trained once by `python -m ocr teacher`, and shipped.

There are three of the same recipe with different seeds; what they read on average is nearer the truth than what any
of them reads, above all where they are unsure (Lakshminarayanan et al. 2017). They are asked of MNIST's images. Two
others, which saw more drawn digits and more styles of them, are asked of the drawn ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ocr.data.split import Data
from ocr.errors import OCRError
from ocr.network.checkpoint import save_checkpoint
from ocr.network.deep import DeepConfig
from ocr.training.recipe import preset
from ocr.training.report import Progress
from ocr.training.trainer import Trainer

RECIPE = preset(
    "best",
    network=DeepConfig(),
    distillation_weight=0.0,
    dropout=0.25,
    synthetic_share=0.12,
    iterations=18_000,
    learning_rate=3e-3,
    calibrated=False,
)
HANDS_RECIPE = replace(RECIPE, synthetic_share=0.2)


def train_teacher(data: Data, path: Path, seed: int, device: str = "auto", hands: bool = False) -> Iterator[Progress]:
    """Train a teacher in this process and write it at the end; a quarter of an hour on one idle core.

    Args:
        data: MNIST; its test images are not looked at.
        path: The file to write.
        seed: Decides the initial weights and the batches.
        device: "auto", "cpu" or "cuda".
        hands: Whether it is to be one of those that are asked of drawn digits.

    Yields:
        The reports.

    Raises:
        OCRError: The data are not MNIST, the device cannot be used, or training diverged.
        OSError: The file cannot be written.
    """
    refuse_bundled(data)
    recipe = replace(HANDS_RECIPE if hands else RECIPE, seed=seed)
    trainer = Trainer(recipe, data, device)
    yield from trainer.train(recipe.iterations)
    save_checkpoint(path, trainer.checkpoint())


def refuse_bundled(data: Data) -> None:
    """Check that a network that is to be shipped learns from MNIST, and not from what stands in for it.

    Args:
        data: What it would learn from.

    Raises:
        OCRError: It is not MNIST.
    """
    if not data.is_mnist:
        raise OCRError(
            f"This network is trained on MNIST only, and here is {data.source}. "
            "Get MNIST by: python -m ocr data --download"
        )
