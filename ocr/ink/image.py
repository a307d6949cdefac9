"""A picture of one digit becomes the network's input: a (28, 28) image like those of `ocr.ink.strokes`.

Its outline is scaled as geometry and inked afresh, as a drawing is; of small scans the grey values are kept.
"""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image

from ocr.errors import OCRError
from ocr.ink.ink_map import SMALL, ink_map, resize
from ocr.ink.picture_file import Map, upright_grey
from ocr.ink.scan import at_own_size, is_black_and_white, small_scan, smooth_outlines, unstretched
from ocr.ink.strokes import BOX, HALF_WIDTH, IMAGE_SIZE, Ink, centre_of_mass, ink_at_distance

LONGEST = 400  # pixels of the longer side that a picture of one digit is cleaned at
THINNER = 1.25  # times as broad as its thin parts is a stroke that keeps them
TRACED, GROUND = 128, 24  # pixels that an outline is traced at and, around it, more than an inked line is broad


def from_image(image: Image.Image) -> Ink:
    """Make the network's input from a picture of one digit.

    An image that is already 28 x 28 and made like MNIST's is taken as it is. Of a small scan, whose outline is in its
    grey values, those are kept. Anything larger is inked afresh, so that its pen does not matter.

    Args:
        image: A picture of any size, dark on light or light on dark, with or without alpha.

    Returns:
        float32 (28, 28) of 0..1, ink 1 on a ground of 0.

    Raises:
        OCRError: There is nothing on the image, or ink all over it.
    """
    grey = upright_grey(image)
    if _is_mnist_like(grey):
        return grey
    own = at_own_size(grey)
    if max(own.shape) <= SMALL:
        return from_scan(grey, small_scan(own))
    return reink(unstretched(ink_map(resize(own, LONGEST) if max(own.shape) > LONGEST else own, one_digit=True)))


def from_scan(grey: Map, ink: Map) -> Ink:
    """Make the network's input from a small scan: itself, if it is made like MNIST's, or its ink.

    Args:
        grey: float32 (H, W) of 0..1, the scan.
        ink: float32 (H', W') of 0..1, what `small_scan` found on it.

    Returns:
        float32 (28, 28) of 0..1.
    """
    if _is_mnist_like(grey):
        return grey
    return place(smooth_outlines(unstretched(ink), is_black_and_white(ink)))


def place(ink: NDArray[np.floating]) -> Ink:
    """Make the network's input from an ink map by MNIST's own steps, which keep the thickness of its lines.

    It is cropped, its grey values are resized to 20 pixels on the longer side, and it is centred by mass (LeCun,
    Cortes, Burges, "The MNIST database of handwritten digits").

    Args:
        ink: float (H, W) of 0..1, with some ink.

    Returns:
        float32 (28, 28) of 0..1.
    """
    rows, columns = np.nonzero(ink > 0)
    cropped = np.asarray(ink, np.float32)[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    fitted = np.clip(resize(cropped, int(BOX)), 0, 1)
    corner = IMAGE_SIZE / 2 - centre_of_mass(fitted)
    offsets = np.arange(IMAGE_SIZE)
    rows, columns = np.meshgrid(offsets - corner[1], offsets - corner[0], indexing="ij")
    return scipy.ndimage.map_coordinates(fitted, [rows, columns], order=1, mode="grid-constant").astype(np.float32)


def reink(ink: NDArray[np.floating]) -> Ink:
    """Make the network's input from an ink map of any size, its lines at MNIST's thickness.

    The outline at half ink is scaled as geometry and inked afresh, as strokes are.

    Args:
        ink: float (H, W) of 0..1.

    Returns:
        float32 (28, 28) of 0..1.

    Raises:
        OCRError: Nowhere is the ink above a half, or it is so scattered that none is left in the middle.
    """
    rows, columns = np.nonzero(ink > 0.5)
    if not len(rows):
        raise OCRError("There is no ink: draw a digit first.")
    ink = ink[max(rows.min() - 1, 0) : rows.max() + 2, max(columns.min() - 1, 0) : columns.max() + 2]
    smaller = math.ceil(max(ink.shape) / TRACED)
    if smaller > 1:  # thickened first, or a thin pen on a large picture would vanish; thickness is evened out below
        ink = scipy.ndimage.maximum_filter(ink, smaller // 2 * 2 + 1)  # as far to all sides
    # Ground all round: what is sampled beyond the map repeats its edge, and would draw lines near it on and on.
    ink = np.pad(resize(np.pad(np.asarray(ink, np.float32), 1), TRACED), GROUND)
    mask = ink > min(0.5, 0.9 * float(ink.max()))  # single pixels far apart pale when a picture is made smaller
    # Signed distance to the outline, positive inside; its mean over a stroke of half width w is w / 2. The middle of
    # the nearest pixel of the other kind is half a pixel beyond the outline.
    distance = scipy.ndimage.distance_transform_edt(mask) - scipy.ndimage.distance_transform_edt(~mask)
    distance -= 0.5 * np.sign(distance)
    half_width = 2 * float(distance[mask].mean())
    ridge = distance[mask & (distance == scipy.ndimage.maximum_filter(distance, 3))]
    half_width = min(half_width, THINNER * float(np.percentile(ridge, 25)))  # or a blot would make its strokes vanish
    rows, columns = np.nonzero(mask)
    low = np.array([columns.min(), rows.min()], np.float32)
    high = np.array([columns.max() + 1, rows.max() + 1], np.float32)
    scale = (BOX - 2 * HALF_WIDTH) / max(float((high - low).max()) - 2 * half_width, 1.0)
    middle = (low + high) / 2
    placed = ink_at_distance(_sample(half_width - distance, scale, middle) * scale)
    if not placed.any():  # scattered so wide that none is in the middle
        raise OCRError("There is no digit in this ink: show one digit, large enough.")
    shift = centre_of_mass(placed) - IMAGE_SIZE / 2
    return ink_at_distance(_sample(half_width - distance, scale, middle + shift / scale) * scale)


def _is_mnist_like(grey: NDArray[np.float32]) -> bool:
    """Tell whether grey values are an image as MNIST's are: 28 x 28, light on black, centred, its border empty."""
    if grey.shape != (IMAGE_SIZE, IMAGE_SIZE) or grey.max() < 0.5:
        return False
    border = np.concatenate([grey[:2].ravel(), grey[-2:].ravel(), grey[:, :2].ravel(), grey[:, -2:].ravel()])
    return bool(border.max() == 0 and np.abs(centre_of_mass(grey) - IMAGE_SIZE / 2).max() <= 1)


def _sample(values: NDArray[np.floating], scale: float, middle: NDArray[np.floating]) -> NDArray[np.float32]:
    """Sample values (H, W) as (28, 28), magnified by `scale`, with their point `middle` (x, y) in the middle."""
    offsets = (np.arange(IMAGE_SIZE) + 0.5 - IMAGE_SIZE / 2) / scale
    rows, columns = np.meshgrid(middle[1] + offsets - 0.5, middle[0] + offsets - 0.5, indexing="ij")
    return scipy.ndimage.map_coordinates(values, [rows, columns], order=1, mode="nearest").astype(np.float32)
