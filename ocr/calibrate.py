"""How far a reading can be believed: confidence that matches accuracy, and whether the ink is a digit at all.

The temperature (Guo et al. 2017) softens probabilities; it is fitted where the network is never trained: on the
validation images and, with less weight, on drawn styles of another seed.

Familiarity is a small network on the maps of the first convolutional layer, which still hold every shape. It is fitted
to tell ten digits and, as an eleventh class, generated non-digits: what has to know the digits from each other knows
better what is none of them. Everything fitted lies in `Checkpoint.extra`, and so in the weights' file.
"""

from __future__ import annotations

import math
from copy import deepcopy

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ocr.augment import Augmentation, augment
from ocr.checkpoint import Checkpoint, refuse_misfits
from ocr.data import CLASS_NAMES, Data, Split, normalise
from ocr.device import has_bfloat16
from ocr.evaluate import BATCH, compute_logits
from ocr.ink import reink
from ocr.model import CNN, POOL, CNNConfig, pool_relu
from ocr.nondigits import FITTED, draw_nondigits, to_bytes
from ocr.styles import CAREFUL, draw_digits

FILTERS, HIDDEN = 48, 128  # of the scorer
DRAWN = 20_000  # digits beside the data's own, to fit the familiarity
REINKED = 3_000  # of the data's digits, inked afresh as pictures of digits are
NONDIGITS = 2_000  # of each family
HELD_OUT = 5_000  # drawn digits that only choose temperature and threshold
STEPS = 8_000
FITTING_BATCH = 128
LEARNING_RATE = 3e-3
FAMILIAR = 0.5  # from here on ink looks like a digit
REFUSED = 0.014  # share of held-out digits that may fall below a familiarity of a half
DRAWN_SHARE = 0.1  # of the temperature's loss
PREFIX = "scorer."  # of the scorer's tensors in `Checkpoint.extra`
LEAST_INK = 19.0  # pixels; the faintest of MNIST's 55,000 training images has 19.9, a dot 5.6
# To accept a user's own digits: how many others of each kind must stay as they were, and a short training.
KEPT_DIGITS, KEPT_NONDIGITS = 1_000, 60
ACCEPTING_STEPS, ACCEPTING_RATE, OWN_OF_BATCH = 300, 3e-3, 16
SEED = 7_919  # of what is drawn here: not the seed of any training


def temperature(checkpoint: Checkpoint) -> float:
    """What logits are divided by before softmax; 1 for weights that were never calibrated."""
    return float(checkpoint.extra.get("temperature", torch.ones(())))


def familiarity(checkpoint: Checkpoint, images: Tensor) -> NDArray[np.float32] | None:
    """How much each image looks like a digit, (N,) of 0..1, one half and more meaning that it does.

    `images` is float32 (N, 1, 28, 28) of 0..1. None for weights that were never calibrated.
    """
    scorer = _scorer_of(checkpoint)
    if not scorer or not isinstance(checkpoint.model, CNN):
        return None
    scores = _scores(checkpoint.model, scorer, images).sigmoid()
    return torch.where(images.sum((1, 2, 3)) < LEAST_INK, 0.0, scores).numpy()


def calibrate(checkpoint: Checkpoint, data: Data) -> None:
    """Fits temperature and familiarity and puts them into `checkpoint.extra`; about a minute on two idle cores.

    Uses `data`'s training and validation images and what is generated here, never its test images. A model without
    convolutional layers gets a temperature only.
    """
    held_out = draw_digits(HELD_OUT, SEED, CAREFUL)
    recalibrate(checkpoint, data, held_out)
    if isinstance(checkpoint.model, CNN):
        scorer = _fit_familiarity(checkpoint.model, data, held_out)
        checkpoint.extra |= {PREFIX + name: value for name, value in scorer.state_dict().items()}


def recalibrate(checkpoint: Checkpoint, data: Data, drawn: Split | None = None) -> None:
    """Fits the temperature alone, in a second or two, and leaves the familiarity as it is.

    That is enough after training in which the first convolutional layer, all that familiarity looks at, stayed the
    same. `drawn` are digits that the network was not trained on, drawn here by default.
    """
    drawn = drawn or draw_digits(HELD_OUT, SEED, CAREFUL)
    fitted = fit_temperature(checkpoint, {1 - DRAWN_SHARE: data.validation, DRAWN_SHARE: drawn})
    checkpoint.extra["temperature"] = torch.tensor(fitted)


