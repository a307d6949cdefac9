"""A confusion matrix as a file: SVG, and PNG of the same rectangles and texts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.data.split import CLASS_NAMES
from ocr.palette import LIGHT
from ocr.reading.scores import row_shares

CELL, MARGIN, LETTERS = 56, 64, 18  # pixels
SCALE = 2  # pixels of a PNG for each of the SVG
SIZE = MARGIN + len(CLASS_NAMES) * CELL
RIGHT = 0.06  # of full ink: the ground of the diagonal, which is not shaded by its counts
STRONGEST = 0.92  # of full ink: the ground of the most frequent mistake


class _Cell(NamedTuple):
    """A square of the drawing, or only its text."""

    left: float
    top: float
    fill: str | None
    text: str
    color: str


def confusion_svg(confusion: NDArray, shares: bool = False) -> bytes:
    """Draw a confusion matrix; mistakes alone are shaded, by the root of their number, so that single ones show.

    Args:
        confusion: Counts (10, 10), row true and column predicted class.
        shares: Whether to write the share of its row in each cell, not the count.

    Returns:
        An SVG file.
    """
    parts = []
    for cell in _cells(confusion, shares):
        if cell.fill:
            parts.append(
                f'<rect x="{cell.left + 1:g}" y="{cell.top + 1:g}" width="{CELL - 2}" height="{CELL - 2}" rx="2" '
                f'fill="{cell.fill}"/>'
            )
        middle = f'x="{cell.left + CELL / 2:g}" y="{cell.top + CELL / 2 + LETTERS / 3:g}"'
        parts.append(f'<text {middle} fill="{cell.color}">{cell.text}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" font-family="sans-serif" '
        f'font-size="{LETTERS}" text-anchor="middle"><rect width="{SIZE}" height="{SIZE}" fill="{LIGHT.ground}"/>'
        f"{''.join(parts)}</svg>"
    ).encode()


def confusion_png(confusion: NDArray, shares: bool = False) -> bytes:
    """Draw what `confusion_svg` draws as a PNG file; see there for the arguments."""
    picture = Image.new("RGB", (SIZE * SCALE, SIZE * SCALE), LIGHT.ground)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(LETTERS * SCALE)
    for cell in _cells(confusion, shares):
        left, top = cell.left * SCALE, cell.top * SCALE
        if cell.fill:
            corner = (left + SCALE, top + SCALE, left + (CELL - 1) * SCALE - 1, top + (CELL - 1) * SCALE - 1)
            draw.rectangle(corner, fill=cell.fill)
        draw.text((left + CELL * SCALE / 2, top + CELL * SCALE / 2), cell.text, cell.color, font, anchor="mm")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _cells(confusion: NDArray, shares: bool) -> Iterator[_Cell]:
    """Yield the heads, and a square for each cell that is not empty."""
    confusion = np.asarray(confusion)
    values = row_shares(confusion) if shares else confusion.astype(float)
    most = float((values * (1 - np.eye(len(values)))).max()) or 1.0
    yield _Cell(0, 0, None, "true \\ read", LIGHT.ink)
    for i, name in enumerate(CLASS_NAMES):
        yield _Cell(MARGIN + i * CELL, 4, None, name, LIGHT.ink)
        yield _Cell(4, MARGIN + i * CELL, None, name, LIGHT.ink)
    for i, j in zip(*np.nonzero(confusion), strict=True):
        ink = RIGHT if i == j else STRONGEST * float(np.sqrt(values[i, j] / most))
        text = f"{values[i, j]:.1%}" if shares else f"{confusion[i, j]:,}"
        color = LIGHT.ground if ink > 0.5 else LIGHT.ink
        yield _Cell(MARGIN + j * CELL, MARGIN + i * CELL, _mixed(ink), text, color)


def _mixed(ink: float) -> str:
    """Give the colour of so much ink on the ground."""
    ends = [[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in (LIGHT.ground, LIGHT.ink)]
    return "#" + "".join(f"{round(low + ink * (high - low)):02x}" for low, high in zip(*ends, strict=True))
