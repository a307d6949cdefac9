"""Several digits on one drawing or picture: where each one is, line by line and from left to right.

A digit comes in pieces: strokes of the pen, or connected patches of ink. Pieces become digits by their boxes alone.
Tall pieces make the lines and the digits; low ones (the bar of a 5, the cross of a 7) go to the tall piece they lie
on; what then stands alone and is small or flat (a decimal point, a minus sign, a speck) is no digit.

Boxes are (left, top, right, bottom), x right and y down. All thresholds are shares of the size of the writing, a
typical digit's height; measured on the 7,494 pen-drawn digits of UCI "Pen-Based Recognition of Handwritten Digits".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ocr.errors import OCRError
from ocr.ink.image import from_image, reink
from ocr.ink.picture import SMALL, Map, Mask, ink_map, resize, upright_grey, without_rulings
from ocr.ink.strokes import Ink, Strokes, from_strokes, points_of

SPECK = 0.15  # of the size, on the longer side: dots; the shortest bar of a 5 is a fifth
DOT_ASIDE, DOT_GAP = 0.05, 0.3  # of the size: how far aside and above or below a dot may lie that belongs to a digit
DOT, PICTURE_DOT = 0.28, 0.08  # of the size: dots are smaller; on pictures still smaller ones are the paper's
TALL = 0.45  # of the size: taller pieces are digits or halves of a 4, lower ones bars and signs
SAME_LINE = 0.5  # of the lower one's height: how far two tall pieces of one line overlap vertically
SAME_DIGIT = 0.4  # of the narrower one's width: how far two tall pieces of one digit overlap (all do but those of a 4)
FOUR_GAP = 0.16  # of the size: the widest gap between the two strokes of a 4
FOUR_DROP = 0.1  # of the size: how far the upright of a 4 reaches below its bar
FOUR_UPRIGHT = 0.55  # of the size: the upright of a 4 is narrower
FOUR_BAR = (0.15, 0.75, 0.6)  # the other stroke's width, of the size; it ends this far right and down, of its own box
STACKED = 0.12  # of the size: the widest gap between the two rings of an 8; lines of writing are farther apart
NEAR = 0.16  # of the size: farther from any tall piece, a low piece is a sign of its own (minus, comma)
LOWEST_DIGIT = 0.4  # of the size: a digit that is lower is a sign
UNDERLINE = 2.0  # of the size: a wider piece that is flat runs below several digits

LARGEST = 1400  # pixels of the longer side that pictures are segmented at: digits of a full page keep 20 and more
SMALLEST = 400  # smaller pictures are enlarged, so that outlines run between their pixels
FEWEST_PIXELS = 12  # of a patch of ink at that size
AT_EDGE = 3  # pixels from it at that size
FRAME = 0.06  # of the longer side: deeper, what runs along the edge is no frame
TOUCHING = 1.3  # times its height: a wider patch may be two digits that touch
NARROWEST = 0.25  # of the height: how narrow a digit cut off a wide patch may be
ASIDE = 0.1  # of a pixel of ink: what a step aside costs a cut, which goes straight down if nothing is won
VALLEY = 0.2  # of the height: what is thicker than one stroke is not cut
BOTH_TALL = 0.7  # of the height: what is cut apart is two digits, not a digit and its tail
MOST_PIECES = 1000  # a page of writing has fewer; textures have more

Boxes = NDArray[np.float64]  # (N, 4)
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Glyph:
    """What stands for one digit.

    `image` is its ink as `ocr.ink.image` makes it, float32 (28, 28); `box` is in the units of the drawing, or in pixels of
    the upright picture; `line` counts from 0 at the top; `strokes` are its strokes, none if it comes from a picture.
    """

    image: Ink
    box: Box
    line: int
    strokes: Strokes = ()


def segment_strokes(strokes: Strokes, single: bool = False) -> list[Glyph]:
    """The digits of a drawing in reading order; with `single`, all of it as one, but for specks.

    Errors:
        OCRError: there is no point in `strokes`, or one that is no number.
    """
    arrays = points_of(strokes)
    boxes = np.array([[*array.min(0), *array.max(0)] for array in arrays])
    tips = np.array([array[[0, -1]] for array in arrays])
    seen = _seen(boxes, 0)
    lines = [[np.flatnonzero(seen).tolist()]] if single else arrange(boxes, tips, seen)
    return [
        Glyph(from_strokes([arrays[i] for i in digit]), _union(boxes[digit]), number, [arrays[i] for i in digit])
        for number, line in enumerate(lines)
        for digit in line
    ]


def segment_image(image: Image.Image, single: bool = False) -> list[Glyph]:
    """The digits of a picture in reading order: dark on light or light on dark, a photo, a scan, or drawn.

    With `single`, all of its ink as one, but for specks, ruled lines, and what the edge cuts off beside a whole digit.
    A picture of up to 48 pixels is one digit.

    Errors:
        OCRError: there is nothing on the image, or ink all over it, or far more marks than a page of digits has.
    """
    image = ImageOps.exif_transpose(image)
    if max(image.size) <= SMALL:
        return [_only_glyph(image)]
    ink = _page(image)
    labels = _patches(ink)
    places = scipy.ndimage.find_objects(labels)
    boxes = np.array([(x.start, y.start, x.stop, y.stop) for y, x in places], float)
    tips = np.array([_tip(labels[place] == number) for number, place in enumerate(places, 1)]) + boxes[:, :2]
    inside = np.flatnonzero(~_cut_by_edge(labels, boxes, single))
    seen = _seen(boxes[inside], PICTURE_DOT)
    lines = [[inside[digit].tolist() for digit in line] for line in arrange(boxes[inside], tips[inside, None], seen)]
    if single:
        lines = [[[piece for line in lines for digit in line for piece in digit]]]
    unit = image.width / ink.shape[1]
    glyphs = []
    for number, line in enumerate(lines):
        for digit in line:
            box = _union(boxes[digit])
            glyphs.append(Glyph(_crop(ink, labels, digit, box), _scaled(box, unit), number))
    return glyphs


def page_text(glyphs: Sequence[Glyph], digits: Sequence[int | str]) -> str:
    """The text of a page: the digit of each glyph, or what else stands for it; lines separated by a line feed."""
    lines: dict[int, str] = {}
    for glyph, digit in zip(glyphs, digits, strict=True):
        lines[glyph.line] = lines.get(glyph.line, "") + str(digit)
    return "\n".join(lines.values())


def arrange(boxes: Boxes, tips: NDArray[np.float64], seen: Mask) -> list[list[list[int]]]:
    """Lines of digits of pieces: which of N >= 1 pieces, by their boxes (N, 4), make up each digit, in reading order.

    `tips` (N, T, 2) are the points (x, y) where each piece starts or ends; those that are not `seen` (N,) are specks.
    Pieces that are no digit and no part of one are left out, unless there is nothing else.
    """
    size = _size(boxes)
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    tall = np.flatnonzero(heights >= TALL * size)
    low = np.flatnonzero(seen & (heights < TALL * size) & (widths < UNDERLINE * size))
    if not len(tall):  # nothing but a dash or a dot: let the network say that it is no digit
        return [[[int(i) for i in np.flatnonzero(seen)]]]
    digits = _digits(boxes, _belong(boxes[tall], tips[tall], size), tall, low, size)
    outlines = np.array([_union(boxes[digit]) for digit in digits])
    kept = outlines[:, 3] - outlines[:, 1] >= LOWEST_DIGIT * size
    return _lines([digit for digit, keep in zip(digits, kept, strict=True) if keep], outlines[kept])


def _seen(boxes: Boxes, least_dot: float) -> Mask:
    """(N,): which pieces are more than specks, or dots that were meant: within, above or below what is more.

    So are those of a dotted 0, of i and of ?. Smaller ones than `least_dot`, a share of the size, are specks anyway.
    """
    size = _size(boxes)
    extents, middles = (boxes[:, 2:] - boxes[:, :2]).max(1), (boxes[:, :2] + boxes[:, 2:]) / 2
    seen = extents >= SPECK * size
    around = boxes[seen] + np.array([-DOT_ASIDE, -DOT_GAP, DOT_ASIDE, DOT_GAP]) * size
    meant = (middles[:, None] >= around[:, :2]) & (middles[:, None] <= around[:, 2:])  # (N, M, 2)
    return seen | (meant.all(2).any(1) & (extents >= least_dot * size))


def _size(boxes: Boxes) -> float:
    """The size of the writing: the median height of the pieces, each weighted by its height squared.

    Specks and bars, however many, weigh next to nothing.
    """
    heights = np.sort(boxes[:, 3] - boxes[:, 1])
    weights = np.cumsum(heights**2)
    return float(heights[np.searchsorted(weights, weights[-1] / 2)])


def _digits(
    boxes: Boxes, belong: NDArray[np.bool_], tall: NDArray[np.intp], low: NDArray[np.intp], size: float
) -> list[list[int]]:
    """Joins tall pieces that belong together, and gives each low one to the tall piece it lies on or nearest to."""
    count, labels = scipy.sparse.csgraph.connected_components(belong, directed=False)
    digits = [[int(i) for i in tall[labels == label]] for label in range(count)]
    for i in low:
        distances, overlaps = _relation(boxes[i], boxes[tall])
        nearest = int(np.lexsort((-overlaps, distances))[0])
        is_dot = (boxes[i, 2:] - boxes[i, :2]).max() < DOT * size and overlaps[nearest] > 0
        if distances[nearest] <= (DOT_GAP if is_dot else NEAR) * size:
            digits[labels[nearest]].append(int(i))
    return [sorted(digit) for digit in digits]


def _belong(boxes: Boxes, tips: NDArray[np.float64], size: float) -> NDArray[np.bool_]:
    """(N, N): which of N tall pieces are of one digit."""
    left, top, right, bottom = boxes.T
    width = right - left
    overlap = np.minimum.outer(right, right) - np.maximum.outer(left, left)  # negative: a gap
    apart = np.maximum.outer(top, top) - np.minimum.outer(bottom, bottom)
    over = (overlap >= SAME_DIGIT * np.minimum.outer(width, width)) & (apart <= STACKED * size)
    # A 4 in two strokes: each row as the bar on the left, each column as the upright.
    wide, far_right, far_down = FOUR_BAR
    corners = boxes.reshape(-1, 2, 2)
    inside = (tips - corners[:, :1]) / np.maximum(corners[:, 1:] - corners[:, :1], 1e-9)  # (N, T, 2) of 0..1
    bar = (width >= wide * size) & ((inside[..., 0] >= far_right) & (inside[..., 1] >= far_down)).any(1)
    upright = (bottom - bottom[:, None] >= FOUR_DROP * size) & (right > right[:, None]) & (width <= FOUR_UPRIGHT * size)
    crossed = (over.sum(1) > 1)[:, None]  # a bar that has its upright looks for no other
    four = bar[:, None] & upright & ~crossed & (overlap >= -FOUR_GAP * size) & (apart < 0)
    return over | four


def _relation(box: NDArray[np.float64], boxes: Boxes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N,) distances of a box to others, 0 where they overlap, and (N,) their horizontal overlaps."""
    overlap = np.minimum(boxes[:, 2], box[2]) - np.maximum(boxes[:, 0], box[0])
    down = np.maximum(boxes[:, 1], box[1]) - np.minimum(boxes[:, 3], box[3])
    return np.hypot(np.maximum(-overlap, 0), np.maximum(down, 0)), overlap


