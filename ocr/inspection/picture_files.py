"""Grids of small images as files: PNG, and SVG whose every pixel is a square of its own."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.palette import LIGHT

Colors = NDArray[np.uint8]

GAP = 1  # between images, in their own pixels


def grid_png(
    images: NDArray, *, signed: bool = False, limit: float | None = None, columns: int | None = None, scale: int = 8
) -> bytes:
    """Draw images in a grid, ink dark on a light ground; or, if signed, red above 0 and blue below.

    Args:
        images: (N, H, W), values >= 0 unless `signed`.
        signed: Whether the values have a sign.
        limit: The value at the end of the scale, on both sides of 0 if signed; None gives each image its own.
        columns: How many in a row; None makes about a square.
        scale: Pixels of the file for each pixel of an image.

    Returns:
        A PNG file.
    """
    colors = np.kron(_grid(images, signed, limit, columns), np.ones((scale, scale, 1), np.uint8))
    file = io.BytesIO()
    Image.fromarray(colors).save(file, "PNG")
    return file.getvalue()


def grid_svg(images: NDArray, *, signed: bool = False, limit: float | None = None, columns: int | None = None) -> bytes:
    """Draw what `grid_png` draws as an SVG file; see there for the arguments and the colours.

    Neighbours in a row that have the same colour are one rectangle.
    """
    colors = _grid(images, signed, limit, columns)
    height, width = colors.shape[:2]
    ground = _hex(np.array(_ends()[1], np.uint8))
    squares = []
    for row in range(height):
        ends = np.flatnonzero(np.any(np.diff(colors[row].astype(int), axis=0), axis=1)) + 1
        for first, last in zip([0, *ends], [*ends, width], strict=True):
            if (color := _hex(colors[row, first])) != ground:
                squares.append(f'<rect x="{first}" y="{row}" width="{last - first}" height="1" fill="{color}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" shape-rendering="crispEdges">'
        f'<rect width="{width}" height="{height}" fill="{ground}"/>{"".join(squares)}</svg>'
    ).encode()


def _grid(images: NDArray, signed: bool, limit: float | None, columns: int | None) -> Colors:
    """Colour images (N, H, W) and lay them out with gaps: uint8 (height, width, 3)."""
    count, height, width = images.shape
    columns = min(count, columns or int(np.ceil(np.sqrt(count))))
    rows = -(-count // columns)
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3), _ends()[1], np.uint8)
    for number, image in enumerate(images):
        end = (float(np.abs(image).max()) if limit is None else limit) or 1.0
        top, left = number // columns * (height + GAP), number % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = _colored(np.asarray(image, float) / end, signed)
    return sheet


def _colored(shares: NDArray, signed: bool) -> Colors:
    """Mix the ground with the colour of each value's sign, by its size, or with ink: uint8 (..., 3)."""
    negative, ground, positive, ink = (np.array(color, float) for color in _ends())
    full = np.where(shares[..., None] < 0, negative, positive) if signed else ink
    amount = np.abs(shares).clip(0, 1)[..., None]
    return np.rint(ground + amount * (full - ground)).astype(np.uint8)


def _ends() -> list[list[int]]:
    """Give the colours of full negative, the ground, full positive and full ink, as 0..255."""
    colors = (LIGHT.negative, LIGHT.ground, LIGHT.positive, LIGHT.ink)
    return [[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors]


def _hex(color: Colors) -> str:
    return "#" + "".join(f"{part:02x}" for part in color.tolist())
