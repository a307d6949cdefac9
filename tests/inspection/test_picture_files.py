"""Grids of images as files, pixel by pixel."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree

import numpy as np
from PIL import Image

from ocr.inspection.picture_files import grid_png, grid_svg
from ocr.palette import LIGHT

TWO = np.array([[[1.0, 0.0], [-1.0, -1.0]], [[0.5, 2.0], [0.0, 0.0]]], np.float32)


def at(file: bytes, row: int, column: int) -> str:
    return "#" + bytes(Image.open(io.BytesIO(file)).convert("RGB").getpixel((column, row))).hex()


def test_signs_are_red_and_blue_and_every_pixel_a_square():
    file = grid_png(TWO, signed=True, limit=1.0, columns=2, scale=3)
    assert Image.open(io.BytesIO(file)).size == (15, 6)  # 2 + gap + 2, two rows
    assert at(file, 0, 0) == at(file, 2, 2) == LIGHT.positive
    assert at(file, 4, 4) == LIGHT.negative
    assert at(file, 1, 4) == at(file, 1, 7) == LIGHT.ground  # a zero, and the gap
    assert at(file, 1, 13) == LIGHT.positive  # beyond the end of the scale


def test_each_image_has_its_own_scale_if_none_is_given():
    file = grid_png(np.abs(TWO), columns=2, scale=1)
    assert at(file, 0, 0) == at(file, 0, 4) == LIGHT.ink
    assert at(grid_png(np.abs(TWO), limit=2.0, columns=2, scale=1), 0, 0) not in (LIGHT.ink, LIGHT.ground)


def test_the_svg_shows_the_same_pixels():
    root = ElementTree.fromstring(grid_svg(TWO, signed=True, limit=1.0, columns=2))
    assert root.get("viewBox") == "0 0 5 2"
    painted = np.full((2, 5), "", object)
    for square in root:
        left, top, width, height = (int(square.get(name, 0)) for name in ("x", "y", "width", "height"))
        painted[top : top + height, left : left + width] = square.get("fill")
    png = grid_png(TWO, signed=True, limit=1.0, columns=2, scale=1)
    assert painted.tolist() == [[at(png, row, column) for column in range(5)] for row in range(2)]
    assert len(root) == 5  # the ground, and neighbours of one colour as one
