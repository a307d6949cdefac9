"""Boxes of forms whose lines a digit touches: told from the digit, whose loops are closed where they ran into one."""

from __future__ import annotations

import numpy as np
import scipy

from ocr.ink.ink_map import Mask
from ocr.ink.picture_file import Map
from ocr.ink.rulings import DARKER

NEAR_EDGE = 0.2  # of a box's width and height: that near to its edges it has lines
THICKEST = 1 / 6  # of its height: thicker lines are strokes
COVERED = 0.85  # of a side is ink, in a row or a column along it
ROOM = 0.2  # of a box at least is ground
MET = 1.15  # times as far apart as in the line are strokes, farther in, that meet in it
DEEPER = 0.08  # of the box's height: so much farther in
ACROSS = 0.6  # of its height: wider is no loop that such strokes close


def box_lines(patch: Mask, ink: Map) -> Mask | None:
    """Find the four lines of a level box, also of a narrow one that a digit touches all round.

    Args:
        patch: bool (H, W), a connected patch of ink.
        ink: float32 (H, W) of 0..1, the ink map there.

    Returns:
        bool (H, W), without strokes that are darker than the lines; None if it is no such box.
    """
    bands = []
    for turns in range(4):
        side = np.rot90(patch, turns)
        covered = side[: max(2, round(NEAR_EDGE * len(side)))].mean(1) >= COVERED
        if not covered.any():
            return None
        first = int(covered.argmax())
        bands.append((first, int(covered[first:].cumprod().sum())))
    thickness = min(thick for _, thick in bands)
    top, right, bottom, left = (first + thickness // 2 for first, _ in bands)
    corners = patch[np.ix_((top, -1 - bottom), (left, -1 - right))]
    ground = scipy.ndimage.binary_fill_holes(patch) & ~patch
    if thickness > THICKEST * len(patch) or not corners.all() or ground.mean() < ROOM:
        return None
    lines = np.zeros_like(patch)
    for turns, (first, _) in enumerate(bands):
        side = np.rot90(patch, turns)
        beyond = side[: max(first - 2, 0)].any(0)
        np.rot90(lines, turns)[: first + thickness + 1] |= side[: first + thickness + 1] & ~beyond
    return lines & (ink <= float(np.median(ink[lines])) + DARKER)


def where_strokes_meet(rest: Mask, lines: Mask) -> Mask:
    """Find the parts of lines that two strokes of one digit run into from one side, to meet there.

    Args:
        rest: bool (H, W), the ink that is left without the lines.
        lines: bool (H, W), the lines of a frame.

    Returns:
        bool (H, W).
    """
    numbers, _ = scipy.ndimage.label(rest, np.ones((3, 3)))
    met = np.zeros_like(lines)
    deeper = max(2, round(DEEPER * len(rest)))
    for turns in range(4):
        digits, line, found = (np.rot90(values, turns) for values in (numbers, lines & ~rest, met))
        reaching = digits.copy()  # and on up through the line
        for _ in range(deeper // 2 + 1):
            reaching = np.where(line & (reaching == 0), np.roll(reaching, -1, axis=0), reaching)
        runs, _ = scipy.ndimage.label(line & (reaching == 0), [[0, 0, 0], [1, 1, 1], [0, 0, 0]])
        for rows, columns in scipy.ndimage.find_objects(runs):
            row, left, right = rows.start, columns.start - 1, columns.stop
            if left < 0 or right >= line.shape[1] or not 0 < reaching[row, left] == reaching[row, right]:
                continue
            below = row + int(line[row:, (left + right) // 2].cumprod().sum()) + deeper
            if below < len(line) and right - left <= ACROSS * len(rest):
                sides = np.flatnonzero(digits[below] == reaching[row, left])
                before, after = sides[sides <= (left + right) // 2], sides[sides > (left + right) // 2]
                apart = (after[0] if len(after) else np.inf) - (before[-1] if len(before) else -np.inf)
                found[row, left : right + 1] |= apart >= MET * (right - left)
    return met
