"""A batch in lanes: each core takes its own rows of the batch through the whole network and back.

The gradients of a batch are the means of those of its rows, so that its parts can be computed side by side and added
up; `ocr.network.side_by_side` says why that is faster than torch's own threads. Into how many lanes a batch is divided
decides how its sums are rounded. It is kept with the run's state, so that a run goes on bit for bit on any number of
cores.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from ocr.network.side_by_side import side_by_side
from ocr.training import distributed
from ocr.training.batches import Part
from ocr.training.recipe import TrainConfig

ROWS = 32  # of a lane at least: with fewer, what an iteration costs beside its arithmetic counts

Compute = Callable[[nn.Module, Tensor, Tensor, Part], tuple[Tensor, Tensor]]


class Lanes:
    """The lanes of a model in training.

    Attributes:
        models: The model, and for each further lane another one with the same weights in memory and its own gradients.
    """

    def __init__(self, model: nn.Module, count: int) -> None:
        """Lay the lanes.

        Args:
            model: The model; its parameters are only ever changed in place.
            count: How many lanes.
        """
        self.models = [model, *(_twin(model) for _ in range(count - 1))]
        self._threads = torch.get_num_threads()

    @property
    def threads_between(self) -> int:
        """How many threads torch is to share those operations among that are not computed in lanes."""
        return self._threads if len(self.models) == 1 else 1

    def compute(self, compute: Compute, images: Tensor, labels: Tensor, part: Part) -> tuple[Tensor, Tensor]:
        """Leave each parameter of the model its gradient for all rows.

        Args:
            compute: Given a lane's model, images, labels and which rows of the batch they are, leaves the model the
                gradients of their mean loss; gives that loss, and the logits.
            images: float32 (N, channels, size, size).
            labels: int64 (N,).
            part: Which rows of the batch these are: all of them, where there are several lanes.

        Returns:
            float32 (), the mean loss, and (N, classes), the logits.
        """
        count = len(self.models)
        if count == 1:
            return compute(self.models[0], images, labels, part)
        rows = len(labels)
        parts = [Part(lane * rows // count, (lane + 1) * rows // count, rows) for lane in range(count)]
        pieces = [(model, own.of(images), own.of(labels), own) for model, own in zip(self.models, parts, strict=True)]
        results = side_by_side(lambda piece: compute(*piece), pieces, self._threads)
        shares = [own.share for own in parts]
        with torch.no_grad():
            self._add_up(shares)
            loss = torch.stack([loss * share for (loss, _), share in zip(results, shares, strict=True)]).sum()
        return loss, torch.cat([logits for _, logits in results])

    def _add_up(self, shares: list[float]) -> None:
        """Replace the model's gradients by the means of all lanes', weighted by their shares of the rows."""
        first, *others = ([cast("Tensor", each.grad) for each in model.parameters()] for model in self.models)
        torch._foreach_mul_(first, shares[0])
        for gradients, share in zip(others, shares[1:], strict=True):
            torch._foreach_add_(first, gradients, alpha=share)
        for model in self.models[1:]:
            model.zero_grad()


def lanes_for(model: nn.Module, config: TrainConfig) -> int:
    """Choose into how many lanes batches are divided: one for each of torch's threads, where a lane has enough rows.

    Args:
        model: The model, on the device where it is trained.
        config: The recipe.

    Returns:
        1 on a GPU; where several processes share a batch already; and where rows depend on one another, by dropout,
        which draws random numbers, or by a normalisation, whose statistics lie in the model's buffers.
    """
    apart = not config.dropout and not list(model.buffers()) and distributed.processes() == 1
    if not apart or not next(model.parameters()).is_cpu:
        return 1
    return max(1, min(torch.get_num_threads(), config.batch_size // ROWS))


def _twin(model: nn.Module) -> nn.Module:
    """Give a model with the same weights in memory and gradients of its own."""
    twin = copy.deepcopy(model)
    for own, shared in zip(twin.parameters(), model.parameters(), strict=True):
        own.data = shared.data
    return twin
