"""A drawing becomes the network's input the way MNIST was made: fitted into 20 x 20, centred by mass in 28 x 28.

MNIST's digits were scaled, whatever their size, into a 20 x 20 box, and their centre of mass put in the
middle of 28 x 28 (LeCun, Cortes, Burges, "The MNIST database"). A drawing is scaled as geometry first and
inked at MNIST's own thickness afterwards, so that neither the size of the drawing nor the pen matters.

Strokes are a list of (n, 2) arrays of points, one for each pen-down, x right and y down, in any unit.
Ink images are float32 (28, 28), 1 on a ground of 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
import scipy
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ocr.errors import OCRError

IMAGE_SIZE = 28
BOX = 20.0  # MNIST's digits fill a box of 20 pixels on their longer side, ink included
HALF_WIDTH = 1.25  # of a stroke, in pixels of 28 x 28
EDGE = 1.2  # pixels over which ink fades into ground
FARTHEST = 1e100  # of a point from the origin: the squares of larger numbers, and of one over them, are no numbers
MIN_STEP = 0.35  # pixels; points closer than this to the last one kept change nothing visible
AT_ONCE = 128  # segments: their distances stay in the processor's cache; a thousand took 30 times as long

Ink = NDArray[np.float32]
Strokes = Sequence[ArrayLike]


def from_strokes(strokes: Strokes) -> Ink:
    """Make the network's input from a drawing: `fit` it, `centre` it by mass, `draw` it.

    Args:
        strokes: One sequence of points (x, y) for each pen-down, in any unit.

    Returns:
        float32 (28, 28) of 0..1, ink 1 on a ground of 0.

    Raises:
        OCRError: There is no point in `strokes`, or one that is no number or beyond 1e100.
    """
    fitted = fit(strokes)
    return draw(centre(fitted))


def points_of(strokes: Strokes) -> list[NDArray[np.float64]]:
    """Check strokes, and keep those that have any points.

    What a device adds to x and y (time, pressure) is left out. Coordinates that are given back are below 1e100 and not,
    but for 0, below 1e-100: whatever is computed of them stays a number.

    Args:
        strokes: One sequence of points, (x, y) and perhaps more, for each pen-down.

    Returns:
        float64 (n, 2) for each stroke that has points.

    Raises:
        OCRError: There is no point in `strokes`, or one that is no number or beyond 1e100.
    """
    problem = f"A stroke has a point that is not a number or beyond {FARTHEST:g}; each point must be [x, y]."
    try:
        arrays = [np.asarray(stroke, np.float64) for stroke in strokes]
    except (TypeError, ValueError, OverflowError) as error:
        raise OCRError(problem) from error
    arrays = [array for array in arrays if array.size]
    if not arrays:
        raise OCRError("There is no ink: draw a digit first.")
    if any(array.ndim != 2 or array.shape[1] < 2 or not (abs(array[:, :2]) < FARTHEST).all() for array in arrays):
        raise OCRError(problem)  # NaN is not below anything
    return [np.where(abs(array[:, :2]) < 1 / FARTHEST, 0, array[:, :2]) for array in arrays]


def fit(strokes: Strokes) -> list[NDArray[np.float32]]:
    """Scale strokes, without distorting them, so that their ink fills the 20 x 20 box, starting at (0, 0).

    Args:
        strokes: One sequence of points (x, y) for each pen-down, in any unit.

    Returns:
        float32 (n, 2) for each stroke that has points, in pixels of the image; points that change nothing visible are
        gone.

    Raises:
        OCRError: There is no point in `strokes`, or one that is no number or beyond 1e100.
    """
    arrays = points_of(strokes)
    points = np.concatenate(arrays)
    low = points.min(0)
    extent = float((points.max(0) - low).max())
    scale = (BOX - 2 * HALF_WIDTH) / extent if extent > 0 else 1.0
    return [_thin(((array - low) * scale).astype(np.float32)) for array in arrays]


def centre(strokes: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Shift strokes so that the centre of mass of their ink is the middle of the image.

    Args:
        strokes: float32 (n, 2) each, as `fit` gives them.

    Returns:
        float32 (n, 2) each, in pixels of the image.
    """
    middle = np.float32(IMAGE_SIZE / 2)
    size = np.concatenate(strokes).max(0)
    placed = [stroke + (middle - size / 2) for stroke in strokes]
    return [stroke + (middle - centre_of_mass(draw(placed))) for stroke in placed]


