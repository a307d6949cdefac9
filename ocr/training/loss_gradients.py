"""The gradients of a batch's loss: what a step of the optimizer is made of.

The loss is cross-entropy with the labels, softened where the recipe says so, or with what teachers say of the images.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ocr.network.checkpoint import HAND_TEACHERS, TEACHERS
from ocr.network.device import has_bfloat16
from ocr.network.fast import Gradients, accelerate
from ocr.training import distributed
from ocr.training.batches import Batches, Part
from ocr.training.distillation import Teachers, distillation_losses
from ocr.training.dropout import make_dropout
from ocr.training.lanes import Lanes
from ocr.training.recipe import TrainConfig


class LossGradients:
    """Computes them for one model: written out for the networks of the tutorial's family, else by autograd.

    Attributes:
        lanes: In which parts of a batch are computed side by side.
        written: What computes each lane's gradients where they are written out, by the lane's model.
        teachers: Other networks whose probabilities of the data's own images the model learns too, if the recipe says
            so.
        hand_teachers: The same for synthetic images.
    """

    def __init__(
        self, config: TrainConfig, model: nn.Module, batches: Batches, device: torch.device, lanes: int
    ) -> None:
        """Get ready.

        Args:
            config: The recipe.
            model: The network in training, on the device.
            batches: Where the images come from.
            device: Where they are computed.
            lanes: Into how many a batch is divided.
        """
        self._config, self._model, self._batches, self._device = config, model, batches, device
        self._dtype = torch.bfloat16 if has_bfloat16(device) else torch.float32
        self.teachers = Teachers(TEACHERS, device) if config.distillation_weight else None
        self.hand_teachers = Teachers(HAND_TEACHERS, device) if config.synthetic_distillation_weight else None
        self.lay_lanes(lanes)

    def lay_lanes(self, count: int) -> None:
        """Divide batches into so many lanes from now on.

        Args:
            count: How many.
        """
        self.lanes = Lanes(self._model, count)
        self.written: dict[nn.Module, Gradients] = {}
        for model in self.lanes.models:
            written = accelerate(model, self._dtype)
            if written and not self._config.dropout and not (self.teachers or self.hand_teachers):
                self.written[model] = written

    def compute(self, model: nn.Module, images: Tensor, labels: Tensor, part: Part) -> tuple[Tensor, Tensor]:
        """Leave each parameter of the model its gradient.

        Args:
            model: The network in training, or around it what lets other processes train along.
            images: float32 (N, channels, size, size).
            labels: int64 (N,).
            part: Which rows of the batch they are.

        Returns:
            float32 (), the mean loss on the labels as they are, without what the recipe adds; and (N, classes), the
            logits.
        """
        if model is self._model:
            return self.lanes.compute(self._compute_lane, images, labels, part)
        return self._differentiate(model, images, labels, part)

    def _compute_lane(self, model: nn.Module, images: Tensor, labels: Tensor, part: Part) -> tuple[Tensor, Tensor]:
        """Do so for a lane's model and rows."""
        if written := self.written.get(model):
            return written.compute(images, labels, self._config.label_smoothing)
        return self._differentiate(model, images, labels, part)

    def _differentiate(self, model: nn.Module, images: Tensor, labels: Tensor, part: Part) -> tuple[Tensor, Tensor]:
        """Do so by autograd."""
        config = self._config
        # Casts are not kept: each weight is used once, and lanes would share what is kept.
        mixed = self._dtype == torch.bfloat16
        with torch.autocast(self._device.type, torch.bfloat16, enabled=mixed, cache_enabled=False):
            logits = model(images, make_dropout(config.dropout, part))
            own, synthetic, _ = images.split(self._batches.origins(part))
            taught = self.teachers.probabilities(own) if self.teachers and len(own) else None
            shown = self.hand_teachers.probabilities(synthetic) if self.hand_teachers and len(synthetic) else None
        loss = F.cross_entropy(logits.detach(), labels)  # reported as it is, beside the validation loss
        losses = F.cross_entropy(logits, labels, label_smoothing=config.label_smoothing, reduction="none")
        if taught is not None:
            rows = slice(len(own))
            losses = _follow(losses, rows, logits, taught, torch.full_like(losses[rows], config.distillation_weight))
        if shown is not None:
            rows = slice(len(own), len(own) + len(synthetic))
            # What a synthetic digit is meant to be is known: teachers who take it for another are not followed.
            right = shown.argmax(1) == labels[rows]
            losses = _follow(losses, rows, logits, shown, right * config.synthetic_distillation_weight)
        distributed.weighted(losses.mean(), part).backward()
        return loss, logits.detach()


def _follow(losses: Tensor, rows: slice, logits: Tensor, probabilities: Tensor, weights: Tensor) -> Tensor:
    """Mix how far logits are from probabilities into the losses (N,) of some rows, by weights (rows,) of 0..1."""
    followed = distillation_losses(logits[rows], probabilities)
    return losses.slice_scatter(torch.lerp(losses[rows], followed, weights), 0, rows.start or 0, rows.stop)
