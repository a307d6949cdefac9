"""By how much lines of writing slope on a picture, and the picture turned back.

Digits of a line have their middles in a row. The slope is the one at which the most pairs of neighbours lie in a row;
near it is preferred to far from it, because two lines of few digits can be seen in many ways.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.ink.picture_file import Map

STEEPEST = 38.0  # degrees; writing that slopes more is upside down, or another picture
STEP = 0.5  # degrees
NEIGHBOURS = 4.0  # of the size: farther apart, two digits say little about the slope of a line
IN_A_ROW = 0.16  # of the size: how far the middles of a line's digits stray from it (standard deviation)
LEAST_DIGITS = 3  # two digits may stand as they like
SLOPING = 1.0  # degrees, below which nothing is turned: lines keep apart
LEAST_SUPPORT = 0.3  # neighbours in a row for each digit: those of a single column are in none
LEAST_ALONE = 0.2  # the same, where no two digits stand level at all: few digits far apart support a slope less
GAIN = 1.06  # as well as level lines, sloping ones must explain the pairs better by this factor


def slope(boxes: NDArray[np.float64], size: float) -> float:
    """Find the slope of the lines that pieces of ink make.

    Args:
        boxes: float64 (N, 4): left, top, right and bottom of the pieces that may be digits.
        size: The height of a typical digit, in the unit of the boxes.

    Returns:
        Degrees, positive where lines climb to the right; 0 where lines are level or there are too few digits.
    """
    if len(boxes) < LEAST_DIGITS:
        return 0.0
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 / size
    across = middles[None, :, 0] - middles[:, None, 0]
    down = middles[None, :, 1] - middles[:, None, 1]
    near = (across > 0.15) & (np.hypot(across, down) < NEIGHBOURS)
    if not near.any():
        return 0.0
    across, down = across[near], down[near]
    angles = np.arange(-STEEPEST, STEEPEST + STEP, STEP)
    radians = np.deg2rad(angles)[:, None]
    off = down * np.cos(radians) + across * np.sin(radians)  # from the line through the other middle
    along = np.abs(across * np.cos(radians) - down * np.sin(radians))
    pairs = np.exp(-0.5 * (off / IN_A_ROW) ** 2) / np.maximum(along, 0.5)
    scores = pairs.sum(1) * (1 - 0.25 * np.abs(angles) / STEEPEST)
    best = int(scores.argmax())
    level = scores[np.abs(angles) <= SLOPING].max()
    least = LEAST_ALONE if level < 0.1 * scores[best] else LEAST_SUPPORT
    if abs(angles[best]) <= SLOPING or scores[best] < max(GAIN * level, least * len(boxes)):
        return 0.0
    return float(angles[best])


def turn(ink: Map, degrees: float) -> Map:
    """Turn an ink map clockwise, and enlarge it so that nothing is cut off.

    Args:
        ink: float32 (H, W) of 0..1.
        degrees: By how much.

    Returns:
        float32 (H', W') of 0..1.
    """
    turned = Image.fromarray(ink).rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=0)
    return np.clip(np.asarray(turned, np.float32), 0, 1)


def turn_back(
    box: tuple[float, float, float, float], degrees: float, shape: tuple[int, int], turned: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Find what surrounds a box of a turned ink map on the map as it was.

    Args:
        box: Left, top, right and bottom on the turned map.
        degrees: By how much it was turned.
        shape: Height and width of the map as it was.
        turned: Height and width of the turned map.

    Returns:
        Left, top, right and bottom, within the map.
    """
    left, top, right, bottom = box
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) - np.array(turned[::-1]) / 2
    angle = np.deg2rad(-degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    x, y = (corners @ matrix.T + np.array(shape[::-1]) / 2).T
    height, width = shape
    return (
        float(np.clip(x.min(), 0, width)),
        float(np.clip(y.min(), 0, height)),
        float(np.clip(x.max(), 0, width)),
        float(np.clip(y.max(), 0, height)),
    )
