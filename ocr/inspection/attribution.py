"""Why a network says what it says of an image, as maps over that image."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ocr.ink.strokes import Ink
from ocr.network.cnn import CNN
from ocr.network.models import compute_logits

Array = NDArray[np.float32]

FLIP_STEPS = 100  # DeepFool needs a handful; clipping to 0..1 makes it slower
OVERSHOOT = 0.02  # how far each step goes beyond the boundary (Moosavi-Dezfooli et al. 2016)


def saliency(model: CNN, image: Ink, digit: int, copies: int = 50, noise: float = 0.15) -> Array:
    """Compute the slopes of a digit's logit over an image.

    The gradient of the class score (Simonyan, Vedaldi, Zisserman 2013), with its sign kept; as that of one image is
    rough, its mean over copies with Gaussian noise (SmoothGrad, Smilkov et al. 2017), always the same noise.

    Args:
        model: The network.
        image: float32 (28, 28) of 0..1.
        digit: Whose logit, 0..9.
        copies: How many.
        noise: Its standard deviation, in ink.

    Returns:
        float32 (28, 28), positive where more ink would speak for the digit, negative where against it.
    """
    generator = torch.Generator().manual_seed(0)
    images = _tensor(image) + noise * torch.randn((copies, 1, *image.shape), generator=generator)
    images.requires_grad_()
    (gradient,) = torch.autograd.grad(model(images)[:, digit].sum(), images)
    return gradient.mean(0)[0].numpy()


def occlusion(model: CNN, image: Ink, digit: int, size: int = 5, temperature: float = 1.0) -> Array:
    """Measure by how much a digit's probability falls when the square around each pixel is wiped clean.

    After Zeiler and Fergus 2013, "Visualizing and Understanding Convolutional Networks".

    Args:
        model: The network.
        image: float32 (28, 28) of 0..1.
        digit: Whose probability, 0..9.
        size: The side of the square, an odd number of pixels.
        temperature: What logits are divided by before softmax.

    Returns:
        float32 (28, 28) of -1..1, positive where the ink (or its absence) speaks for the digit.
    """
    height, width = image.shape
    before = (size - 1) // 2
    wiped = np.repeat(np.asarray(image, np.float32)[None], height * width, 0)
    for row in range(height):
        for column in range(width):
            top, left = max(0, row - before), max(0, column - before)
            wiped[row * width + column, top : row + before + 1, left : column + before + 1] = 0
    images = torch.from_numpy(np.concatenate([np.asarray(image, np.float32)[None], wiped]))[:, None]
    probabilities = F.softmax(compute_logits(model, images) / temperature, 1)[:, digit].numpy()
    return (probabilities[0] - probabilities[1:]).reshape(height, width)


def minimal_perturbation(model: CNN, image: Ink, digit: int) -> Ink | None:
    """Change an image as little as possible, in Euclidean length, so that it is read as another digit.

    Steps go along the gradient towards the strongest rival as DeepFool's do (Moosavi-Dezfooli, Fawzi, Frossard 2016),
    kept within 0..1, then back towards the image as far as the decision holds.

    Args:
        model: The network.
        image: float32 (28, 28) of 0..1.
        digit: What it is to be read as, 0..9.

    Returns:
        float32 (28, 28) of 0..1; None if no step reached the digit.
    """
    original = _tensor(image)
    changed = original.clone()
    for _ in range(FLIP_STEPS):
        lead, slope = _lead_of_rivals(model, changed, digit)
        if lead < 0:
            break
        free = ((changed > 0) | (slope < 0)) & ((changed < 1) | (slope > 0))  # pixels that can still move
        slope = slope * free
        step = (1 + OVERSHOOT) * (lead + 1e-4) * slope / slope.square().sum().clamp_min(1e-12)
        changed = (changed - step).clamp(0, 1)
    else:
        return None
    near, far = 0.0, 1.0
    for _ in range(20):
        middle = (near + far) / 2
        lead, _ = _lead_of_rivals(model, original.lerp(changed, middle), digit)
        near, far = (near, middle) if lead < 0 else (middle, far)
    return original.lerp(changed, far)[0, 0].numpy()


def _lead_of_rivals(model: CNN, images: Tensor, digit: int) -> tuple[float, Tensor]:
    """Compute by how much the strongest other logit exceeds a digit's, and the gradient (1, 1, 28, 28)."""
    logits = compute_logits(model, images)[0].clone()
    logits[digit] = -torch.inf
    return _gradient(model, images, {int(logits.argmax()): 1.0, digit: -1.0})


def _gradient(model: CNN, images: Tensor, weights: dict[int, float]) -> tuple[float, Tensor]:
    """Compute a weighted sum of logits of one image, and its gradient (1, 1, 28, 28) by the image."""
    images = images.detach().clone().requires_grad_()
    logits = model(images)[0]
    score = torch.stack([logits[digit] * weight for digit, weight in weights.items()]).sum()
    (gradient,) = torch.autograd.grad(score, images)
    return float(score.detach()), gradient


def _tensor(image: Ink) -> Tensor:
    """Turn an image (28, 28) into the network's input (1, 1, 28, 28)."""
    return torch.from_numpy(np.ascontiguousarray(image, np.float32))[None, None]
