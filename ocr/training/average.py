"""The exponential moving average of a model's weights, which reads better than the weights of any one iteration."""

from __future__ import annotations

import torch
from torch import nn


class MovingAverage:
    """A second model, whose weights follow those of the first.

    Attributes:
        model: The model with the averaged weights, in evaluation mode.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Start the average.

        Args:
            model: The second model, with the weights that the first one starts with.
            decay: Share of the average that each step keeps, at least 0 and below 1.
        """
        self.model = model.eval()
        self._decay = decay

    def update(self, model: nn.Module, iteration: int) -> None:
        """Follow a model by one step.

        Args:
            model: The model in training.
            iteration: How many iterations it has made, from 1 on.
        """
        # Early on the average follows closely, so that the random start is soon forgotten.
        decay = min(self._decay, iteration / (iteration + 10))
        with torch.no_grad():
            values = model.state_dict()  # a normalisation's statistics are not among the parameters
            for name, average in self.model.state_dict().items():
                average.lerp_(values[name], 1 - decay)
