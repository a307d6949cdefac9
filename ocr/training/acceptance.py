"""Teaching familiarity that a user's own digits are digits."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from ocr.data.split import CLASS_NAMES, Data, Split, normalise
from ocr.data.synthetic.digits import CAREFUL, draw_digits
from ocr.data.synthetic.nondigits import FITTED, draw_nondigits
from ocr.network.checkpoint import Checkpoint
from ocr.network.models import BATCH
from ocr.reading.calibration import SEED
from ocr.reading.familiarity import PREFIX, features_of, last_layers, logits_of
from ocr.training.augmentation import augment
from ocr.training.optimizer import Adam
from ocr.training.recipe import Augmentation

KEPT_DIGITS = 1_000  # of the data's digits, and of drawn ones, that must look as familiar as before
KEPT_NONDIGITS = 60  # of each family, likewise
STEPS, LEARNING_RATE = 300, 1e-3
BATCH_OF_OTHERS, BATCH_OF_OWN = 112, 16  # images a step


def accept(checkpoint: Checkpoint, own: Split, data: Data) -> None:
    """Teach familiarity that a user's own images are digits, and to say of all others what it said before.

    Those others are training images of the data, drawn digits and drawn non-digits. It takes some seconds.

    Args:
        checkpoint: Where the last layers that have learnt it are put, in `extra`.
        own: The user's own digits.
        data: Its validation and test images are not looked at.
    """
    layers = last_layers(checkpoint)
    images, labels = normalise(own.images), F.one_hot(torch.from_numpy(own.labels), len(CLASS_NAMES) + 1).float()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        chosen = torch.randint(len(data.train), (KEPT_DIGITS,)).numpy()
        nondigits = draw_nondigits(FITTED, KEPT_NONDIGITS, SEED).values()
        drawn = draw_digits(KEPT_DIGITS, SEED + 1, CAREFUL).images
        others = normalise(np.concatenate([data.train.images[chosen], drawn, *nondigits]))
        features = torch.cat([features_of(batch) for batch in others.split(BATCH)])
        probabilities = logits_of(features, layers).softmax(1)  # before anything is learnt
        layers = {name: value.clone().requires_grad_() for name, value in layers.items()}
        optimizer = Adam(layers.values())
        for _ in range(STEPS):
            old = torch.randint(len(others), (BATCH_OF_OTHERS,))
            new = torch.randint(len(images), (BATCH_OF_OWN,))
            distorted = augment(images[new], Augmentation().scaled(0.5), torch.default_generator)
            logits = logits_of(torch.cat([features[old], features_of(distorted)]), layers)
            loss = F.cross_entropy(logits, torch.cat([probabilities[old], labels[new]]))
            loss.backward()
            optimizer.step(LEARNING_RATE)
    checkpoint.extra |= {PREFIX + name: value.detach() for name, value in layers.items()}
