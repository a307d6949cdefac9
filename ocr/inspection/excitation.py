"""When a filter, neuron or output answers: how often, to which digits, and to which image most of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr.data.split import CLASS_NAMES, Split, normalise
from ocr.ink.strokes import Ink
from ocr.inspection.units import OUTPUT, activated, unit_answers, unit_kinds, unit_weights
from ocr.network.cnn import CNN
from ocr.network.models import BATCH

Array = NDArray[np.float32]

COPY = 0.95  # from this cosine on two filters do nearly the same
# Of the search for an image: found by looking at what looks like ink for both layers, not by any measure.
STEPS = 200
RATE = 0.05  # of full ink, the largest change of a pixel in a step
ROUGHNESS = 0.05  # share of the image that each step replaces by its blur, so that lines grow and not dots
INK_PRICE = 0.01  # of the strongest real answer, for each pixel of full ink: what does not excite it stays paper


@dataclass(frozen=True)
class Activity:
    """When the F units of a layer are active, over the images of a split.

    A filter is active in an image if some value of its map, after max-pooling and ReLU, is above 0; a neuron, if its
    value after ReLU is; an output, if its logit is the largest.

    Attributes:
        share: float32 (F,), the share of the images in which it is active, 0..1.
        places: float32 (F,), the mean share of its map that is above 0, 0..1; of a neuron or output, the same as share.
        by_class: float32 (F, 10), its strongest value in an image, on average over those of each digit; 0 if none.
    """

    share: Array
    places: Array
    by_class: Array

    @property
    def dead(self) -> NDArray[np.bool_]:
        """Tell which filters are active in no image at all: bool (F,)."""
        return self.share == 0


@dataclass(frozen=True)
class Excitation:
    """The image that was found to excite a unit most.

    Attributes:
        image: float32 (28, 28) of 0..1.
        value: The unit's strongest answer to it, bias included, before pooling and ReLU.
    """

    image: Array
    value: float


def activity(model: CNN, split: Split, layer: int) -> Activity:
    """Look when each unit of a layer is active.

    Args:
        model: The network.
        split: The images.
        layer: Which layer, from 0, as `units` counts them.

    Returns:
        How often, and for which digits.
    """
    kind = unit_kinds(model.config)[layer]
    strongest, places = [], []
    with torch.inference_mode():
        for batch in normalise(split.images).split(BATCH):
            maps = activated(unit_answers(model, batch, layer), kind)  # (N, F, H, W)
            strongest.append(maps.amax((2, 3)))
            active = maps == maps.amax(1, keepdim=True) if kind == OUTPUT else maps > 0
            places.append(active.float().mean((2, 3)))
    answers, above = torch.cat(strongest).numpy(), torch.cat(places).numpy()  # (N, F)
    by_class = np.zeros((answers.shape[1], len(CLASS_NAMES)), np.float32)
    for digit in np.unique(split.labels):
        by_class[:, digit] = answers[split.labels == digit].mean(0)
    return Activity((above > 0).mean(0).astype(np.float32), above.mean(0), by_class)


def similarity(model: CNN, layer: int) -> Array:
    """Compare the units of a layer by the cosine between their weights: float32 (F, F), -1..1, 1 on the diagonal."""
    weights = unit_weights(model, layer).flatten(1)
    weights = weights / weights.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return (weights @ weights.T).numpy()


def near_copies(model: CNN, layer: int) -> list[tuple[int, int, float]]:
    """List the pairs of units of a layer, counted from 0, whose cosine is 0.95 or more, the closest first."""
    cosines = similarity(model, layer)
    first, second = np.triu_indices(len(cosines), 1)
    close = np.flatnonzero(cosines[first, second] >= COPY)
    pairs = [(int(first[i]), int(second[i]), float(cosines[first[i], second[i]])) for i in close]
    return sorted(pairs, key=lambda pair: -pair[2])


def most_exciting_image(model: CNN, layer: int, channel: int, strongest: float, start: Ink | None = None) -> Excitation:
    """Search for the image that excites a unit most (activation maximisation).

    Gradient ascent towards the value in the middle of a filter's map, or the answer of a neuron or output (Erhan,
    Bengio, Courville, Vincent 2009). Each step blurs the image a little and makes ink cost something, so that it looks
    like a drawing (Yosinski et al. 2015, "Understanding Neural Networks Through Deep Visualization").

    Args:
        model: The network.
        layer: Which layer, from 0, as `units` counts them.
        channel: Which of its units, from 0.
        strongest: Its strongest answer to a real image, which the price of ink is a share of.
        start: float32 (28, 28) of 0..1, where the search begins; None for faint noise, always the same. What looks at
            the whole image ends in scattered strokes from there, and in something like a digit from a real image.

    Returns:
        The image and the value.
    """
    size = model.config.image_size
    if start is None:
        image = 0.1 * torch.rand((1, 1, size, size), generator=torch.Generator().manual_seed(0))
    else:
        image = torch.tensor(start, dtype=torch.float32)[None, None]
    price = INK_PRICE * abs(strongest)
    for _ in range(STEPS):
        image.requires_grad_()
        answer = _middle(unit_answers(model, image, layer)[0, channel])
        (slope,) = torch.autograd.grad(answer - price * image.sum(), image)
        with torch.no_grad():
            image = image + RATE * slope / slope.abs().max().clamp_min(1e-12)
            image = torch.lerp(image, _blurred(image), ROUGHNESS).clamp(0, 1)
    with torch.inference_mode():
        value = float(unit_answers(model, image, layer)[0, channel].max())
    return Excitation(image[0, 0].detach().numpy(), value)


def _middle(convolved: Tensor) -> Tensor:
    return convolved[convolved.shape[0] // 2, convolved.shape[1] // 2]


def _blurred(image: Tensor) -> Tensor:
    """Blur by a binomial kernel of 3 x 3."""
    line = torch.tensor([0.25, 0.5, 0.25])
    return torch.nn.functional.conv2d(image, torch.outer(line, line)[None, None], padding=1)
