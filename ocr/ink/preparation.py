"""Preparing a drawing, step by step, and what would have come of it otherwise: for those who want to see why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.ink.strokes import BOX, HALF_WIDTH, IMAGE_SIZE, Ink, Strokes, centre, draw, fit

Points = list[NDArray[np.float32]]

TINY = 0.2  # of the canvas


@dataclass(frozen=True)
class Step:
    """One step of the preparation.

    Attributes:
        name: A word for it.
        explanation: A sentence for people.
        image: float32 (28, 28), the image after it.
        without: float32 (28, 28), what the network would get without this step alone; None for the first.
    """

    name: str
    explanation: str
    image: Ink
    without: Ink | None


def preparation_steps(strokes: Strokes, canvas: float, pen: float) -> list[Step]:
    """Show the steps from a drawing to the network's input.

    Args:
        strokes: One sequence of points (x, y) for each pen-down, in the canvas's pixels.
        canvas: The side of the square canvas, in its pixels.
        pen: The width of the pen that it was drawn with, in the canvas's pixels.

    Returns:
        The steps in order; the image of the last is what `from_strokes` gives.

    Raises:
        OCRError: There is no point in `strokes`, or one that is no number.
    """
    shrink = IMAGE_SIZE / canvas
    drawn: Points = [np.asarray(stroke, np.float32).reshape(-1, 2) * np.float32(shrink) for stroke in strokes]
    thin = pen * shrink / 2
    fitted = fit(strokes)
    grown = (BOX - 2 * HALF_WIDTH) / max(_extent(drawn), 1e-6)
    scaled_in_place = _move(fitted, _middle(drawn))
    boxed = _move(fitted, np.full(2, IMAGE_SIZE / 2))
    cropped = _move(drawn, np.full(2, IMAGE_SIZE / 2))
    thick = min(thin * grown, BOX / 2)
    final = draw(centre(fitted))
    return [
        Step("Drawn", "The whole canvas, shrunk to 28 × 28.", draw(drawn, thin), None),
        Step("Cropped", "Only the ink counts, not where it was drawn.", draw(cropped, thin), draw(scaled_in_place)),
        Step("Scaled", "Its longer side fills 20 of 28 pixels.", draw(boxed, thick), draw(centre(drawn))),
        Step("Inked", "Its lines get the thickness of MNIST's.", draw(boxed), draw(centre(fitted), thick)),
        Step("Centred", "Its centre of mass moves to the middle.", final, draw(boxed)),
    ]


def tucked_away(strokes: Strokes, canvas: float) -> Points:
    """Give the same drawing tiny, in the upper left corner of its canvas: what people draw who do not use the room.

    Args:
        strokes: One sequence of points (x, y) for each pen-down, in the canvas's pixels.
        canvas: The side of the square canvas, in its pixels.

    Returns:
        float32 (n, 2) for each stroke; the longer side of all is `TINY` of the canvas.

    Raises:
        OCRError: There is no point in `strokes`, or one that is no number.
    """
    fitted = fit(strokes)
    small = [stroke * np.float32(TINY * canvas / max(_extent(fitted), 1e-6)) for stroke in fitted]
    return _move(small, np.full(2, TINY * canvas))


def vary(
    strokes: Strokes,
    rotation: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    size: float = 1.0,
    thickness: float = 1.0,
) -> Ink:
    """Make the network's input from a drawing that is changed.

    It is rotated, then prepared, then shifted, scaled and inked.

    Args:
        strokes: One sequence of points (x, y) for each pen-down, in any unit.
        rotation: Degrees, clockwise.
        shift: Pixels of the image, to the right and down.
        size: A factor about the middle of the image.
        thickness: A factor of MNIST's thickness.

    Returns:
        float32 (28, 28) of 0..1.

    Raises:
        OCRError: There is no point in `strokes`, or one that is no number.
    """
    angle = np.deg2rad(rotation)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = [np.asarray(stroke, float).reshape(-1, 2) @ turn for stroke in strokes]
    middle = np.float32(IMAGE_SIZE / 2)
    offset = np.asarray(shift, np.float32)
    placed = [(stroke - middle) * np.float32(size) + middle + offset for stroke in centre(fit(turned))]
    return draw(placed, HALF_WIDTH * thickness)


def first_points(strokes: Strokes, points: int) -> list[NDArray[np.float32]]:
    """Give the first points of a drawing, in the order in which they were drawn.

    Args:
        strokes: One sequence of points (x, y) for each pen-down.
        points: How many.

    Returns:
        float32 (n, 2) for each stroke that has any of them.
    """
    shown: Points = []
    for stroke in strokes:
        taken = np.asarray(stroke, np.float32).reshape(-1, 2)[: max(0, points)]
        points -= len(taken)
        if len(taken):
            shown.append(taken)
    return shown


def _move(strokes: Sequence[NDArray[np.float32]], middle: NDArray) -> Points:
    """Shift strokes so that the middle of their box is at `middle`."""
    offset = (np.asarray(middle) - _middle(strokes)).astype(np.float32)
    return [stroke + offset for stroke in strokes]


def _middle(strokes: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Find the middle (x, y) of the box around strokes."""
    points = np.concatenate(strokes)
    return (points.min(0) + points.max(0)) / 2


def _extent(strokes: Sequence[NDArray[np.float32]]) -> float:
    """Measure the longer side of the box around strokes."""
    points = np.concatenate(strokes)
    return float((points.max(0) - points.min(0)).max())
