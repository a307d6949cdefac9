"""The lines of ruled and squared paper are found in an ink map and taken out of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.ink_map import Mask
from ocr.ink.patches import FEWEST_PIXELS
from ocr.ink.picture_file import Map
from ocr.ink.pieces import Boxes

FAINT = 0.3  # of ink: thin lines are fainter than strokes, and their outlines break
GAP = 1 / 60  # of the picture's width: so long gaps in a line are bridged
RULING_RUN = 1 / 12  # of the picture's width: lines may slope so little that they stay in their row that long
RULING_LENGTH = 0.85  # of the picture's width: at least one ruled line is longer
CROSSING_LENGTH = 0.6  # of the picture's height: at least one of the lines that cross ruled ones is longer
RULING_THICKEST = 1 / 40  # of the picture's width: what is thicker are strokes
RULING_PART = 0.3  # of the picture's width: where there is a ruled line, so long ones are broken; at its end any are
STEEPEST = 0.2  # pixels down a pixel to the right: lines that slope more are no rulings
SLOPE_STEP = 0.002
REDUCE = 2  # every other pixel shows the slope
BETTER = 1.02  # times as crowded as level rows
DARKER = 0.25  # of ink: how much darker than its line a stroke is that lies on it, if it can be told
FAINTER = 0.8  # of ink: so much at most has a line that is told from strokes by its tone alone
CRUMB = 0.02  # of the longer side: smaller pieces are no writing
RULING_MARGIN = 0.04  # of the picture's width: how far they stick out of all the writing, on both sides


def without_rulings(ink: Map) -> tuple[Map, Boxes]:
    """Take the lines of ruled or squared paper out of an ink map; where they cross a stroke, the stroke stays.

    Args:
        ink: float32 (H, W) of 0..1.

    Returns:
        float32 (H, W), the ink map without them; and float64 (N, 4), the boxes of the lines, in pixels.
    """
    mask = ink > 0.5
    thickest = RULING_THICKEST * max(ink.shape)
    lines, courses = find_lines(ink, thickest, RULING_RUN, RULING_LENGTH)
    across = np.where(lines == 0, ink, np.float32(0)).T
    length = CROSSING_LENGTH if lines.any() else RULING_LENGTH
    uprights, upright_courses = (found.T for found in find_lines(across, thickest, RULING_RUN, length))
    lines = np.where(_of_its_tone(ink, lines, courses), courses, lines)
    uprights = np.where(_of_its_tone(ink, uprights, upright_courses), upright_courses, uprights)
    # A line that ends where the writing does is the bar of a 7 or a tall 1.
    writing = _without_crumbs(mask & (lines == 0) & (uprights == 0))
    if not _sticks_out(lines > 0, writing):
        lines = np.zeros_like(lines)
    if not _sticks_out(uprights.T > 0, writing.T):
        uprights = np.zeros_like(uprights)
    gone = (lines > 0) | (uprights > 0)
    boxes = np.concatenate([_boxes(lines), _boxes(uprights)])
    if not gone.any():
        return ink, boxes
    left = _without_specks(mask & ~gone)
    beside = scipy.ndimage.binary_dilation(gone, iterations=2) & ~left  # soft edges, and what is left at crossings
    return np.where(gone | beside, np.float32(0), ink), boxes


def find_lines(
    ink: Map, thickest: float, straight: float, whole: float, thick: float = 1.5, steepest: float = STEEPEST
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find the thin lines that run across an ink map from left to right, at whatever small slope.

    Args:
        ink: float32 (H, W) of 0..1.
        thickest: Pixels; what is thicker are strokes.
        thick: How many times as thick as the line is at most what belongs to it and to no stroke.
        whole: At least one line is as long as so large a share of the width.
        steepest: The largest slope, in pixels down a pixel to the right.
        straight: A line stays in its row over so large a share of the width at least.

    Returns:
        int32 (H, W), the number of the line that a pixel belongs to and to nothing else, or 0; and the number of the
        line in whose course it lies, of strokes there too.
    """
    level, _, as_before = level_rows(ink, steepest)
    lines, courses = _level_lines(level, thickest, straight, whole, thick)
    return as_before(lines), as_before(courses)


def _of_its_tone(ink: Map, lines: NDArray[np.int32], courses: NDArray[np.int32]) -> Mask:
    """Tell what in the courses of lines (H, W) is as light as they are: strokes are darker, which touch them there."""
    tones = np.ones(courses.max() + 1, np.float32)
    occurring = np.setdiff1d(np.unique(lines), [0])
    if len(occurring):
        tones[occurring] = scipy.ndimage.median(ink, lines, occurring)
    return np.asarray((tones <= FAINTER)[courses] & (ink < (1 + tones[courses]) / 2))


def run_lengths(mask: Mask) -> NDArray[np.int64]:
    """Measure how thick lines are that run across a mask.

    Args:
        mask: bool (H, W).

    Returns:
        int64 (H, W), for each pixel of the mask the length, in pixels, of the vertical run that it lies in; else 0.
    """
    labels, _ = scipy.ndimage.label(mask, [[0, 1, 0], [0, 1, 0], [0, 1, 0]])
    lengths = np.bincount(labels.ravel())
    lengths[0] = 0
    return lengths[labels]


