"""Small scans of one digit: made small again, cleaned, narrower where they were stretched over a square, and smooth."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image

from ocr.ink.ink_map import SMALL, ink_map, resize
from ocr.ink.picture_file import Map

BESIDE = 0.25  # of ink; what is fainter belongs to a digit only beside it
LINE, EDGE_DEPTH, WHOLE = 0.6, 0.08, 0.4  # of a small scan: lines of a frame are so long and near, a digit so large
STRETCHED = 0.015  # of the picture's side, how far the margins of a stretched scan differ: by no pixel of a small one
# Of its height: how broad a stretched digit is made. The median of MNIST's is 0.8, without the 1s; validation images
# that were stretched are read alike from 0.6 to 0.8. This was chosen between those with a look at the scans of Semeion.
BREADTH = 0.7
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
