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
from ocr.ink.strokes import BOX, HALF_WIDTH, IMAGE_SIZE, Ink, centre_of_mass, ink_at_distance

LONGEST = 400  # pixels of the longer side that a picture of one digit is cleaned at
BESIDE = 0.25  # of ink; what is fainter belongs to a digit only beside it
LINE, EDGE_DEPTH, WHOLE = 0.6, 0.08, 0.4  # of a small scan: lines of a frame are so long and near, a digit so large
STRETCHED = 0.015  # of the picture's side, how far the margins of a stretched scan differ: by no pixel of a small one
# Of its height: how broad a stretched digit is made. The median of MNIST's is 0.8, without the 1s; validation images
# that were stretched are read alike from 0.6 to 0.8. This was chosen between those with a look at the scans of Semeion.
BREADTH = 0.7
LEAST_DETAIL = 32  # pixels of the longer side: the blurred photo of a digit has more detail than so small a picture
LOST = 0.025  # of the grey values' deviation is lost at most where a picture that was enlarged is made small again
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
    grey = at_own_size(grey)
    if max(grey.shape) <= SMALL:
        return place(unstretched(small_scan(grey)))
    return reink(unstretched(ink_map(resize(grey, LONGEST) if max(grey.shape) > LONGEST else grey, one_digit=True)))


def at_own_size(grey: Map) -> Map:
    """Make a small scan that somebody enlarged small again, pixel by pixel or smoothly.

    Args:
        grey: float32 (H, W) of 0..1.

    Returns:
        float32 (H', W') of at most `SMALL` pixels; the same array if it is of its own size.
    """
    if max(grey.shape) <= SMALL:
        return grey
    side = int(np.gcd(*grey.shape))
    for factor in (factor for factor in range(side, 1, -1) if side % factor == 0):
        small = grey[::factor, ::factor]
        if max(small.shape) <= SMALL and np.array_equal(np.kron(small, np.ones((factor, factor), np.float32)), grey):
            return small
    small = resize(grey, LEAST_DETAIL)
    again = np.asarray(Image.fromarray(small).resize(grey.shape[::-1], Image.Resampling.BICUBIC))
    lost = float(np.sqrt(np.square(again - grey).mean()))
    return np.clip(small, 0, 1) if lost <= LOST * float(grey.std()) else grey


def small_scan(grey: Map) -> Map:
    """Find the ink of the digit that fills a small scan.

    Args:
        grey: float32 (H, W) of 0..1, of up to `SMALL` pixels.

    Returns:
        float32 (H, W) of 0..1, an ink map without its noise and without what is left of a form's frame.

    Raises:
        OCRError: There is nothing on the image, or ink all over it.
    """
    ink = ink_map(grey, one_digit=True)
    labels, count = scipy.ndimage.label(ink > BESIDE, np.ones((3, 3)))
    numbers = np.arange(1, count + 1)
    is_ink = np.asarray(scipy.ndimage.maximum(ink, labels, numbers)) > 0.5  # faint marks beside it are the paper's
    labels = np.append(False, is_ink)[labels] * labels
    kept = labels > 0
    lines = _edge_lines(labels, is_ink)
    soft = scipy.ndimage.binary_dilation(kept & ~lines, np.ones((3, 3))) & ~lines
    return np.where(soft, ink, np.float32(0))


def _edge_lines(labels: NDArray[np.int32], numbers: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find what is left of a form's frame along the edges of a small scan: lines that are apart from a whole digit.

    Args:
        labels: int32 (H, W), patches of ink.
        numbers: bool (N,), which numbers occur.

    Returns:
        bool (H, W); nothing if the rest touches the edges too, as a digit does that fills its scan.
    """
    height, width = labels.shape
    depth = _depth(labels.shape)
    lines = np.zeros(labels.shape, bool)
    for number in np.flatnonzero(numbers) + 1:
        patch = labels == number
        rows, columns = np.nonzero(patch)
        long = np.ptp(rows) + 1 >= LINE * height or np.ptp(columns) + 1 >= LINE * width
        if long and depth[patch].min() <= 1 and depth[patch].max() <= max(2, EDGE_DEPTH * max(height, width)):
            lines |= patch
    rest = (labels > 0) & ~lines
    rows, columns = np.nonzero(rest)
    if not lines.any() or not len(rows) or depth[rest].min() <= depth[lines].min():
        return np.zeros_like(lines)
    large = np.ptp(rows) + 1 >= WHOLE * height or np.ptp(columns) + 1 >= WHOLE * width
    return lines if large else np.zeros_like(lines)


def _depth(shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Give how many pixels lie between each pixel of (H, W) and the nearest edge."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.minimum(np.minimum(rows, shape[0] - 1 - rows), np.minimum(columns, shape[1] - 1 - columns))


def unstretched(ink: Map) -> Map:
    """Make the digit of a scan narrower that was stretched over a square.

    Such scans show every digit as broad as it is high, with the same margin on all four sides. How broad it was, nobody
    knows; it becomes as broad as digits usually are.

    Args:
        ink: float32 (H, W) of 0..1.

    Returns:
        float32 (H, W) or (H, W'), the same ink map or the narrower digit.
    """
    rows, columns = np.nonzero(ink > 0.5)
    if not len(rows):
        return ink
    height, width = ink.shape
    margins = (rows.min(), height - 1 - rows.max(), columns.min(), width - 1 - columns.max())
    if height != width or max(margins) - min(margins) > STRETCHED * height:
        return ink
    narrow = Image.fromarray(np.pad(ink, 1)).resize(
        (round(BREADTH * (width + 2)), height + 2), Image.Resampling.BICUBIC
    )
    return np.clip(np.asarray(narrow, np.float32), 0, 1)


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
    # Signed distance to the outline, positive inside; its mean over a stroke of half width w is w / 2.
    distance = scipy.ndimage.distance_transform_edt(mask) - scipy.ndimage.distance_transform_edt(~mask)
    half_width = 2 * float(distance[mask].mean())
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