def draw(strokes: Sequence[NDArray[np.float32]], half_width: float = HALF_WIDTH) -> Ink:
    """Ink strokes, anti-aliased.

    Args:
        strokes: float32 (n, 2) each, in pixels of the image, whose first pixel is centred at (0.5, 0.5).
        half_width: Half the width of the pen, in pixels.

    Returns:
        float32 (28, 28) of 0..1.
    """
    starts = np.concatenate([stroke[:-1] if len(stroke) > 1 else stroke for stroke in strokes])
    ends = np.concatenate([stroke[1:] if len(stroke) > 1 else stroke for stroke in strokes])
    return ink_at_distance(_distance(starts, ends), half_width)


def ink_segments(starts: Tensor, ends: Tensor, half_width: Tensor, edge: Tensor) -> Tensor:
    """Ink N drawings of S segments each, with a pen of its own for each of them; else as `draw` does.

    Args:
        starts: float32 (N, S, 2), x and y in pixels, where each segment starts.
        ends: float32 (N, S, 2), where it ends.
        half_width: float32 (N,), half the width of each pen, in pixels.
        edge: float32 (N,), above 0, the pixels over which its ink fades into ground.

    Returns:
        float32 (N, 28, 28) of 0..1.
    """
    pixels = torch.arange(IMAGE_SIZE) + 0.5
    nearest2 = torch.full((len(starts), IMAGE_SIZE, IMAGE_SIZE), torch.inf)
    along = ends - starts
    share = along / (along**2).sum(2, keepdim=True).clamp(min=1e-12)
    for segment in range(starts.shape[1]):  # a loop over segments keeps what is worked on in the processor's cache
        offset = pixels - starts[:, segment, :, None]  # (N, 2, 28)
        on_line = offset * share[:, segment, :, None]
        t = (on_line[:, 0, None, :] + on_line[:, 1, :, None]).clamp_(0, 1)  # (N, 28, 28)
        x = torch.addcmul(offset[:, 0, None, :], t, along[:, segment, 0, None, None], value=-1)
        y = torch.addcmul(offset[:, 1, :, None], t, along[:, segment, 1, None, None], value=-1)
        torch.minimum(nearest2, x.square_().addcmul_(y, y), out=nearest2)
    return ((half_width[:, None, None] - nearest2.sqrt_()) / edge[:, None, None] + 0.5).clamp_(0, 1)


def ink_at_distance(distance: NDArray[np.float32], half_width: float = HALF_WIDTH) -> Ink:
    """Ink pixels by how far they are from the middle line of the nearest stroke.

    Args:
        distance: float32 of any shape, in pixels of the image.
        half_width: Half the width of the pen, in pixels.

    Returns:
        float32 of the same shape, 0..1.
    """
    return np.clip((half_width - distance) / EDGE + 0.5, 0, 1).astype(np.float32)


def _distance(starts: NDArray[np.float32], ends: NDArray[np.float32]) -> NDArray[np.float32]:
    """Measure the distances (28, 28) from each pixel's centre to the nearest of S segments, starts and ends (S, 2)."""
    parts = [slice(first, first + AT_ONCE) for first in range(0, len(starts), AT_ONCE)]
    return np.sqrt(reduce(np.minimum, (_nearest2(starts[part], ends[part]) for part in parts)))


def _nearest2(starts: NDArray[np.float32], ends: NDArray[np.float32]) -> NDArray[np.float32]:
    """Measure the squares of these distances."""
    middles = np.arange(IMAGE_SIZE, dtype=np.float32) + 0.5
    x, y = middles - starts[:, :1], middles - starts[:, 1:]  # (S, 28) each, from a segment's start
    along = ends - starts
    unit = along / np.maximum((along**2).sum(1, keepdims=True), 1e-12)
    # How far along its segment, 0..1, the point nearest to each pixel lies: (S, 28, 28).
    t = np.clip((x * unit[:, :1])[:, None, :] + (y * unit[:, 1:])[:, :, None], 0, 1)
    nearest2 = (x[:, None, :] - t * along[:, 0, None, None]) ** 2 + (y[:, :, None] - t * along[:, 1, None, None]) ** 2
    return nearest2.min(0)


def _thin(stroke: NDArray[np.float32]) -> NDArray[np.float32]:
    """Drop points that lie closer than `MIN_STEP` to the last one kept; the last point stays."""
    kept = [0]
    for i in range(1, len(stroke)):
        if np.abs(stroke[i] - stroke[kept[-1]]).max() >= MIN_STEP:
            kept.append(i)
    if kept[-1] != len(stroke) - 1:
        kept.append(len(stroke) - 1)
    return stroke[kept]


def centre_of_mass(ink: Ink) -> NDArray[np.float32]:
    """Find the centre of mass of ink.

    Args:
        ink: float (H, W), with some ink.

    Returns:
        float32 (2,), x and y in pixels, whose first is centred at (0.5, 0.5).
    """
    row, column = scipy.ndimage.center_of_mass(ink)
    return np.array([column + 0.5, row + 0.5], np.float32)
