"""The sheet, board or screen that a photo shows on something else: where it is, and the photo without its surroundings.

A sheet is the large evenly toned part of a photo that another tone surrounds: paper on a desk, a blackboard in its
frame, a screen in its bezel. Marks on it are thin beside it, so that it is looked for on a small copy of the photo in
which thin things have been closed.
"""

from __future__ import annotations

import numpy as np
import scipy

from ocr.ink.ink_map import Mask, otsu, resize
from ocr.ink.picture_file import Colours, Map
from ocr.ink.sheet_shape import LOOK_SIZE, convex_hull, is_angular, is_lit_part

THICKEST_MARK = 1 / 10  # of the longer side; a stroke of the thickest pen is thinner
SMALLEST = 0.15  # of the picture; what is smaller is a mark on a sheet, not what the photo is of
# Of the picture, if it is light, has corners, lies in it as a whole, and so much of it has its tone: a bold 0 has less.
LABEL, LABEL_MOSTLY = 0.04, 0.85
SOLID = 0.9  # of a sheet's outline (its convex hull) is sheet, but for marks: a letter or a ring is not
SURROUNDED = 0.3  # of the picture's border has the tone of the surroundings: a sheet may run out of the picture
CONTRAST = 0.1  # of full scale between a sheet and its surroundings at least
SHARP = 0.75  # of a sheet's edge is a jump by half the contrast at least, within few pixels of the small copy
MOSTLY = 0.7  # of a sheet has its own tone, the rest are marks
WHOLE_MARK = 0.06  # of the longer side: lower is no digit
LOOKS = 3  # at a sheet: the second and third time with the slope of its light evened
THIN = 5  # pixels of the small copy: what is thinner at a sheet's edge is a line of the paper
RIM = 0.012  # of the longer side: what is that near to a sheet's edge is edge, its shadow and its blur


def find_sheet(grey: Map, one_digit: bool = False, colours: Colours | None = None) -> Mask | None:
    """Find the sheet that a photo shows.

    Args:
        grey: float32 (H, W) of 0..1.
        one_digit: Whether a single digit is on it, which may fill the picture. Then a sheet has corners, and a mark
            that lies on it as a whole: the round of a broad 0 has none, nor has what shows between strokes.
        colours: uint8 (H, W, 3), the colours of the same picture: by the least of each pixel's, paper stands out of
            wood, cloth and skin that are as light. None for a picture without colours.

    Returns:
        bool (H, W), its pixels, the marks on it among them; its rim not, nor what reaches into it from beyond, such as
        fingers. None if the photo shows nothing but one surface.
    """
    height, width = grey.shape
    small = resize(grey, LOOK_SIZE)
    whiteness = small if colours is None else resize(colours.min(2).astype(np.float32) / 255, LOOK_SIZE)
    sheet = None if colours is None else _sheet_in_light(whiteness, True, one_digit)
    if sheet is None:
        candidates = [_sheet_in_light(small, light, one_digit) for light in (True, False)]
        sheet = max(candidates, key=lambda found: 0 if found is None else np.count_nonzero(found))
    if sheet is None and not one_digit:
        sheet = _sheet_of_tone(whiteness, True, False, shadowed=True)[0]
    if sheet is None or (not one_digit and is_lit_part(sheet, grey if colours is None else colours)):
        return None
    large = scipy.ndimage.zoom(sheet.astype(np.float32), (height / sheet.shape[0], width / sheet.shape[1]), order=1)
    rim = max(2, round(RIM * max(height, width)))
    return np.asarray(scipy.ndimage.binary_erosion(large[:height, :width] > 0.5, iterations=rim, border_value=1))


def without_surroundings(grey: Map, sheet: Mask) -> Map:
    """Continue a sheet over all that surrounds it.

    Args:
        grey: float32 (H, W) of 0..1.
        sheet: bool (H, W), as `find_sheet` gives it.

    Returns:
        float32 (H, W) of 0..1: beyond the sheet lies the tone of the sheet nearby.
    """
    blurred = _tone_of_sheet(grey, sheet)
    _, (rows, columns) = scipy.ndimage.distance_transform_edt(~sheet, return_indices=True)
    return np.where(sheet, grey, blurred[rows, columns]).astype(np.float32)


