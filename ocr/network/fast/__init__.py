"""The same network, trained faster. Nothing here changes what is computed; only training uses it, never reading.

The door is `accelerate`. What each file behind it buys, in milliseconds of an iteration of the tutorial's recipe (64
images), medians of turns on two cores (assets/RECIPES.md says how they were measured):

| file | on which processor | without | with | the weights it gives |
|---|---|---|---|---|
| gradients | AVX2 (AMD EPYC, first generation) | 18.1 | 17.0 | the same, bit for bit |
| gradients, oneDNN layout | bfloat16 (AMD EPYC, family 26) | 3.4 to 3.9 | 3.0 | the same but for rounding |
| fourier | AVX2 (AMD EPYC, first generation) | 26.4 | 18.8 | the same but for rounding |

May import: network, errors.
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
        model: The model, on the device where it is trained. From now on its layers may be computed in another way.
        dtype: torch.float32, or torch.bfloat16 where the device computes that.

    Returns:
        What computes loss and gradients without autograd, for recipes without dropout and without teachers. None where
        there is no such thing for this model: then autograd does it.
    """
    if isinstance(model, CNN):
        model.conv_pool_relu = fourier.conv_pool_relu  # the same values
    return written_for(model, dtype)
