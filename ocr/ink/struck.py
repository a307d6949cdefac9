"""Lines that may be no part of one digit: one that strikes it out, and one that it stands on.

The bar of a 7, the slash of a 0 and the foot of a 2 may be such lines, too. What the digit looks like without it
decides, in `ocr.reading.prediction` and `ocr.reading.underlined`.
"""

from __future__ import annotations

import numpy as np
import scipy

from ocr.ink.baselines import find_baseline
from ocr.ink.drawn_lines import Line, box_of, free_lines, middle_of, share_below, sticks_out, without_lines
from ocr.ink.ink_map import Mask

LONG, LONGEST = 0.4, 1.8  # of the digit's height: so long is such a line
SLOPES = (-66.0, 64.0)  # degrees: steeper are the stems of 4s
LEAST_REST = 0.1  # of the ink is left without it
OUT = 0.06  # of the digit's height: so far it goes on beyond the digit's box, at both ends; if it rises by more ...
RISING, RISING_OUT = 30.0, 0.12  # ... degrees than these, it may be a stroke of an 8 that is open at its top
SIDES, MIDDLE = 0.2, 0.2  # of the digit lies on either side of it; of its height, so far in is its middle

UNDERLINE = 0.3  # of the digit's height: so long is a line that it stands on


def strike_of(patch: Mask) -> Mask | None:
    """Find the line that may strike a digit out.

    Args:
        patch: bool (H, W), the ink of a digit.

    Returns:
        bool (H, W), what is the line's alone: where it crosses the digit's strokes, these go on. None if there is no
        such line.
    """
    for line in free_lines(patch, LONG):
        rest = without_lines(patch, [line])
        if rest.sum() >= LEAST_REST * patch.sum() and _goes_through(rest, line):
            return patch & ~_mended(rest, line.reach)
    return None


def underline_of(patch: Mask) -> Mask | None:
    """Find the line that a digit may stand on.

    Args:
        patch: bool (H, W), the ink of a digit.

    Returns:
        bool (H, W), what is the line's alone. None if there is no such line, or nothing else.
    """
    left, top, right, bottom = box_of(patch)
    found = find_baseline(patch[top:bottom, left:right], UNDERLINE)
    if found is None or (patch[top:bottom, left:right] & ~found.ink).sum() < LEAST_REST * patch.sum():
        return None
    line = np.zeros_like(patch)
    line[top:bottom, left:right] = found.ink
    return line


def _goes_through(rest: Mask, line: Line) -> bool:
    """Tell whether a line goes through the middle of a rest (H, W), and beyond it on both sides."""
    _, top, _, bottom = box_of(rest)
    out = RISING_OUT if line.slope > RISING else OUT
    return (
        SLOPES[0] <= line.slope <= SLOPES[1]
        and line.length <= LONGEST * (bottom - top)
        and sticks_out(rest, line) >= out * (bottom - top)
        and SIDES <= share_below(rest, line) <= 1 - SIDES
        and MIDDLE <= middle_of(rest, line) <= 1 - MIDDLE
    )


def _mended(rest: Mask, reach: float) -> Mask:
    """Close the gaps that a line of so many pixels left in the strokes of a rest (H, W)."""
    radius = max(2, round(reach + 1.5))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    closed = scipy.ndimage.binary_closing(np.pad(rest, radius), np.hypot(x, y) <= radius)
    return rest | closed[radius:-radius, radius:-radius]
