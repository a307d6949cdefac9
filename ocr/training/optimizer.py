"""Optimisers: torch's own steps, without the classes of `torch.optim`.

The first of those that is made imports torch's compiler, which takes nearly as long as importing torch: seconds in
which nobody sees anything learn. And a step of them costs twice what its arithmetic does.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ocr.training.recipe import TrainConfig


class Optimizer:
    """Plain gradient descent; what other methods remember from step to step is in `state`, lists of tensors."""

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self.parameters = list(parameters)
        self.state: dict[str, list[Tensor]] = {}

    def step(self, rate: float) -> None:
        """Moves each parameter by its gradient, and forgets the gradients.

        Errors:
            ValueError, RuntimeError: a parameter has no gradient.
        """
        with torch.no_grad():
            self._move([parameter.grad for parameter in self.parameters if parameter.grad is not None], rate)
        for parameter in self.parameters:
            parameter.grad = None

    def _move(self, gradients: list[Tensor], rate: float) -> None:
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.sub_(gradient, alpha=rate)


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015); with weight decay AdamW (Loshchilov and Hutter 2019): `torch.optim.AdamW`'s kernel."""

    def __init__(
        self, parameters: Iterable[Tensor], betas: tuple[float, float] = (0.9, 0.999), weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters)
        self.betas, self.weight_decay = betas, weight_decay
        self.state = {
            "step": [torch.zeros((), device=self.parameters[0].device)],  # all have made as many
            "exp_avg": [torch.zeros_like(parameter) for parameter in self.parameters],
            "exp_avg_sq": [torch.zeros_like(parameter) for parameter in self.parameters],
        }

    def _move(self, gradients: list[Tensor], rate: float) -> None:
        self.state["step"][0].add_(1)
        torch._fused_adamw_(
            self.parameters,
            gradients,
            self.state["exp_avg"],
            self.state["exp_avg_sq"],
            [],
            self.state["step"] * len(gradients),
            lr=rate,
            beta1=self.betas[0],
            beta2=self.betas[1],
            weight_decay=self.weight_decay,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )


def build_optimizer(model: nn.Module, config: TrainConfig) -> Optimizer:
    """Build the optimizer that a recipe names.

    Args:
        model: The model whose parameters it moves.
        config: The recipe.

    Returns:
        The optimizer, with nothing remembered yet.
    """
    if config.optimizer == "sgd":
        return Optimizer(model.parameters())
    return Adam(model.parameters(), config.betas, config.weight_decay)
