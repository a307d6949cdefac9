"""Dropout (Srivastava et al. 2014), of a whole batch or of the part of it that one process computes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from ocr.training.batches import Part


def make_dropout(share: float, part: Part) -> Callable[[Tensor], Tensor]:
    """Give what drops values out of a network's features; each call draws anew from torch's global random state.

    Args:
        share: Share of the values that become 0, at least 0 and below 1, to the nearest 256th. The others grow so that
            their mean stays.
        part: Which rows of the batch the values are of: they lose what they would lose in the whole batch.

    Returns:
        A function from float (rows, values) to the same shape.
    """
    return partial(_drop_out, dropped=round(share * 256), part=part)


def _drop_out(values: Tensor, dropped: int, part: Part) -> Tensor:
    """Do what F.dropout does with a share of `dropped` / 256: random bytes cost a tenth of random floats."""
    if not dropped:
        return values
    count = part.total * values.shape[1]
    words = torch.empty(-(-count // 8), dtype=torch.int64, device=values.device).random_(-(2**63), None)
    kept = part.of(words.view(torch.uint8)[:count].view(part.total, -1)) >= dropped
    return values * kept * (256 / (256 - dropped))
