"""How far a reading can be believed: confidence that matches accuracy, and whether the ink is a digit at all.

The temperature (Guo et al. 2017) softens probabilities; it is fitted where the network is never trained: on the
validation images and on drawn styles of another seed, half and half, because what people draw is a mixture too.

Familiarity is a small network on the flattened maps of the last convolutional layer, fitted on digits against
generated non-digits. Everything fitted lies in `Checkpoint.extra`, and so in the weights' file.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ocr.augment import Augmentation, augment
from ocr.checkpoint import Checkpoint
from ocr.data import Data, Split, normalise
from ocr.evaluate import BATCH, compute_logits
from ocr.model import CNN, pool_relu
from ocr.nondigits import FITTED, draw_nondigits
from ocr.styles import HAND, draw_digits

HIDDEN = 48  # values between the maps and the familiarity
DIGITS = 15_000  # MNIST's and drawn ones each, to fit the familiarity
NONDIGITS = 2_000  # of each family
HELD_OUT = 5_000  # drawn digits that only choose temperature and threshold
STEPS = 1_200
FITTING_BATCH = 256
REFUSED = 0.006  # share of held-out digits that may fall below a familiarity of a half
CAREFUL = HAND.scaled(0.6)  # training exaggerates; most people write more carefully
SEED = 7_919  # of what is drawn here: not the seed of any training


def temperature(checkpoint: Checkpoint) -> float:
    """What logits are divided by before softmax; 1 for weights that were never calibrated."""
    return float(checkpoint.extra.get("temperature", torch.ones(())))


def familiarity(checkpoint: Checkpoint, images: Tensor) -> NDArray[np.float32] | None:
    """How much each image looks like a digit, (N,) of 0..1, one half and more meaning that it does.

    `images` is float32 (N, 1, 28, 28) of 0..1. None for weights that were never calibrated.
    """
    if "familiarity.0.weight" not in checkpoint.extra or not isinstance(checkpoint.model, CNN):
        return None
    scorer = _scorer(checkpoint.extra["familiarity.0.weight"].shape[1])
    scorer.load_state_dict({name: checkpoint.extra[f"familiarity.{name}"] for name in scorer.state_dict()})
    with torch.inference_mode():
        return scorer(flat_maps(checkpoint.model, images)).sigmoid()[:, 0].numpy()


def calibrate(checkpoint: Checkpoint, data: Data) -> None:
    """Fits temperature and familiarity and puts them into `checkpoint.extra`; about half a minute on a CPU.

    Uses `data`'s training and validation images and what is generated here, never its test images. A model without
    convolutional layers gets a temperature only.
    """
    held_out = draw_digits(HELD_OUT, SEED, CAREFUL)
    checkpoint.extra["temperature"] = torch.tensor(fit_temperature(checkpoint, [data.validation, held_out]))
    if isinstance(checkpoint.model, CNN):
        scorer = _fit_familiarity(checkpoint.model, data, held_out)
        checkpoint.extra |= {f"familiarity.{name}": value for name, value in scorer.state_dict().items()}


def fit_temperature(checkpoint: Checkpoint, splits: list[Split]) -> float:
    """The temperature of 0.3 to 3 with the lowest cross-entropy, each split counting the same."""
    outputs = [(compute_logits(checkpoint.model, normalise(s.images)), torch.from_numpy(s.labels)) for s in splits]
    candidates = torch.logspace(np.log10(0.3), np.log10(3), 100).tolist()
    losses = [sum(float(F.cross_entropy(logits / each, y)) for logits, y in outputs) for each in candidates]
    return candidates[int(np.argmin(losses))]


def flat_maps(model: CNN, images: Tensor) -> Tensor:
    """The flattened maps (N, features) of a `CNN`'s last convolutional layer, as `CNN.forward` computes them."""
    rows = []
    with torch.inference_mode():
        for x in images.split(BATCH):
            for conv in model.convs:
                x = pool_relu(conv(x))
            rows.append(x.flatten(1))
    return torch.cat(rows)


def _scorer(features: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(features, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))


def _fit_familiarity(model: CNN, data: Data, held_out: Split) -> nn.Sequential:
    """The scorer, its last bias set so that all but `REFUSED` of the held-out digits get a half or more."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        maps, is_digit = _examples(model, data)
        scorer = _scorer(maps.shape[1])
        optimizer = torch.optim.AdamW(scorer.parameters(), 2e-3, weight_decay=0.02)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
        for _ in range(STEPS):
            chosen = torch.randint(len(maps), (FITTING_BATCH,))
            scores = scorer(F.dropout(maps[chosen].float(), 0.2))[:, 0]
            loss = F.binary_cross_entropy_with_logits(scores, is_digit[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    scorer.requires_grad_(False)
    # The worse of the two kinds of digits decides.
    lowest = min(
        float(scorer(flat_maps(model, normalise(split.images))).quantile(REFUSED))
        for split in (data.validation, held_out)
    )
    last = scorer[2]
    assert isinstance(last, nn.Linear)
    last.bias.sub_(lowest)
    return scorer


def _examples(model: CNN, data: Data) -> tuple[Tensor, Tensor]:
    """Maps (N, features), float16 to save memory, and 1 for digits or 0 for others (N,), float32."""
    generator = torch.default_generator
    chosen = torch.randint(len(data.train), (DIGITS,)).numpy()
    ours = augment(normalise(data.train.images[chosen]), Augmentation().scaled(0.5), generator)
    drawn = normalise(draw_digits(DIGITS, SEED + 1, CAREFUL).images)
    others = normalise(np.concatenate(list(draw_nondigits(FITTED, NONDIGITS, SEED).values())))
    parts = [flat_maps(model, images).half() for images in (ours, drawn, others)]
    is_digit = [torch.full((len(part),), float(number < 2)) for number, part in enumerate(parts)]
    return torch.cat(parts), torch.cat(is_digit)
