"""Dashed and dotted lines and the boxes of such lines are found in an ink map and taken out of it."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.picture_file import Map
from ocr.ink.pieces import Boxes, union, writing_size
from ocr.ink.rulings import FAINT

LONGEST = 0.5  # of the size of the writing: so long is a dash at most
SPACE = 4.5  # times as long as dashes are thick is the space between two at most
FEWEST_IN_LINE, FEWEST_AROUND = 6, 8  # dashes: fewer may be signs
MOST = 600  # small pieces: more are the grain of something
LONG = 0.8  # times as long as thick is the usual dash of a line at least: points are, 1s in a row are not
FULL = 0.7  # of its box the usual dash fills: points do, small print does not
ALIKE = 2.0  # times as thick as the usual dash of a line is another at most
STRAIGHT = 0.5  # of their thickness: how far the middles of dashes are beside their line
ASKEW = 0.02  # of a box's longer side: how far the dashes of a side are from one in a row, if it is not level

TURNED = [1, 0, 3, 2]  # a box with x and y exchanged


def without_dashes(ink: Map) -> tuple[Map, Boxes]:
    """Take dashed and dotted boxes round digits, and lines that are level or upright or nearly so, out of an ink map.

    Args:
        ink: float32 (H, W) of 0..1.

    Returns:
        float32 (H, W), the ink map without them; and float64 (N, 4), the boxes of what was taken out, in pixels.
    """
    labels, count = scipy.ndimage.label(ink > FAINT, np.ones((3, 3)))
    if count <= FEWEST_IN_LINE:
        return ink, np.zeros((0, 4))
    places = scipy.ndimage.find_objects(labels)
    boxes = np.array([(x.start, y.start, x.stop, y.stop) for y, x in places], float)
    size = writing_size(boxes)
    digits = boxes[boxes[:, 3] - boxes[:, 1] > LONGEST * size]
    full = np.bincount(labels.ravel())[1:] / np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) >= FULL
    dashed = [
        group
        for group in _groups(boxes, size)
        if _goes_round(boxes[group], digits, size)
        or (
            full[group].mean() > 0.5
            and (_is_line(boxes[group], digits) or _is_line(boxes[group][:, TURNED], digits[:, TURNED]))
        )
    ]
    if not dashed:
        return ink, np.zeros((0, 4))
    gone = np.isin(labels, np.concatenate(dashed) + 1)
    soft_edges = scipy.ndimage.binary_dilation(gone, iterations=2) & (labels == 0)
    cleaned = np.where(gone | soft_edges, np.float32(0), ink)
    return cleaned, np.array([union(boxes[group]) for group in dashed])


def _groups(boxes: Boxes, size: float) -> list[NDArray[np.intp]]:
    """Find which of N pieces are small and near to each other: the numbers of each group's."""
    extents = boxes[:, 2:] - boxes[:, :2]
    small = np.flatnonzero(extents.max(1) <= LONGEST * size)
    if not FEWEST_IN_LINE <= len(small) <= MOST:
        return []
    low, high = boxes[small, :2], boxes[small, 2:]
    apart = np.hypot(*np.maximum(low[:, None] - high, low - high[:, None]).clip(0).T)
    near = apart <= SPACE * float(np.median(extents[small].min(1))) + 1
    count, groups = scipy.sparse.csgraph.connected_components(near, directed=False)
    return [small[groups == number] for number in range(count)]


def _goes_round(dashes: Boxes, digits: Boxes, size: float) -> bool:
    """Tell whether dashes (N, 4) lie along all four sides of their box, and on each all along, round a digit (M, 4)."""
    if len(dashes) < FEWEST_AROUND:
        return False
    outline = np.array(union(dashes))
    sides = outline[2:] - outline[:2]
    slack = 2 * float(np.median((dashes[:, 2:] - dashes[:, :2]).min(1))) + ASKEW * float(sides.max())
    at_side = np.abs(dashes - outline) <= slack  # (N, 4): left, top, right, bottom
    along = np.abs(dashes[:, [2, 3, 0, 1]] - outline) <= slack  # and no farther in than that
    corner = (at_side[:, 0] | at_side[:, 2]) & (at_side[:, 1] | at_side[:, 3])
    if not (along.any(1) | corner).all():
        return False
    for side in range(4):
        across = (side + 1) % 2
        edges = np.concatenate(
            [dashes[at_side[:, side]][:, [across, across + 2]].ravel(), outline[[across, across + 2]]]
        )
        if np.diff(np.sort(edges)).max() > LONGEST * max(size, float(sides[across])):
            return False
    middles = (digits[:, :2] + digits[:, 2:]) / 2
    return bool(((middles > outline[:2]) & (middles < outline[2:])).all(1).any())


def _is_line(dashes: Boxes, digits: Boxes) -> bool:
    """Tell whether dashes (N, 4) are equally thick and lie in a straight row from left to right, between no digits."""
    if len(dashes) < FEWEST_IN_LINE:
        return False
    extents = dashes[:, 2:] - dashes[:, :2]
    length, thickness = np.median(extents, axis=0)
    x, y = ((dashes[:, :2] + dashes[:, 2:]) / 2).T
    if np.ptp(x) <= np.ptp(y) or length < LONG * thickness:
        return False
    left, top, right, bottom = union(dashes)
    between = (digits[:, :2] < (right, top)).all(1) & (digits[:, 2:] > (left, bottom)).all(1)
    beside = np.abs(y - np.polyval(np.polyfit(x, y, 1), x)).max()
    alike = extents[:, 1].max() <= ALIKE * thickness + 1
    return bool(alike and beside <= STRAIGHT * thickness + 1 and not between.any())