def _tone_of_sheet(grey: Map, sheet: Mask) -> Map:
    """Give the sheet's own tone near each of its pixels, (H, W): the median nearby, so that marks count for nothing."""
    inside = float(np.median(grey[sheet]))
    small = resize(np.where(sheet, grey, np.float32(inside)), LOOK_SIZE)
    tone = scipy.ndimage.median_filter(small, size=max(3, LOOK_SIZE // 12))
    zoomed = scipy.ndimage.zoom(tone, (grey.shape[0] / tone.shape[0], grey.shape[1] / tone.shape[1]), order=1)
    return np.asarray(zoomed[: grey.shape[0], : grey.shape[1]], np.float32)


def _sheet_in_light(small: Map, light_sheet: bool, one_digit: bool) -> Mask | None:
    """Find a light or a dark sheet on a small picture, also one that is lit from one side; None if there is none."""
    sheet = None
    for look in range(1 if one_digit else LOOKS):
        found, own = _sheet_of_tone(small, light_sheet, one_digit)
        # In an evened light, the straight edge of a shadow is as sharp as a sheet's; but it leaves two corners.
        if found is not None and (look == 0 or found[[0, 0, -1, -1], [0, -1, 0, -1]].sum() < 2):
            sheet = found if sheet is None or found.sum() > sheet.sum() else sheet
        if own is None:
            break
        light = _slope_of(small, own)
        if float(light.min()) < 0.3 * float(light.max()):
            break
        small = np.clip(small * (float(light.mean()) / light), 0, 1)
    return sheet


def _slope_of(small: Map, part: Mask) -> Map:
    """Fit a plane (H, W) by least squares to the tone of a part of a picture."""
    rows, columns = np.mgrid[: small.shape[0], : small.shape[1]].astype(np.float32)
    terms = np.stack([rows, columns, np.ones_like(rows)], -1)
    plane, *_ = scipy.linalg.lstsq(terms[part], small[part])
    return np.asarray(terms @ plane, np.float32)


def _sheet_of_tone(
    small: Map, light_sheet: bool, one_digit: bool, shadowed: bool = False
) -> tuple[Mask | None, Mask | None]:
    """Find a light or a dark sheet on a small picture that another tone surrounds, also one partly in a shadow.

    Returns:
        bool (H, W), the sheet, or None; and the part of its tone, if there are two tones.
    """
    thick = max(3, round(max(small.shape) * THICKEST_MARK))
    # What surrounds the sheet may be a thin strip along the picture's edge: continued, it is no mark.
    continued = np.pad(small, thick, mode="edge")
    closed = (scipy.ndimage.grey_closing if light_sheet else scipy.ndimage.grey_opening)(continued, size=thick)
    without_marks = closed[thick:-thick, thick:-thick]
    level = otsu(without_marks)
    if shadowed:
        darker = without_marks[without_marks < level]
        level = otsu(darker) if len(darker) else 0.0
    is_light = without_marks > level
    if not 0.02 < is_light.mean() < 0.98:
        return None, None
    low, high = float(without_marks[~is_light].mean()), float(without_marks[is_light].mean())
    own = (small > (low + high) / 2) == light_sheet
    border = np.concatenate([own[0], own[-1], own[:, 0], own[:, -1]])
    labels, count = scipy.ndimage.label(own)
    if not count or high - low < CONTRAST:
        return None, None
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    largest = labels == areas.argmax()
    if 1 - border.mean() < SURROUNDED:
        return None, largest
    part = scipy.ndimage.binary_fill_holes(largest)
    hull = convex_hull(part)
    border = np.concatenate([hull[0], hull[-1], hull[:, 0], hull[:, -1]])
    mostly = float(own[hull].mean())
    is_label = light_sheet and not one_digit and not border.any() and is_angular(hull) and mostly >= LABEL_MOSTLY
    whole = hull.mean() >= (LABEL if is_label else SMALLEST) and part.sum() >= SOLID * hull.sum() and mostly >= MOSTLY
    if not whole or not _is_sharp(small, hull, high - low) or not _has_marks(small, hull):
        return None, largest
    if one_digit and not (_has_whole_mark(own, hull) and is_angular(hull)):
        return None, largest
    light = _slope_of(small, largest & hull)
    other = np.abs(small - light) * (light.mean() / light) > (high - low) / 2  # a corner in less light is none
    return hull & ~_reaching_in(hull & other & ~own, hull), largest


def _reaching_in(other: Mask, hull: Mask) -> Mask:
    """Find what reaches into a sheet from beyond its edge, thicker than strokes: fingers, a pen, a cup.

    Args:
        other: bool (H, W), what has not the sheet's tone.
        hull: bool (H, W), the sheet.

    Returns:
        bool (H, W).
    """
    thick = scipy.ndimage.binary_opening(other, np.ones((THIN, THIN)))
    labels, _ = scipy.ndimage.label(thick, np.ones((3, 3)))
    edge = hull & ~scipy.ndimage.binary_erosion(hull, iterations=3)
    at_edge = np.setdiff1d(np.unique(labels[edge]), [0])
    return np.asarray(scipy.ndimage.binary_dilation(np.isin(labels, at_edge), iterations=THIN))


def _is_sharp(small: Map, hull: Mask, contrast: float) -> bool:
    """Whether the tone jumps at a sheet's edge: at the edge of a shadow it slides."""
    inside = scipy.ndimage.binary_erosion(hull, iterations=2, border_value=1)
    beyond = scipy.ndimage.binary_dilation(hull, iterations=3) & ~scipy.ndimage.binary_dilation(hull, iterations=2)
    if not beyond.any() or not inside.any():
        return False
    _, (rows, columns) = scipy.ndimage.distance_transform_edt(~inside, return_indices=True)
    jumps = np.abs(small[rows, columns] - small)[beyond]
    return float((jumps > 0.5 * contrast).mean()) >= SHARP


def _has_marks(small: Map, part: Mask) -> bool:
    """Whether something is written on a part of a picture: a bold digit is a solid part too."""
    inside = scipy.ndimage.binary_erosion(part, iterations=4)
    if inside.sum() < 100:
        return False
    values = small[inside]
    tone = np.median(values)
    spread = 1.48 * float(np.median(np.abs(values - tone)))
    return float((np.abs(values - tone) > max(0.12, 5 * spread)).mean()) > 0.002


def _has_whole_mark(own: Mask, part: Mask) -> bool:
    """Tell whether a mark as large as a digit lies wholly on a part of a picture; `own` has the part's tone: (H, W)."""
    labels, count = scipy.ndimage.label(~own, np.ones((3, 3)))
    if not count:
        return False
    numbers = np.arange(1, count + 1)
    inside = scipy.ndimage.minimum(scipy.ndimage.binary_erosion(part), labels, numbers) > 0
    extents = [max(y.stop - y.start, x.stop - x.start) for y, x in scipy.ndimage.find_objects(labels)]
    return bool((inside & (np.array(extents) >= WHOLE_MARK * max(part.shape))).any())
