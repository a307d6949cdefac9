"""Whether training has gone astray: looked at before a report is made, and so before anything is saved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from ocr.errors import OCRError

GUESSING = math.log(10)  # nats: the loss of somebody who guesses among ten classes
LARGEST_LOSS = 10 * GUESSING  # of the learning rates tried, none came back from there
BATCHES = 10  # so many batches' mean is held against it
ADVICE = "The weights of the last report are kept; go on with a lower learning rate."


def refuse_divergence(iteration: int, losses: Sequence[Tensor], values: Iterable[Tensor]) -> None:
    """Check that training is still on its way.

    Args:
        iteration: The iteration that it has reached, for the sentence.
        losses: float32 (), of the last batches.
        values: Everything that would be saved, of any shapes.

    Raises:
        OCRError: A value is no longer a number, or the loss left all bounds.
    """
    if not all(bool(torch.isfinite(value).all()) for value in values):
        raise OCRError(
            f"Training diverged: at iteration {iteration} the loss or a weight is no longer a number. {ADVICE}"
        )
    recent = torch.stack(list(losses)) if losses else torch.zeros(1)
    worst = float(recent.unfold(0, min(len(recent), BATCHES), 1).mean(1).max())
    if worst > LARGEST_LOSS:
        raise OCRError(
            f"Training diverged: before iteration {iteration} the loss rose to {worst:,.0f}, "
            f"where guessing costs {GUESSING:.1f}. {ADVICE}"
        )
