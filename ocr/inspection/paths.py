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
        links: float32, what goes through which pair: `links[i][a, b]` is what `a` of stage i adds through `b` of the
            next. Between the image and maps they are of whole maps, (1, 16) and (16, 36); between the last maps and
            the neurons of single values, row after row and map after map, (1764, 128). Over `b` they sum to what `a`
            adds.
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
        pairs = zip(stages[:-2], stages[1:-1], slopes[1:-1], strict=True)
        links = [_links(before, after, slope) for before, after, slope in pairs]
    passed = slopes[-1] * (stages[-1] > 0)  # by ReLU
    links.append((stages[-2].flatten(1).T * model.fc1.weight.T * passed).detach().numpy())
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


@dataclass(frozen=True)
class Strongest:
    """The few pixels, maps, values and neurons that carried a logit, and what went between them.

    Attributes:
        items: Of the image, each layer's maps, the values of the last maps, and the neurons: which, and what each adds.
        links: Between each of those and the next: from, to, and what goes there.
    """

    items: tuple[dict[int, float], ...]
    links: tuple[list[tuple[int, int, float]], ...]


def strongest(paths: Paths, maps: int = 5, values: int = 12, neurons: int = 6) -> Strongest:
    """Choose what adds most to a logit, or takes most from it, of every stage.

    Args:
        paths: All parts of the logit.
        maps: How many maps of each layer.
        values: How many values of the last maps, of those that were chosen.
        neurons: How many.

    Returns:
        What was chosen, and what goes from one of them to another.
    """
    by_map = paths.by_map
    items = [_largest(part, maps) for part in by_map[:-1]]
    last = paths.parts[-2]
    size = last[0].size
    chosen = np.isin(np.arange(len(last)), list(items[-1]))
    items.append(_largest((last * chosen[:, None, None]).ravel(), values))
    items.append(_largest(by_map[-1], neurons))
    between = [*paths.links[:-1], _belongs(last, size), paths.links[-1]]
    links = tuple(
        [(a, b, float(link[a, b])) for a in before for b in after if link[a, b]]
        for before, after, link in zip(items[:-1], items[1:], between, strict=True)
    )
    return Strongest(tuple(items), links)


def _largest(parts: Array, count: int) -> dict[int, float]:
    """Give the places of the largest parts, whatever their sign, and the parts; none that are 0."""
    places = np.argsort(-np.abs(parts), kind="stable")[:count]
    return {int(i): float(parts[i]) for i in places if parts[i]}


def _belongs(maps: Array, size: int) -> Array:
    """Give what each map (C, H, W) adds through each of its own values: (C, C * H * W)."""
    belongs = np.arange(maps.size) // size == np.arange(len(maps))[:, None]
    return belongs * maps.ravel()
