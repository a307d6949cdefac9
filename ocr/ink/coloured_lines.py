"""Coloured lines of ruled and squared paper become paper, where writing is darker or of another colour."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.ink_map import PAPER_SIZE, PAPER_WINDOW, Mask, resize
from ocr.ink.picture_file import Colours, Map

MARK = 0.1  # of the paper's light at least is taken by what is a mark
COLOURED = 0.55  # of what a coloured line takes from the light is colour: of grey none, of dark blue ink less than half
LEAST = 0.0005  # of the paper is covered by lines at least
LONG = 0.8  # of the paper's width or height: so long are some of them, or the net that they make
MOSTLY = 0.4  # of the marks of a colour belong to such
PALE = 1.4  # times as dark as nine in ten of its pixels is at most what is a line
SOFT = 2  # pixels beside a line that are its blurred edge, less coloured than it: files keep colours blurred
DARK, WRITING = 0.25, 0.001  # how dark writing is at least that is none of them, and how much of the paper it covers
LIGHT_PAPER = 0.3  # of full scale


def without_coloured_lines(grey: Map, colours: Colours, sheet: Mask | None) -> Map:
    """Make coloured lines of the paper as light as the paper around them.

    Args:
        grey: float32 (H, W) of 0..1.
        colours: uint8 (H, W, 3), the colours of the same picture.
        sheet: bool (H, W), which of it is paper; None if all is.

    Returns:
        float32 (H, W) of 0..1; the same array where there are no such lines.
    """
    inside = np.ones(grey.shape, bool) if sheet is None else sheet
    paper_colour = np.median(colours[inside][:: max(1, inside.sum() // 20_000)], axis=0).astype(np.float32)
    if paper_colour.min() < 255 * LIGHT_PAPER:
        return grey
    balanced = colours * (paper_colour.max() / paper_colour)
    lightest, darkest = balanced.max(2), balanced.min(2)
    light = _paper_light(np.where(inside, lightest, paper_colour.max()).astype(np.float32) / 255) * 255
    taken = (light - darkest) / light
    coloured = inside & (taken > MARK) & (lightest - darkest > COLOURED * taken * light)
    if coloured.sum() < LEAST * inside.sum():
        return grey
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    place = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    lines = np.zeros_like(inside)
    lines[place] = _lines(coloured[place], balanced[place].argmax(2), taken[place])
    rest = inside & (taken > DARK) & ~scipy.ndimage.binary_dilation(lines, iterations=2)
    if not lines.any() or rest.sum() < WRITING * inside.sum():
        return grey
    around = _paper_light(np.where(inside, grey, float(np.median(grey[inside]))).astype(np.float32))
    return np.where(lines, np.maximum(around, grey), grey).astype(np.float32)


def _lines(coloured: Mask, hues: NDArray[np.intp], taken: Map) -> Mask:
    """Find the lines among coloured marks (H, W), whose lightest colour is `hues`, and that take so much light."""
    lines = np.zeros_like(coloured)
    for hue in range(3):
        marks = coloured & (hues == hue)
        labels, count = scipy.ndimage.label(scipy.ndimage.binary_dilation(marks, iterations=2), np.ones((3, 3)))
        if not count:
            continue
        height, width = marks.shape
        places = scipy.ndimage.find_objects(labels)
        long = [y.stop - y.start >= LONG * height or x.stop - x.start >= LONG * width for y, x in places]
        in_long = marks & np.append(False, long)[labels]
        if in_long.any() and in_long.sum() >= MOSTLY * marks.sum():
            near = scipy.ndimage.binary_dilation(marks, iterations=SOFT)
            lines |= near & (taken <= PALE * np.percentile(taken[in_long], 90))
    return lines


def _paper_light(light: Map) -> Map:
    """Estimate how light the paper is at each pixel (H, W), also under what is on it."""
    small = resize(light, PAPER_SIZE)
    window = max(3, round(max(small.shape) * PAPER_WINDOW))
    closed = scipy.ndimage.gaussian_filter(scipy.ndimage.grey_closing(small, size=window), window / 10)
    zoom = (light.shape[0] / small.shape[0], light.shape[1] / small.shape[1])
    return np.maximum(scipy.ndimage.zoom(closed, zoom, order=1, grid_mode=True, mode="nearest"), np.float32(0.1))