def level_rows(ink: Map, steepest: float) -> tuple[Map, float, Callable[[NDArray], NDArray]]:
    """Shear an ink map so that lines across it are level.

    Args:
        ink: float32 (H, W) of 0..1.
        steepest: The largest slope, in pixels down a pixel to the right.

    Returns:
        float32 (H + 2 n, W), with room for what would be moved out of it; the slope that it had; and what shears values
        of that shape back.
    """
    slope = _line_slope(ink > FAINT, steepest)
    shifts = np.round(slope * (np.arange(ink.shape[1]) - ink.shape[1] / 2)).astype(int)
    room = int(np.abs(shifts).max())

    def as_before(values: NDArray) -> NDArray:
        return _sheared(values, -shifts)[room : room + len(ink)]

    return _sheared(np.pad(ink, ((room, room), (0, 0))), shifts), slope, as_before


def _line_slope(mask: Mask, steepest: float) -> float:
    """Find the slope, pixels down a pixel to the right, at which ink lies most in rows; 0 if level is as good."""
    y, x = np.nonzero(mask[::REDUCE, ::REDUCE])
    if not len(x):
        return 0.0
    across = x - mask.shape[1] / REDUCE / 2
    slopes = np.arange(-steepest, steepest + SLOPE_STEP, SLOPE_STEP)

    def crowded(slope: float) -> float:
        rows = np.round(y - slope * across).astype(int)
        return float((np.bincount(rows - rows.min()).astype(float) ** 2).sum())

    scores = [crowded(slope) for slope in slopes]
    best = int(np.argmax(scores))
    return float(slopes[best]) if scores[best] > BETTER * crowded(0.0) else 0.0


def _sheared(values: NDArray, shifts: NDArray[np.intp]) -> NDArray:
    """Move each column of (H, W) up by so many pixels; what comes in below or above is 0."""
    height, width = values.shape
    rows = np.arange(height)[:, None] + shifts
    inside = (rows >= 0) & (rows < height)
    return np.where(inside, values[rows.clip(0, height - 1), np.arange(width)], 0).astype(values.dtype)


def _level_lines(
    ink: Map, thickest: float, straight: float, whole: float, thick: float = 1.5
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find lines as `find_lines` does that do not slope."""
    mask = ink > FAINT
    width = mask.shape[1]
    run = max(3, round(width * straight))
    # Three rows together tell of a thin line as much where it lies between two of them, as where it slopes.
    rows = scipy.ndimage.uniform_filter1d(np.where(ink > FAINT / 2, ink, np.float32(0)), 3, axis=0)
    thickened = (rows > FAINT / 3).view(np.uint8)
    gap = max(3, round(width * GAP))
    joined = scipy.ndimage.minimum_filter1d(scipy.ndimage.maximum_filter1d(thickened, gap, axis=1), gap, axis=1)
    runs = scipy.ndimage.maximum_filter1d(scipy.ndimage.minimum_filter1d(joined, run, axis=1), run, axis=1)
    numbers, _ = scipy.ndimage.label(runs, np.ones((3, 3)))
    spans = [0, *(columns.stop - columns.start for _, columns in scipy.ndimage.find_objects(numbers))]
    if max(spans) < whole * width:
        return np.zeros_like(numbers), np.zeros_like(numbers)
    ends = [False, *(x.start <= 2 or x.stop >= width - 2 for _, x in scipy.ndimage.find_objects(numbers))]
    candidates = mask & ((np.array(spans) >= RULING_PART * width) | np.array(ends))[numbers]
    thickness = run_lengths(mask)
    if not candidates.any():
        return np.zeros_like(numbers), np.zeros_like(numbers)
    usual = float(np.median(thickness[candidates]))
    if usual > thickest:
        return np.zeros_like(numbers), np.zeros_like(numbers)
    thin = thickness <= thick * usual + 1
    usual_ink = np.zeros(numbers.max() + 1, np.float32)  # of each line: a form has thin and thick ones
    occurring = np.unique(numbers[candidates])
    across = scipy.ndimage.maximum_filter1d(rows, 3, axis=0)
    usual_ink[occurring] = scipy.ndimage.median(across, numbers, occurring)  # also where it is too faint to be seen
    darker = across > usual_ink[numbers] + DARKER  # a stroke along the line
    courses = np.where(candidates, numbers, 0)
    return np.where(thin & ~darker, courses, 0), courses


def _without_crumbs(mask: Mask) -> Mask:
    """Take out of a mask (H, W) what is left of lines where they cross."""
    numbers, _ = scipy.ndimage.label(mask, np.ones((3, 3)))
    least = CRUMB * max(mask.shape)
    sizes = [0, *(max(y.stop - y.start, x.stop - x.start) for y, x in scipy.ndimage.find_objects(numbers))]
    return (np.array(sizes) >= least)[numbers]


def _without_specks(mask: Mask) -> Mask:
    """Take out of a mask (H, W) what is of too few pixels to be a patch of ink."""
    labels, _ = scipy.ndimage.label(mask, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())
    return np.append(False, sizes[1:] >= FEWEST_PIXELS)[labels]


def _boxes(numbers: NDArray[np.int32]) -> Boxes:
    """Give the boxes (N, 4) of the numbers that occur in (H, W), without 0."""
    places = [place for place in scipy.ndimage.find_objects(numbers) if place]
    return np.array([(x.start, y.start, x.stop, y.stop) for y, x in places], float).reshape(-1, 4)


def _sticks_out(lines: Mask, writing: Mask) -> bool:
    """Tell whether lines run on, on both sides, where the writing has ended: the bar of a 7 does not."""
    if not lines.any() or not writing.any():
        return False
    columns = np.flatnonzero(lines.any(0))
    profile = np.cumsum(writing.sum(0))
    first, last = np.searchsorted(profile, [0.02 * profile[-1], 0.98 * profile[-1]])  # specks do not count
    margin = RULING_MARGIN * lines.shape[1]
    return bool(columns[0] + margin <= first and columns[-1] - margin >= last)
