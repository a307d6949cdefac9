"""Training the network behind `ocr.reading.familiarity`: once, by `python -m ocr familiarity`; it is shipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ocr.data.split import CLASS_NAMES, Data, Split, normalise
from ocr.data.synthetic.digits import CAREFUL, draw_digits
from ocr.data.synthetic.nondigits import FITTED, draw_nondigits, to_bytes
from ocr.ink.image import place, reink
from ocr.ink.strokes import Ink
from ocr.network.checkpoint import save_checkpoint
from ocr.network.deep import DeepCNN, DeepConfig
from ocr.network.models import compute_logits
from ocr.reading.calibration import SEED
from ocr.reading.familiarity import digit_scores
from ocr.training import teacher
from ocr.training.augmentation import augment
from ocr.training.recipe import Augmentation
from ocr.training.report import Progress
from ocr.training.trainer import Trainer

DRAWN = 40_000  # digits beside the data's own
PICTURES = 5_000  # of the data's digits for each other way that a digit gets here: see `_examples`
SCANNED = range(6, 17)  # how many pixels high scanned ones are
BOX = 16  # pixels of each side of those that are stretched to fill a box, as in forms that were scanned by machines
HALF_INK = 0.4  # from here on a scanner in black and white takes grey for ink: thin lines stay whole
EXAGGERATED = 1.5  # how many times as far as training distorts: hasty, slanted, thin and broad ones are digits too
NONDIGITS = 3_000  # of each family
HELD_OUT = 5_000  # drawn digits that only choose the threshold
REFUSED = 0.01  # share of held-out digits that may fall below a familiarity of a half

RECIPE = replace(
    teacher.RECIPE, network=DeepConfig(classes=len(CLASS_NAMES) + 1), iterations=4_000, synthetic_share=0.0
)


def train_familiarity(data: Data, path: Path, device: str = "auto") -> Iterator[Progress]:
    """Train the network that tells digits from other ink, and write it at the end; some ten minutes on one core.

    It learns from the data's training images and from what is drawn here. The validation images and other drawn digits
    set the last bias, so that all but `REFUSED` of them get a familiarity of a half or more.

    Args:
        data: MNIST; its test images are not looked at.
        path: The file to write.
        device: "auto", "cpu" or "cuda".

    Yields:
        The reports.

    Raises:
        OCRError: The data are not MNIST, the device cannot be used, or training diverged.
        OSError: The file cannot be written.
    """
    teacher.refuse_bundled(data)
    trainer = Trainer(RECIPE, replace(data, train=_examples(data.train)), device)
    yield from trainer.train(RECIPE.iterations)
    checkpoint = trainer.checkpoint()
    model = checkpoint.model
    assert isinstance(model, DeepCNN)
    digits = (data.validation, draw_digits(HELD_OUT, SEED, CAREFUL))  # the worse of the two kinds decides
    scores = (digit_scores(compute_logits(model, normalise(split.images))) for split in digits)
    model.fc2.bias[-1].add_(min(float(split_scores.quantile(REFUSED)) for split_scores in scores))
    save_checkpoint(path, checkpoint)


def _examples(train: Split) -> Split:
    """Give digits of several kinds, and everything else as an eleventh class.

    Beside the data's own and drawn digits, some of the data's are inked afresh as those in pictures are, some are as
    small scans are, some fill a box, and some are distorted more than training does.
    """
    generator = torch.Generator().manual_seed(SEED)
    inked, scanned, filled, distorted = torch.randint(len(train), (4, PICTURES), generator=generator).numpy()
    heights = torch.randint(SCANNED.start, SCANNED.stop, (PICTURES,), generator=generator).tolist()
    pictures = [
        *(reink(image) for image in train.ink(inked)),
        *(_scan(image, height) for image, height in zip(train.ink(scanned), heights, strict=True)),
        *(_fill(image, grey=number % 2 == 0) for number, image in enumerate(train.ink(filled))),
        *augment(normalise(train.images[distorted]), Augmentation().scaled(EXAGGERATED), generator)[:, 0].numpy(),
    ]
    drawn = draw_digits(DRAWN, SEED + 1, CAREFUL)
    others = np.concatenate(list(draw_nondigits(FITTED, NONDIGITS, SEED).values()))
    images = np.concatenate([train.images, to_bytes(pictures), drawn.images, others])
    labels = [train.labels[chosen] for chosen in (inked, scanned, filled, distorted)]
    none = np.full(len(others), len(CLASS_NAMES))
    return Split(images, np.concatenate([train.labels, *labels, drawn.labels, none]))


def _scan(image: Ink, height: int) -> Ink:
    """Give what is left of a digit (28, 28) that was scanned `height` pixels high, brought back to MNIST's size."""
    ink = _cropped(image)
    return place(_resized(ink, max(1, round(ink.shape[1] * height / ink.shape[0])), height))


def _fill(image: Ink, grey: bool) -> Ink:
    """Give a digit (28, 28) that a scanner stretched to fill a square box, in grey values or black and white."""
    stretched = _resized(_cropped(image), BOX, BOX)
    return place(stretched if grey else (stretched > HALF_INK).astype(np.float32))


def _cropped(image: Ink) -> Ink:
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _resized(ink: Ink, width: int, height: int) -> Ink:
    return np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC)).clip(0, 1)
