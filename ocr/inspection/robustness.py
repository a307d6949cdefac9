"""How accuracy falls as images get worse: each kind of harm in steps, all of a split's images at each."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, grey_dilation, grey_erosion
from torch import nn

from ocr.data.split import Split, normalise
from ocr.network.models import compute_logits

MARGIN = 4  # MNIST's digits fill the 20 x 20 pixels inside it

Images = NDArray[np.float32]  # (N, 28, 28) of 0..1
Harm = Callable[[Images, float], Images]


@dataclass(frozen=True)
class Kind:
    """A kind of harm.

    Attributes:
        name: What it is called.
        unit: What its strength is measured in.
        strengths: From no harm on.
        harm: Gives images of 0..1 at a strength.
    """

    name: str
    unit: str
    strengths: tuple[float, ...]
    harm: Harm


@dataclass(frozen=True)
class Measured:
    """How a network reads at one strength of one kind of harm.

    Attributes:
        kind: The kind's name.
        strength: In the kind's unit.
        correct: How many images are read right.
        count: Of how many.
    """

    kind: str
    strength: float
    correct: int
    count: int


def _noise(images: Images, strength: float) -> Images:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(images.shape, generator=generator).numpy()
    return np.clip(images + strength * noise, 0, 1)


def _blur(images: Images, strength: float) -> Images:
    return gaussian_filter(images, (0, strength, strength)) if strength else images


def _rotate(images: Images, strength: float) -> Images:
    angle = np.deg2rad(strength)
    return _move(images, [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0]])


def _shift(images: Images, strength: float) -> Images:
    return _move(images, [[1, 0, -2 * strength / images.shape[2]], [0, 1, 0]])


def _resize(images: Images, strength: float) -> Images:
    return _move(images, [[1 / strength, 0, 0], [0, 1 / strength, 0]])


def _move(images: Images, matrix: list[list[float]]) -> Images:
    """Sample images where `matrix` sends each place, both in units of half an image from its middle."""
    batch = torch.from_numpy(images)[:, None]
    grid = F.affine_grid(torch.tensor([matrix], dtype=torch.float32), [1, 1, *images.shape[1:]], align_corners=False)
    return F.grid_sample(batch, grid.expand(len(batch), -1, -1, -1), align_corners=False)[:, 0].numpy()


def _thicken(images: Images, strength: float) -> Images:
    """Broaden strokes by so many pixels on each side; below 0 they get thinner. Parts of a pixel are blended."""
    if not strength:
        return images
    change, whole = (grey_dilation if strength > 0 else grey_erosion), int(abs(strength))
    disk = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)
    for _ in range(whole):
        images = change(images, footprint=disk)
    part = abs(strength) - whole
    return images if not part else (1 - part) * images + part * change(images, footprint=disk)


def _cover(images: Images, strength: float) -> Images:
    """Wipe a square of so many pixels clean, in each image at another place of the field where digits lie."""
    covered, side = images.copy(), int(strength)
    corners = np.random.default_rng(0).integers(MARGIN, images.shape[1] - MARGIN - side + 1, (len(images), 2))
    for image, (row, column) in zip(covered, corners, strict=True):
        image[row : row + side, column : column + side] = 0
    return covered


def _jpeg(images: Images, strength: float) -> Images:
    """Save each as JPEG of so many per cent of loss, and open it again."""
    if not strength:
        return images
    opened = np.empty_like(images)
    for number, pixels in enumerate((images * 255).round().astype(np.uint8)):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=int(100 - strength))
        opened[number] = np.asarray(Image.open(file), np.float32) / 255
    return opened


def _invert(images: Images, strength: float) -> Images:
    """Blend images with their negative: at a half they are grey all over, at 1 black on white."""
    return (1 - strength) * images + strength * (1 - images)


KINDS = (
    Kind("Noise", "standard deviation, of full ink", (0.0, 0.1, 0.2, 0.3, 0.45, 0.6), _noise),
    Kind("Blur", "standard deviation, pixels", (0.0, 0.5, 1.0, 1.5, 2.0, 3.0), _blur),
    Kind("Rotation", "degrees", (-60.0, -40.0, -20.0, 0.0, 20.0, 40.0, 60.0), _rotate),
    Kind("Shift", "pixels to the right", (0.0, 1.0, 2.0, 4.0, 6.0, 8.0), _shift),
    Kind("Size", "times as large", (0.4, 0.6, 0.8, 1.0, 1.2, 1.4), _resize),
    Kind("Thickness", "pixels on each side of a stroke", (-1.0, -0.5, 0.0, 0.5, 1.0, 2.0), _thicken),
    Kind("Occlusion", "pixels, side of an erased square", (0.0, 4.0, 7.0, 10.0, 13.0), _cover),
    Kind("JPEG", "per cent of quality lost", (0.0, 50.0, 80.0, 90.0, 97.0), _jpeg),
    Kind("Inversion", "share of the negative", (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), _invert),
)


def harmed(images: Images, kind: Kind) -> Images:
    """Give images at every strength of a kind of harm.

    Args:
        images: float32 (N, 28, 28) of 0..1.
        kind: One of `KINDS`.

    Returns:
        float32 (strengths, N, 28, 28) of 0..1.
    """
    return np.stack([kind.harm(images, strength) for strength in kind.strengths])


def measure_robustness(model: nn.Module, split: Split) -> Iterator[Measured]:
    """Read all images of a split at every strength of every kind of harm; half a minute for 5,000 images on one core.

    As Hendrycks and Dietterich 2019 do, "Benchmarking Neural Network Robustness to Common Corruptions and
    Perturbations". What chance decides is the same for every network.

    Args:
        model: Any network that takes (N, 1, 28, 28).
        split: The images.

    Yields:
        What was measured, kind by kind, strengths ascending.
    """
    images = normalise(split.images)[:, 0].numpy()
    labels = torch.from_numpy(split.labels)
    for kind in KINDS:
        for strength in kind.strengths:
            worse = torch.from_numpy(np.ascontiguousarray(kind.harm(images, strength), np.float32))[:, None]
            right = compute_logits(model, worse).argmax(1) == labels
            yield Measured(kind.name, strength, int(right.sum()), len(labels))