def _lines(digits: list[list[int]], boxes: Boxes) -> list[list[list[int]]]:
    """Sorts digits, with their boxes (N, 4), into lines from top to bottom and each line from left to right."""
    _, top, _, bottom = boxes.T
    overlap = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    height = bottom - top
    _, labels = scipy.sparse.csgraph.connected_components(
        overlap >= SAME_LINE * np.minimum.outer(height, height), directed=False
    )
    middles = boxes[:, [0, 2]].mean(1)
    lines = [sorted(np.flatnonzero(labels == label), key=lambda i: middles[i]) for label in range(labels.max() + 1)]
    lines.sort(key=lambda line: (top[line] + bottom[line]).mean())
    return [[digits[i] for i in line] for line in lines]


def _union(boxes: Boxes) -> Box:
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _only_glyph(image: Image.Image) -> Glyph:
    """The digit that fills a small scan."""
    rows, columns = np.nonzero(ink_map(upright_grey(image), one_digit=True) > 0.5)
    box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
    return Glyph(from_image(image), box, 0)


def _page(image: Image.Image) -> Map:
    """The ink map of a picture, at a size that segmenting is quick and exact at."""
    grey = upright_grey(image, LARGEST)
    longest = max(grey.shape)
    if not SMALLEST <= longest <= LARGEST:
        grey = resize(grey, SMALLEST if longest < SMALLEST else LARGEST)
    return without_rulings(ink_map(grey))


