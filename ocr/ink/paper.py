"""The paper of a picture: cut out of its surroundings, its sides level, and the ink on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from ocr.ink.coloured_lines import without_coloured_lines
from ocr.ink.ink_map import Mask, dark_on_light, ink_on_paper, resize
from ocr.ink.picture_file import Colours, Map, full_size, upright_colours, upright_grey
from ocr.ink.sheet import find_sheet, without_surroundings
from ocr.ink.sheet_shape import sheet_slope, without_edge
from ocr.ink.tilt import turn

LARGEST = 1400  # pixels of the longer side that pictures are segmented at: digits of a full page keep 20 and more
SMALLEST = 400  # smaller pictures are enlarged, so that outlines run between their pixels
FILLS, SLACK = 0.4, 0.04  # of the longer side: how large a digit may have broad strokes; how exactly both maps agree


@dataclass(frozen=True)
class Paper:
    """What of a picture is paper.

    Attributes:
        grey: float32 (H, W) of 0..1.
        colours: uint8 (H, W, 3); None for a picture without colours.
        sheet: bool (H, W), which of it is the sheet that the picture shows; None if all is.
        degrees: By how much it was turned clockwise.
        shape: Height and width before it was.
        unit: Pixels of the picture in one of its own.
        corner: Where it lies on the picture, x and y in its pixels.
    """

    grey: Map
    colours: Colours | None
    sheet: Mask | None
    degrees: float
    shape: tuple[int, int]
    unit: float
    corner: tuple[float, float]


def find_paper(image: Image.Image, single: bool, all_paper: bool) -> Paper:
    """Find the paper of a picture.

    Args:
        image: A picture, upright.
        single: Whether a single digit is on it. Then nothing is cut off, and nothing turned.
        all_paper: Whether it shows nothing but the paper.

    Returns:
        The paper, at a size that segmenting is quick and exact at.
    """
    grey, colours = _tones(image)
    sheet = None if all_paper else find_sheet(grey, single, colours)
    corner = (0.0, 0.0)
    if sheet is not None and not single:  # its lines are as long as it is, and what is small on it gets more pixels
        image, sheet, corner = _cut_out(image, sheet)
        grey, colours = _tones(image)
        sheet = _as_large(sheet, grey.shape)
    paper = Paper(grey, colours, sheet, 0.0, grey.shape, full_size(image)[0] / grey.shape[1], corner)
    return paper if sheet is None or single else _levelled(paper, sheet)


def _tones(image: Image.Image) -> tuple[Map, Colours | None]:
    """Give the grey values and colours of a picture, at a size that segmenting is quick and exact at."""
    grey = upright_grey(image, LARGEST)
    longest = max(grey.shape)
    if not SMALLEST <= longest <= LARGEST:
        grey = np.clip(resize(grey, SMALLEST if longest < SMALLEST else LARGEST), 0, 1)  # a halo is lighter than paper
    return grey, upright_colours(image, grey.shape)


def _cut_out(image: Image.Image, sheet: Mask) -> tuple[Image.Image, Mask, tuple[float, float]]:
    """Cut the part that a sheet lies in out of a picture and out of its mask (H, W); and tell where it lies."""
    rows, columns = np.flatnonzero(sheet.any(1)), np.flatnonzero(sheet.any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    unit = image.width / sheet.shape[1]
    box = (round(left * unit), round(top * unit), round(right * unit), round(bottom * unit))
    whole = full_size(image)[0] / image.width
    return image.crop(box), sheet[top:bottom, left:right], (box[0] * whole, box[1] * whole)


def _as_large(sheet: Mask, shape: tuple[int, int]) -> Mask:
    """Make a mask (H, W) of another shape."""
    large = Image.fromarray(sheet.astype(np.float32)).resize(shape[::-1], Image.Resampling.BILINEAR)
    return np.asarray(large) > 0.5


def _levelled(paper: Paper, sheet: Mask) -> Paper:
    """Turn paper so that the sides of the sheet on it, bool (H, W), are level, and cut off what is beyond them."""
    degrees = sheet_slope(sheet)
    if not degrees:
        return paper
    turned = turn(sheet.astype(np.float32), degrees) > 0.5
    rows, columns = np.flatnonzero(turned.any(1)), np.flatnonzero(turned.any(0))
    # As much on both sides, so that its middle stays where it is.
    down = min(rows[0], len(turned) - 1 - rows[-1])
    across = min(columns[0], turned.shape[1] - 1 - columns[-1])
    place = slice(down, len(turned) - down), slice(across, turned.shape[1] - across)
    colours = paper.colours
    if colours is not None:
        colours = np.asarray(Image.fromarray(colours).rotate(-degrees, Image.Resampling.BICUBIC, expand=True))[place]
    grey = turn(paper.grey, degrees)[place]
    return replace(paper, grey=grey, colours=colours, sheet=turned[place], degrees=degrees)


def ink_of(paper: Paper, single: bool) -> Map:
    """Make the ink map of paper.

    Args:
        paper: What `find_paper` found.
        single: Whether a single digit is on it, whose lines may be broad.

    Returns:
        float32 (H, W) of 0..1.

    Raises:
        OCRError: There is nothing on the paper, or ink all over it.
    """
    grey = paper.grey
    if paper.colours is not None and not single:
        grey = without_coloured_lines(grey, paper.colours, paper.sheet)
    if paper.sheet is not None:
        grey = without_surroundings(grey, paper.sheet)
    tones = dark_on_light(grey)
    ink = ink_on_paper(tones)
    if not single:
        return ink if paper.sheet is None else without_edge(ink, paper.sheet)
    # The window that the paper's light is estimated in hollows strokes that are broader.
    whole = ink_on_paper(tones, one_digit=True)
    return whole if _fills_out(whole, ink) else ink


def _fills_out(whole: Map, ink: Map) -> bool:
    """Tell whether an ink map (H, W) of a large digit has its ink within the outlines of another."""
    extents = [
        np.array([[f(axis) for axis in np.nonzero(part > 0.5)] for f in (np.min, np.max)]) for part in (whole, ink)
    ]
    reach, slack = np.ptp(extents[1], axis=0).max() / max(ink.shape), SLACK * max(ink.shape)
    return bool(reach >= FILLS and np.abs(extents[0] - extents[1]).max() <= slack)
