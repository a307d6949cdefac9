"""Familiarity: whether ink looks like a digit at all, whatever the network that reads it.

A network of its own says so, the shipped `DeepCNN` with eleven classes: the ten digits and everything else. What has to
know the digits from each other knows better what is none of them. `ocr.familiarity_training` trained it. Weights that
were trained further on a user's own digits bring their own last layers of it, which know these digits too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ocr.augment import Augmentation, augment
from ocr.calibrate import SEED
from ocr.checkpoint import FAMILIARITY, Checkpoint, load_checkpoint, refuse_misfits
from ocr.data import CLASS_NAMES, Data, Split, normalise
from ocr.evaluate import BATCH
from ocr.model import DeepCNN
from ocr.nondigits import FITTED, draw_nondigits
from ocr.optimizer import Adam
from ocr.styles import CAREFUL, draw_digits

FAMILIAR = 0.5  # from here on ink looks like a digit
LEAST_INK = 19.0  # pixels; the faintest of MNIST's 55,000 training images has 19.9, a dot 5.6
LAST_LAYERS = ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")
PREFIX = "familiarity."  # of a checkpoint's own last layers in its `extra`
# To accept a user's own digits: how many others of each kind must stay as they were, and a short training.
KEPT_DIGITS, KEPT_NONDIGITS = 1_000, 60
ACCEPTING_STEPS, ACCEPTING_RATE, BATCH_OF_OTHERS, BATCH_OF_OWN = 300, 1e-3, 112, 16


def familiarity(checkpoint: Checkpoint, images: Tensor) -> NDArray[np.float32]:
    """How much each image looks like a digit, (N,) of 0..1, one half and more meaning that it does.

    `images` is float32 (N, 1, 28, 28) of 0..1. Of the checkpoint only what `accept` put into it matters.

    Errors:
        OCRError: what it brings does not fit.
    """
    layers = _last_layers(checkpoint)
    scores = digit_scores(torch.cat([_logits(_features(batch), layers) for batch in images.split(BATCH)]))
    return torch.where(images.sum((1, 2, 3)) < LEAST_INK, 0.0, scores.sigmoid()).numpy()


def digit_scores(logits: Tensor) -> Tensor:
    """How much (N,) all digits together outweigh everything else, in nats, of logits (N, 11)."""
    return logits[:, :-1].logsumexp(1) - logits[:, -1]


def accept(checkpoint: Checkpoint, own: Split, data: Data) -> None:
    """Teaches the familiarity that a user's own images are digits, and to say of all others what it said before.

    Those others are images of `data`'s training part, drawn digits and non-digits. The last layers that have learnt
    it go into `checkpoint.extra`. Some seconds.
    """
    layers = _last_layers(checkpoint)
    images, labels = normalise(own.images), F.one_hot(torch.from_numpy(own.labels), len(CLASS_NAMES) + 1).float()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        chosen = torch.randint(len(data.train), (KEPT_DIGITS,)).numpy()
        nondigits = draw_nondigits(FITTED, KEPT_NONDIGITS, SEED).values()
        drawn = draw_digits(KEPT_DIGITS, SEED + 1, CAREFUL).images
        others = normalise(np.concatenate([data.train.images[chosen], drawn, *nondigits]))
        features = torch.cat([_features(batch) for batch in others.split(BATCH)])
        said = _logits(features, layers).softmax(1)
        layers = {name: value.clone().requires_grad_() for name, value in layers.items()}
        optimizer = Adam(layers.values())
        for _ in range(ACCEPTING_STEPS):
            old = torch.randint(len(others), (BATCH_OF_OTHERS,))
            new = torch.randint(len(images), (BATCH_OF_OWN,))
            distorted = augment(images[new], Augmentation().scaled(0.5), torch.default_generator)
            logits = _logits(torch.cat([features[old], _features(distorted)]), layers)
            loss = F.cross_entropy(logits, torch.cat([said[old], labels[new]]))
            loss.backward()
            optimizer.step(ACCEPTING_RATE)
    checkpoint.extra |= {PREFIX + name: value.detach() for name, value in layers.items()}


@lru_cache(maxsize=1)
def _shipped() -> DeepCNN:
    model = load_checkpoint(FAMILIARITY, any_images=True).model
    assert isinstance(model, DeepCNN)
    return model


def _features(images: Tensor) -> Tensor:
    with torch.no_grad():
        return _shipped().features(images)


def _logits(features: Tensor, layers: Mapping[str, Tensor]) -> Tensor:
    hidden = F.relu(F.linear(features, layers["fc1.weight"], layers["fc1.bias"]))
    return F.linear(hidden, layers["fc2.weight"], layers["fc2.bias"])


def _last_layers(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Those that the checkpoint brings, or the shipped ones.

    Errors:
        OCRError: those that it brings do not fit.
    """
    everything = _shipped().state_dict()
    own = {name.removeprefix(PREFIX): value for name, value in checkpoint.extra.items() if name.startswith(PREFIX)}
    if own:
        refuse_misfits(_shipped(), everything | own, "The familiarity of these weights")
    return {name: own.get(name, everything[name]) for name in LAST_LAYERS}
