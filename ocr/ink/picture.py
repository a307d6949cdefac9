"""The digits of a picture: its paper found, what is printed on it taken out, its lines level, and its ink arranged.

Boxes are (left, top, right, bottom), x right and y down.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.ink.arrange import TALL, TOO_LOW, UNDERLINE, arrange
from ocr.ink.dashes import without_dashes
from ocr.ink.faint_strokes import with_faint_strokes
from ocr.ink.frames import without_frames
from ocr.ink.halves import find_halves
from ocr.ink.image import from_scan, reink
from ocr.ink.ink_map import SMALL
from ocr.ink.marks import without_marks
from ocr.ink.paper import LARGEST, find_paper, ink_of
from ocr.ink.patches import (
    Labels,
    cut_by_edge,
    find_patches,
    patch_bows,
    patch_boxes,
    patch_leans,
    patch_thickness,
    patch_tips,
)
from ocr.ink.picture_file import Map, full_size, upright, upright_grey
from ocr.ink.pieces import Box, Boxes, Flags, Lines, more_than_specks, union, writing_size
from ocr.ink.remnants import with_remnants
from ocr.ink.rings import patch_rings, without_touching_rings
from ocr.ink.rulings import without_rulings
from ocr.ink.scan import at_own_size, small_scan, unstretched
from ocr.ink.segment import Broken, Glyph, LeftOut, Segmentation, Sign, overlapping_digits
from ocr.ink.signs import PlacedSign, find_signs, paired_arcs
from ocr.ink.struck import strike_of, underline_of
from ocr.ink.tilt import slope, turn, turn_back

PICTURE_DOT = 0.08  # of the size of the writing: smaller dots on pictures are the paper's
LONG_LINE, LEAST_WRITING = 3.0, 3  # times as high as the curved digits is no 1, if there are so many of them
LINE_BREADTH, LEAST_SIZE = 0.5, 0.015  # of their height, of the picture's longer side: else they are crumbs beside a 1
SOFT_EDGE = 2  # pixels around a patch at that size


@dataclass(frozen=True)
class _Page:
    """The writing of a picture.

    Attributes:
        ink: float32 (H, W) of 0..1, an ink map whose lines of writing are level.
        degrees: By how much it was turned.
        shape: Height and width before it was.
        unit: Pixels of the picture in one of its own.
        corner: Where it lies on the picture, x and y in its pixels.
        taken_out: What was taken out of it: lines of the paper and of forms, underlines, what is crossed out.
    """

    ink: Map
    degrees: float
    shape: tuple[int, int]
    unit: float
    corner: tuple[float, float]
    taken_out: list[LeftOut] = field(default_factory=list)

    def on_picture(self, box: Box) -> Box:
        """Tell where a box of the ink map lies on the picture, in its pixels."""
        before = turn_back(box, self.degrees, self.shape, self.ink.shape) if self.degrees else box
        return _scaled(before, self.unit, self.corner)


def segment_image(image: Image.Image, single: bool = False, all_paper: bool = False) -> Segmentation:
    """Find the digits of a picture: dark on light or light on dark, a photo, a scan, or drawn.

    A picture of up to 48 pixels is one digit.

    Args:
        image: A picture of any size and mode.
        single: Whether all of its ink is one digit, but for specks, signs, ruled lines, and what the edge cuts off
            beside a whole digit.
        all_paper: Whether somebody said that it shows nothing but the paper: then no sheet is looked for on it.

    Returns:
        The digits in reading order; and the patches of ink that are in none.

    Raises:
        OCRError: There is nothing on the image, or ink all over it, or far more marks than a page of digits has.
    """
    image = upright(image)
    if single or max(image.size) <= SMALL:
        grey = upright_grey(image, LARGEST)
        scan = at_own_size(grey)
        if max(scan.shape) <= SMALL:
            return Segmentation((_only_glyph(image, grey, scan),))
    page = _page(image, single, all_paper)
    labels, specks = find_patches(page.ink)
    boxes = patch_boxes(labels)
    lines, signs, reasons = _arranged(labels, boxes, single)

    def glyph(digit: list[int], line: int) -> Glyph:
        box = union(boxes[digit])
        alone = _ink_of(page.ink, labels, digit, box, single)
        image = reink(unstretched(alone) if single else alone)
        if single:
            return Glyph(image, page.on_picture(box), line)
        unstruck, unlined = (
            None if of_a_line is None else reink(np.where(of_a_line, np.float32(0), alone))
            for of_a_line in (strike_of(alone > 0.5), underline_of(alone > 0.5))
        )
        return Glyph(image, page.on_picture(box), line, unstruck=unstruck, unlined=unlined)

    glyphs = [glyph(digit, number) for number, line in enumerate(lines) for digit in line]
    for digit in (digit for line in lines for digit in line):
        specks = specks[~_touch(specks, union(boxes[digit]))]  # these stay in the image
    broken = [Broken(pair.first, pair.second, glyph(pair.pieces, pair.line)) for pair in find_halves(boxes, lines)]
    left_out = [LeftOut(page.on_picture(tuple(boxes[i])), reason) for i, reason in sorted(reasons.items())]
    left_out += [LeftOut(page.on_picture(tuple(box)), "a speck") for box in specks]
    named = [Sign(sign.text, page.on_picture(union(boxes[list(sign.pieces)])), sign.line, sign.after) for sign in signs]
    overlapping = () if single else overlapping_digits(glyphs, boxes, lines, glyph)
    return Segmentation(tuple(glyphs), tuple(left_out + page.taken_out), tuple(named), tuple(broken), overlapping)


def _page(image: Image.Image, single: bool, all_paper: bool) -> _Page:
    """Find the writing of a picture."""
    paper = find_paper(image, single, all_paper)
    ink, rulings = without_rulings(ink_of(paper, single))
    ink, frames = without_frames(ink)
    ink, dashes = without_dashes(ink)
    if not (single or len(rulings) or len(frames)):  # what is faint beside these is what is left of them
        ink = with_faint_strokes(ink)
    page = _Page(ink, paper.degrees, paper.shape, paper.unit, paper.corner)
    page.taken_out.extend(LeftOut(page.on_picture(tuple(box)), "a ruled line") for box in rulings)
    page.taken_out.extend(LeftOut(page.on_picture(tuple(box)), "a dashed line") for box in dashes)
    page.taken_out.extend(LeftOut(page.on_picture(tuple(box)), "a frame") for box in frames)
    if single:
        return page
    if climbs := _slope(ink):
        page = replace(page, ink=turn(ink, climbs), degrees=paper.degrees + climbs)
    ink, rings = without_touching_rings(page.ink)
    page.taken_out.extend(LeftOut(page.on_picture(tuple(box)), "a ring around digits") for box in rings)
    ink, underlines, crossed = without_marks(ink)
    page.taken_out.extend(LeftOut(page.on_picture(tuple(box)), "an underline") for box in underlines)
    page.taken_out.extend(LeftOut(page.on_picture(tuple(box)), "crossed out") for box in crossed)
    return replace(page, ink=ink)


def _arranged(labels: Labels, boxes: Boxes, single: bool) -> tuple[Lines, list[PlacedSign], dict[int, str]]:
    """Find the lines of digits that patches make up, the signs between them, and why the others are neither.

    Args:
        labels: int32 (H, W) of N patches.
        boxes: float64 (N, 4), their boxes.
        single: Whether all of them are one digit, but for those that the edge cuts off, and specks.

    Returns:
        The lines, as `arrange` gives them; the signs; and the reasons by the number of the patch in `boxes`.
    """
    reasons = cut_by_edge(labels, boxes, single)
    leans = patch_leans(labels)
    if not single:
        reasons |= {i: "a long line" for i in _long_lines(labels, boxes, leans) if i not in reasons}
    inside = np.delete(np.arange(len(boxes)), list(reasons))
    seen = more_than_specks(boxes[inside], PICTURE_DOT)
    # Of a single digit all ink counts, the ring of a 0 with something in it too.
    rings = np.zeros(len(boxes), bool) if single else patch_rings(labels, boxes, leans)
    tips = patch_tips(labels)[inside, None]
    bows = patch_bows(labels)[inside]
    lines, others = arrange(boxes[inside], tips, seen, leans[inside], rings[inside], paired_arcs(boxes[inside], bows))
    signs: list[PlacedSign] = []
    if not single:
        lines = with_remnants(boxes[inside], lines, [i for i, reason in others.items() if reason == TOO_LOW])
        placed = {piece for line in lines for digit in line for piece in digit}
        others = {i: reason for i, reason in others.items() if i not in placed}
        lines, signs = find_signs(boxes[inside], leans[inside], bows, lines, list(others), are_strokes=False)
    in_signs = {piece for sign in signs for piece in sign.pieces}
    reasons |= {int(inside[i]): reason for i, reason in others.items() if i not in in_signs}
    lines = [[inside[digit].tolist() for digit in line] for line in lines]
    if single:
        lines = [[[piece for line in lines for digit in line for piece in digit]]]
    signs = [replace(sign, pieces=tuple(inside[list(sign.pieces)].tolist())) for sign in signs]
    return lines, signs, reasons


def _long_lines(labels: Labels, boxes: Boxes, leans: NDArray[np.float64]) -> list[int]:
    """Find straight pieces (N,) that are far higher than the writing, and thin beside it: pens, margins, edges."""
    curved = boxes[np.isnan(leans)]
    if len(curved) < LEAST_WRITING:
        return []
    size = writing_size(curved)
    heights = boxes[:, 3] - boxes[:, 1]
    lines = np.flatnonzero(~np.isnan(leans) & (heights >= LONG_LINE * size))
    written = (curved[:, 3] - curved[:, 1] >= TALL * size).sum()
    if not len(lines) or written < max(LEAST_WRITING, len(lines)) or size < LEAST_SIZE * max(labels.shape):
        return []
    return lines[2 * patch_thickness(labels)[lines] <= LINE_BREADTH * size].tolist()


def _slope(page: Map) -> float:
    """Find by how many degrees the lines of an ink map climb to the right; 0 where they are level."""
    boxes = patch_boxes(find_patches(page)[0])
    size = writing_size(boxes)
    heights = boxes[:, 3] - boxes[:, 1]
    return slope(boxes[(heights >= TALL * size) & (heights < UNDERLINE * size)], size)


def _only_glyph(image: Image.Image, grey: Map, scan: Map) -> Glyph:
    """Find the digit that fills a small scan, given the picture's grey values and those at the scan's own size."""
    ink = small_scan(scan)
    rows, columns = np.nonzero(ink > 0.5)
    box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
    return Glyph(from_scan(grey, ink), _scaled(box, full_size(image)[0] / ink.shape[1]), 0)


def _ink_of(ink: Map, labels: Labels, digit: list[int], box: Box, single: bool) -> Map:
    """Cut the ink of the patches of one digit out of an ink map (H, W); if it is a `single` one, where it lies."""
    left, top, right, bottom = (int(value) for value in box)
    window = (
        slice(max(top - SOFT_EDGE, 0), bottom + SOFT_EDGE),
        slice(max(left - SOFT_EDGE, 0), right + SOFT_EDGE),
    )
    others = (labels[window] > 0) & ~np.isin(labels[window], np.array(digit) + 1)
    alone = np.where(others, np.float32(0), ink[window])
    if not single:
        return alone
    whole = np.zeros_like(ink)
    whole[window] = alone
    return whole


def _touch(boxes: Boxes, box: Box) -> Flags:
    """Tell which boxes (N, 4) reach into the window that a digit's box is cropped with: (N,)."""
    left, top, right, bottom = box
    beside = (boxes[:, 2] <= left - SOFT_EDGE) | (boxes[:, 0] >= right + SOFT_EDGE)
    return ~(beside | (boxes[:, 3] <= top - SOFT_EDGE) | (boxes[:, 1] >= bottom + SOFT_EDGE))


def _scaled(box: Box, unit: float, corner: tuple[float, float] = (0.0, 0.0)) -> Box:
    """Multiply a box by the length of its unit, and add where its map lies."""
    left, top, right, bottom = (round(value * unit + start, 1) for value, start in zip(box, 2 * corner, strict=True))
    return left, top, right, bottom