def accept(checkpoint: Checkpoint, own: Split, data: Data) -> None:
    """Teaches the familiarity that a user's own images are digits, and to say of all others what it said before.

    Those others are images of `data`'s training part, drawn digits and non-digits. Weights that were never calibrated
    stay as they are.
    """
    scorer, model = deepcopy(_scorer_of(checkpoint)), checkpoint.model
    if not scorer or not isinstance(model, CNN):
        return
    images, labels = normalise(own.images), F.one_hot(torch.from_numpy(own.labels), model.config.classes + 1).float()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        chosen = torch.randint(len(data.train), (KEPT_DIGITS,)).numpy()
        nondigits = draw_nondigits(FITTED, KEPT_NONDIGITS, SEED).values()
        others = normalise(
            np.concatenate([data.train.images[chosen], draw_digits(KEPT_DIGITS, SEED + 1, CAREFUL).images, *nondigits])
        )
        said = _logits(model, scorer, others).softmax(1)
        scorer.requires_grad_(True)
        optimizer = torch.optim.AdamW(scorer.parameters(), ACCEPTING_RATE, weight_decay=0.0)
        for _ in range(ACCEPTING_STEPS):
            old = torch.randint(len(others), (FITTING_BATCH - OWN_OF_BATCH,))
            new = torch.randint(len(images), (OWN_OF_BATCH,))
            distorted = augment(images[new], Augmentation().scaled(0.5), torch.default_generator)
            logits = scorer(_first_maps(model, torch.cat([others[old], distorted])))
            loss = F.cross_entropy(logits, torch.cat([said[old], labels[new]]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    scorer.requires_grad_(False)
    checkpoint.extra |= {PREFIX + name: value for name, value in scorer.state_dict().items()}


def fit_temperature(checkpoint: Checkpoint, splits: dict[float, Split]) -> float:
    """The temperature of 0.3 to 3 with the lowest cross-entropy; the keys are the weights of the splits."""
    outputs = [
        (weight, compute_logits(checkpoint.model, normalise(split.images)), torch.from_numpy(split.labels))
        for weight, split in splits.items()
    ]
    candidates = torch.logspace(math.log10(0.3), math.log10(3), 100).tolist()
    losses = [sum(weight * float(F.cross_entropy(z / each, y)) for weight, z, y in outputs) for each in candidates]
    return candidates[int(np.argmin(losses))]


class Scorer(nn.Module):
    """From a `CNN`'s first pooled maps to logits of its classes and, the last, of everything else."""

    def __init__(self, config: CNNConfig) -> None:
        super().__init__()
        self.conv = nn.Conv2d(config.filters[0], FILTERS, 5, padding="same")
        self.hidden = nn.Linear(FILTERS * math.ceil(config.map_sizes[0] / POOL) ** 2, HIDDEN)
        self.out = nn.Linear(HIDDEN, config.classes + 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Logits (N, 11), float32, of maps (N, 16, 14, 14)."""
        x = pool_relu(self.conv(maps))  # (N, 48, 7, 7)
        return self.out(F.relu(self.hidden(x.flatten(1)))).float()


def _scorer_of(checkpoint: Checkpoint) -> Scorer | None:
    """What was fitted; its tensors are those of the checkpoint.

    Errors:
        OCRError: they do not fit the network.
    """
    tensors = {name.removeprefix(PREFIX): value for name, value in checkpoint.extra.items() if name.startswith(PREFIX)}
    if not tensors or not isinstance(checkpoint.model, CNN):
        return None
    with torch.device("meta"):  # it needs no values to start from
        scorer = Scorer(checkpoint.model.config)
    refuse_misfits(scorer, tensors, "The familiarity of these weights")
    scorer.load_state_dict(tensors, assign=True)
    return scorer.requires_grad_(False)


def _first_maps(model: CNN, images: Tensor) -> Tensor:
    with torch.no_grad():
        return pool_relu(model.convs[0](images))


def _logits(model: CNN, scorer: Scorer, images: Tensor) -> Tensor:
    with torch.no_grad():
        return torch.cat([scorer(_first_maps(model, batch)) for batch in images.split(BATCH)])


def _scores(model: CNN, scorer: Scorer, images: Tensor) -> Tensor:
    """How much (N,) all digits together outweigh everything else, in nats."""
    logits = _logits(model, scorer, images)
    return logits[:, :-1].logsumexp(1) - logits[:, -1]


def _fit_familiarity(model: CNN, data: Data, held_out: Split) -> Scorer:
    """The scorer, its last bias set so that all but `REFUSED` of the held-out digits get a half or more."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        images, labels = _examples(data)
        scorer = Scorer(model.config)
        scorer.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        optimizer = torch.optim.AdamW(scorer.parameters(), LEARNING_RATE, weight_decay=0.01, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, STEPS)
        for _ in range(STEPS):
            chosen = torch.randint(len(images), (FITTING_BATCH,)).numpy()
            batch = normalise(images[chosen]).to(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16(torch.device("cpu"))):
                logits = scorer(_first_maps(model, batch))
            loss = F.cross_entropy(logits, torch.from_numpy(labels[chosen]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    scorer.requires_grad_(False)
    # The worse of the two kinds of digits decides.
    digits = [normalise(split.images) for split in (data.validation, held_out)]
    scorer.out.bias[-1].add_(min(float(_scores(model, scorer, images).quantile(REFUSED)) for images in digits))
    return scorer


def _examples(data: Data) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images uint8 (N, 28, 28), and their classes int64 (N,), those of non-digits after the digits'."""
    sizes, generator = Augmentation().scaled(0.5), torch.default_generator
    ours = [augment(batch, sizes, generator).numpy()[:, 0] for batch in normalise(data.train.images).split(BATCH)]
    chosen = torch.randint(len(data.train), (REINKED,)).numpy()
    pictures = [reink(image) for image in data.train.ink(chosen)]
    drawn = draw_digits(DRAWN, SEED + 1, CAREFUL)
    others = np.concatenate(list(draw_nondigits(FITTED, NONDIGITS, SEED).values()))
    images = np.concatenate([*(to_bytes(batch) for batch in ours), to_bytes(pictures), drawn.images, others])
    none = np.full(len(others), len(CLASS_NAMES))
    labels = np.concatenate([data.train.labels, data.train.labels[chosen], drawn.labels, none])
    return images, labels
