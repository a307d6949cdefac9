"""The pieces of ink of a picture: its connected patches, digits that touch cut apart, what is no writing told apart.

Labels are int32 (H, W): the number of the patch that each pixel of an ink map belongs to, from 1; 0 on the ground.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.errors import OCRError
from ocr.ink.arrange import TALL
from ocr.ink.ink_map import Mask
from ocr.ink.picture_file import Map
from ocr.ink.pieces import Boxes, bow_of, lean_of, writing_size

FEWEST_PIXELS = 12  # of a patch of ink
AT_EDGE = 3  # pixels from it
# A finger, or what else reaches in, is so many times as thick as the writing; or not that thick, but with so large a
# share of its breadth at the edge.
FAR_THICKER, THICKER, AT_EDGE_SHARE = 2.5, 1.5, 0.5
FRAME = 0.06  # of the longer side: deeper, what runs along the edge is no frame
TOUCHING = 1.3  # times its height: a wider patch may be two digits that touch
LOW = 0.85  # of the size: two digits that touch are not both lower; a 4 of the right breadth may be
NARROWEST = 0.25  # of the height: how narrow a digit cut off a wide patch may be
ASIDE = 0.1  # of a pixel of ink: what a step aside costs a cut, which goes straight down if nothing is won
VALLEY = 0.2  # of the height: what is thicker than one stroke is not cut
RING = 0.6  # of the patch's width: through so wide a hole goes no cut, it is that of a broad 0
BOTH_TALL = 0.7  # of the height: what is cut apart is two digits, not a digit and its tail
MOST_PIECES = 1000  # a page of writing has fewer; textures have more

Labels = NDArray[np.int32]


def find_patches(ink: Map) -> tuple[Labels, Boxes]:
    """Find the patches of ink, and cut apart digits that touch.

    Args:
        ink: float32 (H, W) of 0..1, an ink map whose longer side is 400 to 1,400 pixels.

    Returns:
        The labels of the patches; and float64 (N, 4), the boxes of specks, which are of too few pixels to be labelled.

    Raises:
        OCRError: There is no ink, or there are far more patches than a page of digits has.
    """
    labels, count = connected(ink)
    if not count:
        raise OCRError("There is no ink: draw a digit first.")
    sizes = np.bincount(labels.ravel())
    is_large = sizes[1:] >= min(FEWEST_PIXELS, sizes[1:].max())
    large = np.flatnonzero(is_large) + 1
    if len(large) > MOST_PIECES:
        raise OCRError("There are far too many marks on this picture: take one that shows little but digits.")
    renumbered = np.zeros(count + 1, np.int32)
    renumbered[large] = np.arange(1, len(large) + 1)
    return _cut_apart(renumbered[labels]), patch_boxes(labels)[~is_large]


def connected(ink: Map) -> tuple[Labels, int]:
    """Label what is connected, over hair-fine breaks too, in an ink map, float32 (H, W) of 0..1; and count it."""
    mask = scipy.ndimage.binary_closing(np.pad(ink > 0.5, 1), np.ones((3, 3)))[1:-1, 1:-1]
    labels, count = scipy.ndimage.label(mask, np.ones((3, 3)))
    return labels, int(count)


def patch_boxes(labels: Labels) -> Boxes:
    """Give the boxes, float64 (N, 4) in pixels, of N labelled patches."""
    places = scipy.ndimage.find_objects(labels)
    return np.array([(x.start, y.start, x.stop, y.stop) for y, x in places], float)


def patch_tips(labels: Labels) -> NDArray[np.float64]:
    """Give the right end of the lower part of each patch: the end of the bar, if it is the left stroke of a 4.

    Args:
        labels: int32 (H, W) of N patches.

    Returns:
        float64 (N, 2), x and y in pixels.
    """
    places = scipy.ndimage.find_objects(labels)
    corners = np.array([(columns.start, rows.start) for rows, columns in places], float)
    return np.array([_tip(labels[place] == number) for number, place in enumerate(places, 1)]) + corners


def patch_leans(labels: Labels) -> NDArray[np.float64]:
    """Tell how far each straight patch leans to the right, see `ocr.ink.pieces.lean_of`.

    Args:
        labels: int32 (H, W) of N patches.

    Returns:
        float64 (N,), NaN for patches that are not straight.
    """
    places = scipy.ndimage.find_objects(labels)
    return np.array(
        [lean_of(np.argwhere(labels[place] == number)[:, ::-1].astype(float)) for number, place in enumerate(places, 1)]
    )


def patch_bows(labels: Labels) -> NDArray[np.float64]:
    """Tell how far each patch that is an upright arc bows, see `ocr.ink.pieces.bow_of`.

    Args:
        labels: int32 (H, W) of N patches.

    Returns:
        float64 (N,), NaN for patches that are no arcs.
    """
    return np.array(
        [
            bow_of(np.argwhere(labels[place] == number)[:, ::-1].astype(float))
            for number, place in enumerate(scipy.ndimage.find_objects(labels), 1)
        ]
    )


def patch_thickness(labels: Labels) -> NDArray[np.float64]:
    """Measure half the thickness, in pixels, of each of N patches (H, W) where it is thickest: float64 (N,)."""
    places = scipy.ndimage.find_objects(labels)
    return np.array(
        [
            scipy.ndimage.distance_transform_edt(np.pad(labels[place] == number, 1)).max()
            for number, place in enumerate(places, 1)
        ]
    )


def cut_by_edge(labels: Labels, boxes: Boxes, single: bool) -> dict[int, str]:
    """Tell which patches at the picture's edge are no writing.

    Args:
        labels: int32 (H, W) of N patches.
        boxes: float64 (N, 4), their boxes.
        single: Whether the picture shows one digit. Then no more are pieces of what lies beyond the edge, which are
            lower than a patch that is whole. On other pictures, none are pieces that are far thicker than the writing.

    Returns:
        Why, by the number of the patch in `boxes`; nothing if it were all of them.
    """
    height, width = labels.shape
    rows, columns = np.ogrid[:height, :width]
    depth = np.minimum(np.minimum(rows, height - 1 - rows), np.minimum(columns, width - 1 - columns))
    numbers = np.arange(1, len(boxes) + 1)
    cut = scipy.ndimage.minimum(depth, labels, numbers) < AT_EDGE
    frame = cut & (scipy.ndimage.maximum(depth, labels, numbers) < FRAME * max(height, width))
    beyond = np.zeros_like(cut)
    if not cut.all():
        heights = boxes[:, 3] - boxes[:, 1]
        if single:
            beyond = cut & (heights < heights[~cut].max())
        elif cut.any():
            thickness = patch_thickness(labels)
            thicker = thickness / np.median(thickness[~cut & (heights >= TALL * writing_size(boxes[~cut]))])
            at_edge = np.bincount(labels[depth == 0], minlength=len(boxes) + 1)[1:]
            broad = at_edge > AT_EDGE_SHARE * (boxes[:, 2:] - boxes[:, :2]).min(1)
            beyond = cut & ((thicker > FAR_THICKER) | (broad & (thicker > THICKER)))
    if (frame | beyond).all():
        return {}
    return {
        int(i): "along the edge of the picture" if frame[i] else "cut off by the edge"
        for i in np.flatnonzero(frame | beyond)
    }


def _cut_apart(labels: Labels) -> Labels:
    """Give what lies right of the thinnest way through a wide patch a number of its own."""
    places = scipy.ndimage.find_objects(labels)
    size = writing_size(patch_boxes(labels))
    todo = list(enumerate(places, 1))
    count = len(places)
    while todo:
        number, (rows, columns) = todo.pop()
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if height < TALL * size or width < TOUCHING * max(height, LOW * size):
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
    """Find the columns (H,) at which to cut a wide patch (H, W), row by row: the way down that crosses least ink.

    None if that is more than one stroke, or through a ring, or if what would be cut off is no digit.
    """
    height, width = patch.shape
    margin = round(NARROWEST * height)
    inner = patch[:, margin : width - margin]
    if not inner.size:
        return None
    seam = _lightest_way_down(inner.astype(float)) + margin
    if patch[np.arange(height), seam].sum() > VALLEY * height or _halves_a_ring(patch, seam):
        return None
    left = np.arange(width) < seam[:, None]
    parts = np.stack([(patch & left).any(1), (patch & ~left).any(1)])
    return seam if parts.sum(1).min() >= BOTH_TALL * height else None


def _halves_a_ring(patch: Mask, seam: NDArray[np.intp]) -> bool:
    """Tell whether a way down (H,) leads through a hole of a patch (H, W) that is nearly as wide as the patch."""
    holes, _ = scipy.ndimage.label(scipy.ndimage.binary_fill_holes(patch) & ~patch)
    places = scipy.ndimage.find_objects(holes)
    crossed = np.unique(holes[np.arange(len(seam)), seam])
    return any((places[i - 1][1].stop - places[i - 1][1].start) >= RING * patch.shape[1] for i in crossed if i)


def _lightest_way_down(costs: NDArray[np.float64]) -> NDArray[np.intp]:
    """Find columns (H,), each at most one beside the one above, of the least sum of costs (H, W) and `ASIDE`s."""
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
    """Move a slice along."""
    return slice(part.start + by, part.stop + by)


def _tip(patch: Mask) -> NDArray[np.float64]:
    """Find the right end (x, y) of the lower part of a patch (H, W)."""
    rows, columns = np.nonzero(patch[patch.shape[0] // 2 :])
    last = columns.argmax()
    return np.array([columns[last], rows[last] + patch.shape[0] // 2], float)
