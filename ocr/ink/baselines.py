"""Lines drawn by hand that digits stand on: all that is lowest of a patch, a little wavy, and free at both ends.

Such a line leaves the ink that the digits need: where their strokes run into it, and between two such places of one
digit, as at the bottom of a 0.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.drawn_lines import THICKEST, Line
from ocr.ink.ink_map import Mask
from ocr.ink.patches import Labels
from ocr.ink.pieces import Flags

BEYOND = 0.06  # of its patch's height: so far there is nothing but the line, at both ends
WAVE = 0.05  # of that height: as far as this it leaves a straight line, but for ...
OTHERWISE = 0.03  # ... this share of its length
EVEN = 1.4  # times as thick as the other one an end may be
SHORTEST = 1.3  # of that height: a shorter one may be the foot of a 2
OWN = 1.5  # times as thick as at its ends it is the line alone; a stroke that runs along it makes it ...
ALONG = 1.3  # ... thicker than this
DOT = 2.0  # times as thick: a dot that touches the line is; what is lower is a wave of it
BOTTOM = 0.6  # of that height: between two strokes of one digit so near each other it is the digit's, too


@dataclass(frozen=True)
class Baseline:
    """A line that digits stand on.

    Attributes:
        line: The straight line nearest to it, as broad as its waves are high.
        ink: bool (H, W), what of the patch is the line's and no digit's.
    """

    line: Line
    ink: Mask


def find_baseline(patch: Mask, shortest: float = SHORTEST) -> Baseline | None:
    """Find the line that a patch stands on.

    Args:
        patch: bool (H, W), a connected patch of ink that fills its box.
        shortest: How long it is at least, as a share of the patch's height.

    Returns:
        The line; None if the patch stands on none.
    """
    height, width = patch.shape
    end = max(2, round(BEYOND * height))
    if width < shortest * height or width < 4 * end:
        return None
    bottom, run = _lowest(patch)
    x = np.arange(width)
    slope, offset = np.polyfit(x, bottom, 1)
    waves = np.abs(bottom - (slope * x + offset))
    if (waves > WAVE * height).mean() > OTHERWISE:
        return None
    ends = np.r_[x[: end + 1], x[-end - 1 :]]
    pen = float(np.median(run[ends]))
    left, right = np.median(run[ends].reshape(2, -1), 1)
    if max(left, right) > EVEN * min(left, right):  # at one end of a 2 its strokes are one
        return None
    if pen > THICKEST * height or patch.sum(0)[ends].max() > OWN * pen + 1:
        return None
    middle = offset - 0.5 * pen
    broad = pen + 2 * float(np.quantile(waves, 1 - OTHERWISE))
    line = Line(np.array([0, middle]), np.array([width - 1, slope * (width - 1) + middle]), broad)
    return Baseline(line, _of_the_line(patch, bottom, run, pen))


def _lowest(patch: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give, of each column of a patch (H, W), the row below its lowest ink, and how high this goes on: (W,)."""
    upwards = patch[::-1]
    first = upwards.argmax(0)
    above = ~upwards & (np.arange(len(patch))[:, None] > first)
    stop = np.where(above.any(0), above.argmax(0), len(patch))
    return len(patch) - first, stop - first


def _of_the_line(patch: Mask, bottom: NDArray[np.int64], run: NDArray[np.int64], pen: float) -> Mask:
    """Tell what of a patch (H, W) is the line's alone."""
    rows = np.arange(len(patch))[:, None]
    top = bottom - np.minimum(run, round(OWN * pen))
    lowest = patch & (rows >= top)
    rest, _ = scipy.ndimage.label(patch & ~lowest, np.ones((3, 3)))
    smooth = scipy.ndimage.uniform_filter1d(run.astype(float), max(1, round(pen)), mode="nearest")
    kept = _with_bottoms((smooth > ALONG * pen) | (run > OWN * pen), rest, top, BOTTOM * len(patch))
    left = patch & ~(lowest & ~kept)
    # What is left where the line itself waves is no part of a digit.
    pieces, _ = scipy.ndimage.label(left, np.ones((3, 3)))
    higher = patch & (rows < bottom - DOT * pen)
    of_digits = np.isin(pieces, np.unique(pieces[left & higher]))
    return patch & ~(left & of_digits)


def _with_bottoms(kept: Flags, rest: Labels, top: NDArray[np.int64], longest: float) -> Flags:
    """Keep columns (W,) between two that are kept, too, if strokes of one piece of the rest (H, W) come down there."""
    kept = kept.copy()
    runs = scipy.ndimage.find_objects(scipy.ndimage.label(kept)[0])
    above = rest[np.maximum(top - 1, 0), np.arange(len(top))]
    for (left,), (right,) in itertools.pairwise(runs):
        shared = np.intersect1d(above[left], above[right])
        if right.start - left.stop <= longest and shared.any():
            kept[left.stop : right.start] = True
    return kept
