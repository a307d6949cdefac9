"""Dropout (Srivastava et al. 2014), of a whole batch or of the part of it that one process computes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from ocr.training.batches import Part


def dropout(share: float, part: Part) -> Callable[[Tensor], Tensor]:
    """Give what drops values out of a network's features; each call draws anew from torch's global random state.

    Args:
        share: How many of the values, 0..1, become 0; the others grow so that their mean stays.
        part: Which rows of the batch the values are of: they lose what they would lose in the whole batch.

    Returns:
        A function from float (rows, values) to the same shape.
    """
    return partial(_drop_out, dropped=round(share * 256), part=part)


def _drop_out(x: Tensor, dropped: int, part: Part) -> Tensor:
    """F.dropout with a share of `dropped` / 256: a random byte for each value costs a tenth of a random float."""
    if not dropped:
        return x
    words = torch.empty(-(-part.total * x.shape[1] // 8), dtype=torch.int64, device=x.device).random_(-(2**63), None)
    rows = words.view(torch.uint8)[: part.total * x.shape[1]].view(part.total, -1)
    kept = rows[part.first : part.first + len(x)] >= dropped
    return x * kept * (256 / (256 - dropped))
