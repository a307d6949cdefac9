"""What is drawn on the canvas: its units, and strokes that fit it.

The canvas is a square of `SIZE` units, however large it is shown; x goes right and y down.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from ocr.files import ASSETS

Strokes = list[list[list[float]]]  # each a list of [x, y], in units of the canvas

SIZE = 280  # units, on each side
TAP = 3.0  # units; a pointer that moved less meant a dot, and on a pen of 16 nobody sees more
MARGIN = 30  # units left free around a drawing from elsewhere


def tidy(points: Sequence[Sequence[float]]) -> list[list[float]]:
    """Round a stroke, and take a tap for a dot. `preparation.js` does the same.

    Args:
        points: (x, y) of each point, in units of the canvas; at least one.

    Returns:
        The points to a tenth of a unit, each only once in a row; of a tap its first.
    """
    rounded = [[round(float(x), 1), round(float(y), 1)] for x, y in points]
    if all(math.dist(point, rounded[0]) < TAP for point in rounded):
        return rounded[:1]  # fitted into the image, the line that it is would be as long as a 1
    return [point for i, point in enumerate(rounded) if i == 0 or point != rounded[i - 1]]


def to_canvas(strokes: Strokes) -> Strokes:
    """Bring a drawing from elsewhere onto the canvas.

    Args:
        strokes: Its points, in any unit; at least one.

    Returns:
        The strokes as they are if they lie on the canvas, else scaled to its middle, to a tenth of a unit.
    """
    points = np.concatenate([np.asarray(stroke) for stroke in strokes])
    low, high = points.min(0), points.max(0)
    if low.min() >= 0 and high.max() <= SIZE:
        return strokes
    scale = (SIZE - 2 * MARGIN) / max(float((high - low).max()), 1e-6)
    middle = (low + high) / 2
    return [((np.asarray(stroke) - middle) * scale + SIZE / 2).round(1).tolist() for stroke in strokes]


@cache
def _samples() -> dict[str, Strokes]:
    return json.loads((ASSETS / "samples.json").read_text())


def sample_strokes(digit: int) -> Strokes:
    """Give a drawing of a digit, for who cannot draw, or not yet.

    Args:
        digit: 0 to 9.

    Returns:
        Its strokes on the canvas.
    """
    return _samples()[str(digit)]
