"""Which pixels, maps and neurons carried a digit's logit: its parts at every stage of the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr.ink.strokes import Ink
from ocr.network.cnn import CNN, pool_relu

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Paths:
    """What each value of an image's way through a network adds to a digit's logit.

    Of every stage: the sum of its parts plus its constant is the logit. The constant is what the biases after the
    stage add.

    Attributes:
        parts: float32, of the image (1, 28, 28), each layer's maps (16, 14, 14), (36, 7, 7), and the neurons (128,).
        constants: Of the same stages.
        links: float32, what goes through which pair. `links[i][a, b]` is what map `a` of stage i adds through map (or
            neuron) `b` of stage i + 1: (1, 16), (16, 36), (36, 128). Over `a` it sums to what `b` adds, less the part
            of the bias of `b`.
        logit: The digit's.
    """

    parts: tuple[Array, ...]
    constants: tuple[float, ...]
    links: tuple[Array, ...]
    logit: float

    @property
    def by_map(self) -> tuple[Array, ...]:
        """Add up the parts of each map: (1,), (16,), (36,), (128,)."""
        return tuple(part.reshape(len(part), -1).sum(1) for part in self.parts)


def find_paths(model: CNN, image: Ink, digit: int) -> Paths:
    """Split a digit's logit over the values of every stage.

    A value's part is the value times the slope of the logit by it (gradient × input, Shrikumar et al. 2016). With ReLU
    and max-pooling the logit is linear around the image, so the parts and the biases add up to it exactly; there it is
    the same as layer-wise relevance propagation (LRP-0; Bach et al. 2015, Ancona et al. 2018).

    Args:
        model: The network.
        image: float32 (28, 28) of 0..1.
        digit: Whose logit, 0..9.

    Returns:
        The parts, and through which maps they go.
    """
    stages = [torch.from_numpy(np.ascontiguousarray(image, np.float32))[None, None].requires_grad_()]
    with torch.enable_grad():
        for conv in model.convs:
            stages.append(pool_relu(conv(stages[-1])))
        stages.append(model.hidden(stages[-1].flatten(1)))
        logit = model.fc2(stages[-1])[0, digit]
        slopes = torch.autograd.grad(logit, stages, retain_graph=True)
        parts = [(stage * slope)[0].detach().numpy() for stage, slope in zip(stages, slopes, strict=True)]
        pairs = zip(stages[:-1], stages[1:], slopes[1:], strict=True)
        links = [_links(before, after, slope) for before, after, slope in pairs]
    constants = [float(logit.detach()) - float(part.sum(dtype=np.float64)) for part in parts]
    return Paths(tuple(parts), tuple(constants), tuple(links), float(logit.detach()))


def _links(before: Tensor, after: Tensor, slope: Tensor) -> Array:
    """Compute what each map of a stage adds to the logit through each map of the next, whose slopes are given."""
    through = []
    for channel in range(after.shape[1]):
        carried = (after[:, channel] * slope[:, channel]).sum()  # what this map adds, with its own slopes held fast
        (slopes,) = torch.autograd.grad(carried, before, retain_graph=True)
        through.append((before * slopes)[0].detach().flatten(1).sum(1))
    return torch.stack(through, 1).numpy()
