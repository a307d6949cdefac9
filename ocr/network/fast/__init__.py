"""The same network, trained faster: nothing here changes what is computed, and reading goes without it.

What each buys, measured in assets/RECIPES.md on two cores:

- `gradients`: the CNN's gradients written out instead of recorded by autograd: 5 to 6 % of an iteration with AVX2
  (18.1 -> 17.0 ms of the tutorial's recipe), the same bits in float32.
- `gradients` in bfloat16, where the processor computes that: its maps lie in memory as oneDNN likes them, which takes
  a tenth off an iteration (3.4 to 3.9 -> 3.0 ms).
- `fourier`: the second layer convolved by Fourier transform, on processors with AVX2 and nothing wider: 1.4 times as
  fast as directly.

The door is `accelerate`. It may import `ocr.network` and `ocr.errors`.
"""

from __future__ import annotations

import torch
from torch import nn

from ocr.network.cnn import CNN
from ocr.network.fast import fourier
from ocr.network.fast.gradients import Gradients, written_for

__all__ = ["Gradients", "accelerate"]


def accelerate(model: nn.Module, dtype: torch.dtype) -> Gradients | None:
    """Prepare a model to be trained in the fastest way known for this machine.

    Args:
        model: The model, on the device where it is trained. Its layers may be computed in another way from now on.
        dtype: torch.float32, or torch.bfloat16 where the device computes that.

    Returns:
        What computes loss and gradients without autograd, for training without dropout and without teachers; None if
        there is no such thing for this model: autograd then does it.
    """
    if isinstance(model, CNN):
        model.conv_pool_relu = fourier.conv_pool_relu  # the same values
    return written_for(model, dtype)
