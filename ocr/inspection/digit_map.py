"""A map of the digits: images laid out in a plane so that those lie close that a network, at some layer, sees alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ocr.network.cnn import CNN
from ocr.network.models import BATCH

Array = NDArray[np.float32]

PIXELS, HIDDEN = "Pixels", "Fully connected"
COMPONENTS = 30  # principal components that t-SNE gets: van der Maaten and Hinton 2008 take as many for MNIST
PERPLEXITY = 30.0  # about how many neighbours of each image count; their paper's figures of MNIST have 40
ITERATIONS = 500  # scikit-learn's default is 1,000; the second half hardly moves anything
NEIGHBOURS = 8


@dataclass(frozen=True)
class Components:
    """The principal components of values: the directions in which they vary most.

    Attributes:
        mean: float32 (D,).
        directions: float32 (D, components), of length 1, the one of largest variance first.
        shares: float32 (components,), of the whole variance.
    """

    mean: Array
    directions: Array
    shares: Array

    def place(self, values: Array) -> Array:
        """Give the coordinates of values (N, D) along each direction: float32 (N, components)."""
        return np.asarray((values - self.mean) @ self.directions, np.float32)


def layer_names(model: CNN) -> list[str]:
    """Name the layers at which a network's view can be asked for, from the pixels on."""
    return [PIXELS, *(f"Layer {number + 1}" for number in range(len(model.convs))), HIDDEN]


def layer_values(model: CNN, images: Array, layer: str) -> Array:
    """Compute what a network makes of images up to a layer.

    Args:
        model: The network.
        images: float32 (N, 28, 28) of 0..1.
        layer: One of `layer_names`.

    Returns:
        float32 (N, D): the pixels, all values of a layer's maps, or the values of the fully connected layer.
    """
    depth = layer_names(model).index(layer)
    with torch.inference_mode():
        batches = torch.from_numpy(np.ascontiguousarray(images))[:, None].split(BATCH)
        return torch.cat([_values(model, batch, depth) for batch in batches]).numpy()


def _values(model: CNN, images: Tensor, depth: int) -> Tensor:
    """Compute the values (N, D) after so many layers."""
    if depth > len(model.convs):
        return model.hidden(model.features(images))
    return model.apply_layers(images, last=depth).flatten(1)


def principal_components(values: Array, count: int = COMPONENTS) -> Components:
    """Find the directions in which values vary most (principal component analysis).

    Args:
        values: float32 (N, D).
        count: How many directions, at most N and D; but at least two, for a map, where one that is not there is 0.

    Returns:
        The directions. Of the two signs of each, that is taken in which its largest part is positive.
    """
    mean = values.mean(0)
    centred = torch.from_numpy(values - mean)
    scatter = centred.T @ centred
    variances, directions = _largest_eigenvalues(scatter, min(count, *values.shape))
    directions = directions * directions.gather(0, directions.abs().argmax(0, keepdim=True)).sign()
    shares = variances.clamp_min(0) / scatter.trace().clamp_min(1e-12)
    missing = max(0, 2 - len(shares))
    return Components(mean, F.pad(directions, (0, missing)).numpy(), F.pad(shares, (0, missing)).numpy())


def _largest_eigenvalues(matrix: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Give the largest eigenvalues of a symmetric matrix, the largest first, and their eigenvectors as columns."""
    try:
        values, vectors = torch.linalg.eigh(matrix)  # ascending
    except torch.linalg.LinAlgError:  # it gives up where many are nearly equal, as the zeros of a few images are
        from scipy.linalg import eigh  # takes a third of a second to import

        pair = eigh(matrix.numpy(), subset_by_index=[len(matrix) - count, len(matrix) - 1])
        values, vectors = map(torch.from_numpy, pair)
    return values.flip(0)[:count], vectors.flip(1)[:, :count]


def neighbour_layout(values: Array) -> Array:
    """Lay values out so that neighbours stay neighbours (t-SNE, van der Maaten and Hinton 2008; scikit-learn's).

    Half a minute for 10,000 images. Distances between groups that lie apart mean nothing.

    Args:
        values: float32 (N, D), N at least 5.

    Returns:
        float32 (N, 2). The same values give the same places on the same machine.
    """
    from sklearn.manifold import TSNE  # takes a second to import

    components = principal_components(values).place(values)
    start = components[:, :2] / max(float(components[:, 0].std()), 1e-12) * 1e-4
    perplexity = min(PERPLEXITY, (len(values) - 1) / 4)
    layout = TSNE(init=start, random_state=0, max_iter=ITERATIONS, perplexity=perplexity)
    return np.asarray(layout.fit_transform(components), np.float32)


def nearest(values: Array, one: Array, count: int = NEIGHBOURS) -> NDArray[np.int64]:
    """Find the images whose values are most like those of one.

    Args:
        values: float32 (N, D).
        one: float32 (D,).
        count: How many.

    Returns:
        int64 (count,), their positions, the nearest first, by Euclidean distance.
    """
    distances = np.linalg.norm(values - one, axis=1)
    return np.argsort(distances, kind="stable")[:count]


def place_among(layout: Array, values: Array, one: Array) -> Array:
    """Give one more image a place in a layout that was made without it: the middle of its nearest neighbours.

    Args:
        layout: float32 (N, 2).
        values: float32 (N, D), what the layout was made of.
        one: float32 (D,).

    Returns:
        float32 (2,): the median of the neighbours' places, so that a single one far off does not count.
    """
    return np.asarray(np.median(layout[nearest(values, one)], axis=0), np.float32)
