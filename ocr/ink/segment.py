"""Several digits on one drawing or picture: what image each one is, where it lies, and what is no digit.

Boxes are (left, top, right, bottom), x right and y down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ocr.ink.arrange import (
    TALL,
    UNDERLINE,
    Box,
    Boxes,
    Flags,
    around,
    arrange,
    lean_of,
    more_than_specks,
    union,
    writing_size,
)
from ocr.ink.frames import without_frames
from ocr.ink.image import from_scan, reink
from ocr.ink.ink_map import SMALL, ink_map, resize
from ocr.ink.patches import Labels, cut_by_edge, find_patches, patch_boxes, patch_leans, patch_rings, patch_tips
from ocr.ink.picture_file import Map, full_size, upright_grey
from ocr.ink.rulings import without_rulings
from ocr.ink.scan import at_own_size, small_scan, unstretched
from ocr.ink.sheet import find_sheet, without_surroundings
from ocr.ink.signs import PlacedSign, find_signs
from ocr.ink.strokes import Ink, Strokes, from_strokes, points_of
from ocr.ink.tilt import slope, turn, turn_back

PICTURE_DOT = 0.08  # of the size of the writing: smaller dots on pictures are the paper's
LARGEST = 1400  # pixels of the longer side that pictures are segmented at: digits of a full page keep 20 and more
SMALLEST = 400  # smaller pictures are enlarged, so that outlines run between their pixels
ALL_ROUND = 1.7 * np.pi  # radians that a stroke turns about what it is drawn around: rings may stay open a little
FILLS, SLACK = 0.4, 0.04  # of the longer side: how large a digit may have broad strokes; how exactly both maps agree
SOFT_EDGE = 2  # pixels around a patch at that size


@dataclass(frozen=True)
class Glyph:
    """What stands for one digit.

    Attributes:
        image: Its ink as `ocr.ink.image` makes it, float32 (28, 28) of 0..1.
        box: Where it lies, in the units of the drawing or in pixels of the upright picture.
        line: The number of its line, from 0 at the top.
        strokes: Its strokes, (n, 2) each; none if it comes from a picture.
    """

    image: Ink
    box: Box
    line: int
    strokes: Strokes = ()


@dataclass(frozen=True)
class Sign:
    """A sign between digits.

    Attributes:
        text: "/", ".", ",", ":" or "-".
        box: Where it lies, in the units of the drawing or in pixels of the upright picture.
        line: The number of its line, from 0 at the top.
        after: How many digits of that line come before it.
    """

    text: str
    box: Box
    line: int
    after: int


@dataclass(frozen=True)
class LeftOut:
    """A piece of ink that is no digit and no part of one.

    Attributes:
        box: Where it lies, in the units of the drawing or in pixels of the upright picture.
        reason: Why it is left out, as a short phrase: "a speck", "an underline", "too low for a digit"; on pictures
            also "a ruled line", "along the edge of the picture", "cut off by the edge".
    """

    box: Box
    reason: str


@dataclass(frozen=True)
class Segmentation:
    """What a drawing or a picture was taken apart into.

    Attributes:
        glyphs: Its digits in reading order, at least one.
        left_out: The strokes of a drawing, or the patches of ink of a picture, that are in no digit and no sign.
        signs: What stands between its digits.
    """

    glyphs: tuple[Glyph, ...]
    left_out: tuple[LeftOut, ...] = ()
    signs: tuple[Sign, ...] = ()

    def text(self, digits: Sequence[int | str]) -> str:
        """Write the page as text.

        Args:
            digits: What each glyph was read as, or what else is to stand for it.

        Returns:
            The lines of the page, separated by a line feed.

        Raises:
            ValueError: There are not as many digits as glyphs.
        """
        lines: dict[int, list[str]] = {}
        for glyph, digit in zip(self.glyphs, digits, strict=True):
            lines.setdefault(glyph.line, []).append(str(digit))
        for sign in reversed(self.signs):
            lines[sign.line].insert(sign.after, sign.text)
        return "\n".join("".join(line) for line in lines.values())


def segment_strokes(strokes: Strokes, single: bool = False) -> Segmentation:
    """Find the digits of a drawing.

    Args:
        strokes: One sequence of points (x, y) for each pen-down, in any unit.
        single: Whether all of it is one digit, but for specks.

    Returns:
        The digits in reading order, with the strokes of each; and the strokes that are in none.

    Raises:
        OCRError: There is no point in `strokes`, or one that is no number.
    """
    arrays = points_of(strokes)
    boxes = np.array([[*array.min(0), *array.max(0)] for array in arrays])
    tips = np.array([array[[0, -1]] for array in arrays])
    seen = more_than_specks(boxes, 0)
    signs: list[PlacedSign] = []
    if single:
        lines = [[np.flatnonzero(seen).tolist()]]
        reasons = dict.fromkeys(np.flatnonzero(~seen).tolist(), "a speck")
    else:
        leans = np.array([lean_of(array) for array in arrays])
        lines, reasons = arrange(boxes, tips, seen, leans, _rings_of_strokes(arrays, boxes, leans))
        lines, signs = find_signs(boxes, leans, lines, list(reasons))
        reasons = {i: reason for i, reason in reasons.items() if not any(i in sign.pieces for sign in signs)}
    glyphs = tuple(
        Glyph(from_strokes([arrays[i] for i in digit]), union(boxes[digit]), number, [arrays[i] for i in digit])
        for number, line in enumerate(lines)
        for digit in line
    )
    return Segmentation(
        glyphs,
        tuple(LeftOut(union(boxes[[i]]), reason) for i, reason in reasons.items()),
        tuple(Sign(sign.text, union(boxes[list(sign.pieces)]), sign.line, sign.after) for sign in signs),
    )


def segment_image(image: Image.Image, single: bool = False) -> Segmentation:
    """Find the digits of a picture: dark on light or light on dark, a photo, a scan, or drawn.

    A picture of up to 48 pixels is one digit.

    Args:
        image: A picture of any size and mode.
        single: Whether all of its ink is one digit, but for specks, signs, ruled lines, and what the edge cuts off
            beside a whole digit.

    Returns:
        The digits in reading order; and the patches of ink that are in none.

    Raises:
        OCRError: There is nothing on the image, or ink all over it, or far more marks than a page of digits has.
    """
    image = ImageOps.exif_transpose(image)
    if max(image.size) <= SMALL or (single and max(at_own_size(upright_grey(image, LARGEST)).shape) <= SMALL):
        return Segmentation((_only_glyph(image),))
    page, rulings = without_rulings(_page(image, single))
    page, frames = without_frames(page)
    degrees = 0.0 if single else _slope(page)
    ink = turn(page, degrees) if degrees else page
    labels, specks = find_patches(ink)
    boxes = patch_boxes(labels)
    reasons = cut_by_edge(labels, boxes, single)
    inside = np.delete(np.arange(len(boxes)), list(reasons))
    seen = more_than_specks(boxes[inside], PICTURE_DOT)
    all_leans = patch_leans(labels)
    leans, rings = all_leans[inside], np.zeros(len(inside), bool)
    if not single:  # of a single digit all ink counts, the ring of a 0 with something in it too
        rings = patch_rings(labels, boxes, all_leans)[inside]
    arranged, others = arrange(boxes[inside], patch_tips(labels)[inside, None], seen, leans, rings)
    arranged, signs = find_signs(boxes[inside], leans, arranged, list(others)) if not single else (arranged, [])
    others = {i: reason for i, reason in others.items() if not any(i in sign.pieces for sign in signs)}
    reasons |= {int(inside[i]): reason for i, reason in others.items()}
    lines = [[inside[digit].tolist() for digit in line] for line in arranged]
    if single:
        lines = [[[piece for line in lines for digit in line for piece in digit]]]
    unit = full_size(image)[0] / page.shape[1]

    def on_picture(box: Box) -> Box:
        return _scaled(turn_back(box, degrees, page.shape, ink.shape) if degrees else box, unit)

    glyphs = []
    for number, line in enumerate(lines):
        for digit in line:
            box = union(boxes[digit])
            glyphs.append(Glyph(_image_of(ink, labels, digit, box, single), on_picture(box), number))
            specks = specks[~_touch(specks, box)]  # these stay in the image
    left_out = [LeftOut(on_picture(tuple(boxes[i])), reason) for i, reason in sorted(reasons.items())]
    left_out += [LeftOut(on_picture(tuple(box)), "a speck") for box in specks]
    left_out += [LeftOut(_scaled(tuple(box), unit), "a ruled line") for box in rulings]
    left_out += [LeftOut(_scaled(tuple(box), unit), "a frame") for box in frames]
    named = [
        Sign(sign.text, on_picture(union(boxes[inside[list(sign.pieces)]])), sign.line, sign.after) for sign in signs
    ]
    return Segmentation(tuple(glyphs), tuple(left_out), tuple(named))


def _rings_of_strokes(strokes: list[NDArray[np.float64]], boxes: Boxes, leans: NDArray[np.float64]) -> Flags:
    """Tell which strokes go around others: (N,)."""
    rings = np.zeros(len(boxes), bool)
    for outer, inner in around(boxes, leans):
        left, top, right, bottom = boxes[inner]
        x, y = (strokes[outer] - ((left + right) / 2, (top + bottom) / 2)).T
        turned = np.diff(np.unwrap(np.arctan2(y, x))).sum()
        rings[outer] |= abs(turned) >= ALL_ROUND
    return rings


def _slope(page: Map) -> float:
    """Find by how many degrees the lines of an ink map climb to the right; 0 where they are level."""
    boxes = patch_boxes(find_patches(page)[0])
    size = writing_size(boxes)
    heights = boxes[:, 3] - boxes[:, 1]
    return slope(boxes[(heights >= TALL * size) & (heights < UNDERLINE * size)], size)


def _only_glyph(image: Image.Image) -> Glyph:
    """Find the digit that fills a small scan."""
    grey = upright_grey(image)
    ink = small_scan(at_own_size(grey))
    rows, columns = np.nonzero(ink > 0.5)
    box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
    return Glyph(from_scan(grey, ink), _scaled(box, full_size(image)[0] / ink.shape[1]), 0)


def _page(image: Image.Image, single: bool) -> Map:
    """Make the ink map of a picture, at a size that segmenting is quick and exact at."""
    grey = upright_grey(image, LARGEST)
    longest = max(grey.shape)
    if not SMALLEST <= longest <= LARGEST:
        grey = np.clip(resize(grey, SMALLEST if longest < SMALLEST else LARGEST), 0, 1)  # a halo is lighter than paper
    sheet = find_sheet(grey, single)
    if sheet is not None:
        grey = without_surroundings(grey, sheet)
    ink = ink_map(grey)
    if not single:
        return ink
    # The window that the paper's light is estimated in hollows strokes that are broader.
    whole = ink_map(grey, one_digit=True)
    return whole if _fills_out(whole, ink) else ink


def _fills_out(whole: Map, ink: Map) -> bool:
    """Tell whether an ink map (H, W) of a large digit has its ink within the outlines of another."""
    extents = [
        np.array([[f(axis) for axis in np.nonzero(part > 0.5)] for f in (np.min, np.max)]) for part in (whole, ink)
    ]
    reach, slack = np.ptp(extents[1], axis=0).max() / max(ink.shape), SLACK * max(ink.shape)
    return bool(reach >= FILLS and np.abs(extents[0] - extents[1]).max() <= slack)


def _image_of(ink: Map, labels: Labels, digit: list[int], box: Box, single: bool) -> Ink:
    """Make the (28, 28) image of the patches of one digit, which may be all that is on the picture."""
    left, top, right, bottom = (int(value) for value in box)
    window = (
        slice(max(top - SOFT_EDGE, 0), bottom + SOFT_EDGE),
        slice(max(left - SOFT_EDGE, 0), right + SOFT_EDGE),
    )
    others = (labels[window] > 0) & ~np.isin(labels[window], np.array(digit) + 1)
    alone = np.where(others, np.float32(0), ink[window])
    if not single:
        return reink(alone)
    whole = np.zeros_like(ink)
    whole[window] = alone
    return reink(unstretched(whole))


def _touch(boxes: Boxes, box: Box) -> Flags:
    """Tell which boxes (N, 4) reach into the window that a digit's box is cropped with: (N,)."""
    left, top, right, bottom = box
    beside = (boxes[:, 2] <= left - SOFT_EDGE) | (boxes[:, 0] >= right + SOFT_EDGE)
    return ~(beside | (boxes[:, 3] <= top - SOFT_EDGE) | (boxes[:, 1] >= bottom + SOFT_EDGE))


def _scaled(box: Box, unit: float) -> Box:
    """Multiply a box by the length of its unit."""
    left, top, right, bottom = (round(value * unit, 1) for value in box)
    return left, top, right, bottom
