"""Small scans of one digit: made small again, cleaned, narrower where they were stretched over a square, and smooth."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image

from ocr.ink.ink_map import SMALL, ink_map, resize
from ocr.ink.picture_file import Map

BESIDE = 0.25  # of ink; what is fainter belongs to a digit only beside it
WHOLE = 0.4  # of a small scan: so large is its digit
# Of the border of a small scan, so much lies so near to a plane where its light comes from one side, which is so much
# darker on the other side at least; there it has this share of the light at least.
SLOPED, NEAR, UNEVEN, LEAST_LIGHT = 0.7, 0.05, 0.1, 0.25
STRETCHED = 0.015  # of the picture's side, how far the margins of a stretched scan differ: by no pixel of a small one
# Of its height: how broad a stretched digit is made. The median of MNIST's is 0.8, without the 1s; validation images
# that were stretched are read alike from 0.6 to 0.8. This was chosen between those with a look at the scans of Semeion.
BREADTH = 0.7
SPECK = 0.04  # of the pixels of the largest patch of a small scan: so small ones are noise, and the bar of a 5 is none
LEAST_DETAIL = 32  # pixels of the longer side: the blurred photo of a digit has more detail than so small a picture
FINER = 2  # times as many pixels has a scan whose outlines were made smooth
BETWEEN = (0.1, 0.9, 0.05)  # of ink: a scan has two tones, if less than a twentieth of its ink lies between these
# Pixels over which the outlines of such a scan are smoothed (a standard deviation). The images of scans of 10 to 40
# pixels and of Semeion's were compared from 0.5 to 0.7.
SMOOTH = 0.55
LOST = 0.025  # of the grey values' deviation is lost at most where a picture that was enlarged is made small again


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
    ink = ink_map(_evened(grey), one_digit=True)
    labels, count = scipy.ndimage.label(ink > BESIDE, np.ones((3, 3)))
    numbers = np.arange(1, count + 1)
    is_ink = np.asarray(scipy.ndimage.maximum(ink, labels, numbers)) > 0.5  # faint marks beside it are the paper's
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    is_ink &= sizes > SPECK * sizes[is_ink].max(initial=0)
    labels = np.append(False, is_ink)[labels] * labels
    kept = labels > 0
    others = _others(labels, is_ink)
    soft = scipy.ndimage.binary_dilation(kept & ~others, np.ones((3, 3))) & ~others
    return np.where(soft, ink, np.float32(0))


def _evened(grey: Map) -> Map:
    """Even the light of a small scan (H, W) that is darker on one side, whatever its digit's colour.

    A plane is fitted to its border, of which most is ground, by least absolute differences (weights by turns).
    """
    height, width = grey.shape
    rows, columns = np.mgrid[:height, :width]
    points = np.stack([rows.ravel(), columns.ravel(), np.ones(grey.size)], 1)
    border = _depth(grey.shape).ravel() == 0
    values = grey.ravel().astype(float)
    weights = np.ones(border.sum())
    plane = values
    for _ in range(20):
        fitted, *_ = np.linalg.lstsq(points[border] * weights[:, None], values[border] * weights, rcond=None)
        plane = points @ fitted
        weights = 1 / np.sqrt(np.maximum(np.abs(values - plane)[border], 1e-3))
    lightest, darkest = float(plane.max()), float(plane.min())
    is_sloped = (np.abs(values - plane)[border] <= NEAR).mean() >= SLOPED
    if not is_sloped or lightest - darkest < UNEVEN or darkest < LEAST_LIGHT * lightest:
        return grey
    return np.clip(values / plane * lightest, 0, 1).reshape(grey.shape).astype(np.float32)


def _others(labels: NDArray[np.int32], numbers: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find what is left of a form's frame or of a neighbour along the edges of a small scan, beside a whole digit.

    Args:
        labels: int32 (H, W), patches of ink.
        numbers: bool (N,), which numbers occur.

    Returns:
        bool (H, W); nothing if the digit is as near to the edges, as one is that fills its scan.
    """
    others = np.zeros(labels.shape, bool)
    depth = _depth(labels.shape)
    nearest = {int(i): int(depth[labels == i].min()) for i in np.flatnonzero(numbers) + 1}
    boxes = scipy.ndimage.find_objects(labels)
    inside = [i for i, pixels in nearest.items() if pixels > 0 and _is_whole(boxes[i - 1], labels.shape)]
    if not inside:
        return others
    digit = max(inside, key=lambda i: (labels == i).sum())
    rows, columns = boxes[digit - 1]
    for i in (i for i, pixels in nearest.items() if pixels <= 1 and pixels < nearest[digit]):
        patch, across = labels == i, boxes[i - 1][1]
        on_left = across.start <= 1 and across.stop <= columns.start
        on_right = across.stop >= labels.shape[1] - 1 and across.start >= columns.stop
        # The bar of a 5 may lie wholly above it, but no part of a digit goes on beyond it on both sides.
        is_line = across.start < columns.start and across.stop > columns.stop
        if (on_left or on_right or is_line) and not patch[rows, columns].any():
            others |= patch
    return others


def _is_whole(box: tuple[slice, slice], shape: tuple[int, ...]) -> bool:
    """Tell whether a patch with a box is as large as the digit of a scan (H, W) is at least."""
    return any(side.stop - side.start >= WHOLE * length for side, length in zip(box, shape, strict=True))


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


def smooth_outlines(ink: Map, two_tones: bool) -> Map:
    """Give the outlines of a small scan, which run along its pixels, soft edges, as those of MNIST's images have.

    Args:
        ink: float32 (H, W) of 0..1, with some ink.
        two_tones: Whether the scan was black and white, as `is_black_and_white` tells: then its corners are rounded.

    Returns:
        float32 (H', W') of 0..1, finer, with ground all round.
    """
    padded = np.pad(ink, 2)
    if two_tones:
        padded = scipy.ndimage.gaussian_filter(padded, SMOOTH)
        padded /= padded.max()
    fine = np.clip(resize(padded, FINER * max(padded.shape)), 0, 1)
    return np.where(fine > BETWEEN[0], fine, np.float32(0))


def is_black_and_white(ink: Map) -> bool:
    """Tell whether an ink map (H, W) of 0..1, with some ink, has hardly anything between ink and ground."""
    low, high, few = BETWEEN
    return bool(((ink[ink > 0] > low) & (ink[ink > 0] < high)).mean() < few)
