"""Optimizers: torch's own steps, without the classes of `torch.optim`.

The first of those classes that is used imports torch's compiler. That takes nearly as long as importing torch: 2 s on
a slow machine, in which nobody sees anything learn. And a step of theirs costs twice what its arithmetic does.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ocr.training.recipe import TrainConfig


class Optimizer:
    """Plain gradient descent.

    Attributes:
        parameters: What it moves.
        state: What a method remembers from step to step: lists of tensors by name. Gradient descent remembers nothing.
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self.parameters = list(parameters)
        self.state: dict[str, list[Tensor]] = {}

    def step(self, rate: float) -> None:
        """Move each parameter by its gradient, and forget the gradients.

        Args:
            rate: The learning rate, above 0.

        Raises:
            ValueError, RuntimeError: A parameter has no gradient.
        """
        with torch.no_grad():
            self._move([parameter.grad for parameter in self.parameters if parameter.grad is not None], rate)
        for parameter in self.parameters:
            parameter.grad = None

    def _move(self, gradients: list[Tensor], rate: float) -> None:
        """Move each parameter; other methods override this."""
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.sub_(gradient, alpha=rate)


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015); with weight decay AdamW (Loshchilov and Hutter 2019): `torch.optim.AdamW`'s kernel."""

    def __init__(
        self, parameters: Iterable[Tensor], betas: tuple[float, float] = (0.9, 0.999), weight_decay: float = 0.0
    ) -> None:
        """Start with nothing remembered.

        Args:
            parameters: What it moves, all on one device.
            betas: How much of the mean of gradients, and of their squares, is kept at each step: at least 0, below 1.
            weight_decay: Share of the weights, times the learning rate, that each step takes off.
        """
        super().__init__(parameters)
        self.betas, self.weight_decay = betas, weight_decay
        self.state = {
            "step": [torch.zeros((), device=self.parameters[0].device)],  # all have made as many
            "exp_avg": [torch.zeros_like(parameter) for parameter in self.parameters],
            "exp_avg_sq": [torch.zeros_like(parameter) for parameter in self.parameters],
        }

    def _move(self, gradients: list[Tensor], rate: float) -> None:
        """Make one step of Adam."""
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
            eps=1e-8,  # the paper's
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