def _patches(ink: Map) -> NDArray[np.int32]:
    """(H, W): the number of the patch of ink that each pixel belongs to, from 1; touching digits are cut apart."""
    mask = scipy.ndimage.binary_closing(np.pad(ink > 0.5, 1), np.ones((3, 3)))[1:-1, 1:-1]  # hair-fine breaks
    labels, count = scipy.ndimage.label(mask, np.ones((3, 3)))
    if not count:
        raise OCRError("There is no ink: draw a digit first.")
    sizes = np.bincount(labels.ravel())
    large = np.flatnonzero(sizes[1:] >= min(FEWEST_PIXELS, sizes[1:].max())) + 1
    if len(large) > MOST_PIECES:
        raise OCRError("There are far too many marks on this picture: take one that shows little but digits.")
    renumbered = np.zeros(count + 1, np.int32)
    renumbered[large] = np.arange(1, len(large) + 1)
    return _cut_apart(renumbered[labels])


def _cut_apart(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Gives what lies right of the thinnest way through a wide patch a number of its own."""
    places = scipy.ndimage.find_objects(labels)
    size = _size(np.array([(x.start, y.start, x.stop, y.stop) for y, x in places], float))
    todo = list(enumerate(places, 1))
    count = len(places)
    while todo:
        number, (rows, columns) = todo.pop()
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if height < TALL * size or width < TOUCHING * height:
            continue
        patch = labels[rows, columns] == number
        seam = _seam(patch)
        if seam is None:
            continue
        count += 1
        labels[rows, columns][patch & (np.arange(width) >= seam[:, None])] = count
        for part in (number, count):
            y, x = scipy.ndimage.find_objects((labels[rows, columns] == part).astype(np.uint8))[0]
            todo.append((part, (_shifted(y, rows.start), _shifted(x, columns.start))))
    return labels


def _seam(patch: Mask) -> NDArray[np.intp] | None:
    """(H,) columns at which a wide patch (H, W) is cut, row by row: the way down that crosses least ink.

    None if that is more than one stroke, or if what would be cut off is no digit.
    """
    height, width = patch.shape
    margin = round(NARROWEST * height)
    inner = patch[:, margin : width - margin]
    if not inner.size:
        return None
    seam = _lightest_way_down(inner.astype(float)) + margin
    if patch[np.arange(height), seam].sum() > VALLEY * height:
        return None
    left = np.arange(width) < seam[:, None]
    parts = np.stack([(patch & left).any(1), (patch & ~left).any(1)])
    return seam if parts.sum(1).min() >= BOTH_TALL * height else None


def _lightest_way_down(costs: Map) -> NDArray[np.intp]:
    """(H,) columns, each at most one beside the one above, with the least sum of costs (H, W) and of `ASIDE`s."""
    total, steps = costs[0], []
    for row in costs[1:]:
        near = np.pad(total, 1, constant_values=np.inf)
        ways = np.stack([near[1:-1], near[:-2] + ASIDE, near[2:] + ASIDE])  # from above, from the left, the right
        steps.append(np.array([0, -1, 1])[ways.argmin(0)])
        total = row + ways.min(0)
    way = [int(total.argmin())]
    for step in reversed(steps):
        way.append(way[-1] + int(step[way[-1]]))
    return np.array(way[::-1])


def _shifted(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)


def _tip(patch: Mask) -> NDArray[np.float64]:
    """(x, y) of the right end of a patch's lower part: the end of the bar, if it is the left stroke of a 4."""
    rows, columns = np.nonzero(patch[patch.shape[0] // 2 :])
    last = columns.argmax()
    return np.array([columns[last], rows[last] + patch.shape[0] // 2], float)


def _cut_by_edge(labels: NDArray[np.int32], boxes: Boxes, single: bool) -> Mask:
    """(N,): which patches are no writing but a frame along the picture's edge; with `single`, also pieces of what lies
    beyond it, which are lower than a patch that is whole."""
    height, width = labels.shape
    rows, columns = np.ogrid[:height, :width]
    depth = np.minimum(np.minimum(rows, height - 1 - rows), np.minimum(columns, width - 1 - columns))
    numbers = np.arange(1, len(boxes) + 1)
    cut = scipy.ndimage.minimum(depth, labels, numbers) < AT_EDGE
    foreign = cut & (scipy.ndimage.maximum(depth, labels, numbers) < FRAME * max(height, width))
    if single and not cut.all():
        heights = boxes[:, 3] - boxes[:, 1]
        foreign |= cut & (heights < heights[~cut].max())
    return foreign if not foreign.all() else ~foreign


def _crop(ink: Map, labels: NDArray[np.int32], digit: list[int], box: Box) -> Ink:
    """The (28, 28) image of the patches of one digit."""
    edge = 2  # pixels of soft edge around a patch
    left, top, right, bottom = (int(value) for value in box)
    window = (slice(max(top - edge, 0), bottom + edge), slice(max(left - edge, 0), right + edge))
    others = (labels[window] > 0) & ~np.isin(labels[window], np.array(digit) + 1)
    alone = np.where(others, np.float32(0), ink[window])
    return reink(alone)


def _scaled(box: Box, unit: float) -> Box:
    left, top, right, bottom = (round(value * unit, 1) for value in box)
    return left, top, right, bottom
