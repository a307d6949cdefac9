"""How light the paper is where a shadow with a hard edge lies on it, or a finger: as light as beside the strokes.

The light on paper varies slowly, but for the edges of such shadows. In and near them, the light is estimated
within a window that is just broader than any stroke: what is broader is no ink then.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from ocr.ink.picture_file import Map
from ocr.ink.pieces import lean_of

FAINT = 0.3  # of ink: of shadows and fingers all is as dark, of fainter ones nothing shows
# Of the longer side, and of their height: lower and longer patches are no digits; of so many, writing is known.
LEAST_WRITING, LONGEST, FEWEST = 0.015, 3, 3
DARKEST_SHADOW = 0.3  # of the paper's light is left in a shadow, and by a finger
PALER = 0.1  # of the paper's light: so much paler than the darkest ink is a shadow; lines of the paper are, too
SURROUNDS = 0.6  # of the picture's border: more is no shadow, but what the paper lies on
CORE = 0.5  # of its depth: farther in is the core of a patch
FAR_THICKER, THICK = 2.0, 0.2  # times as thick as the writing, and of its height, is what may be one
THICKEST_STROKE = 0.45  # of the height of the writing: no stroke is that thick
BROADER = 1.25  # times as broad as the thickest stroke is what is no stroke
CORNER, PALE, DARK = 0.3, 1.5, 0.65  # times a shadow's contrast its corners have at least and at most; ink has more
LOW, MOSTLY = 0.5, 0.8  # of the height of the writing; of such a corner lies in the shadow
REACH = 1 / 8  # of the longer side: as far as this, the edge of a shadow spoils the paper's light otherwise


def paper_beside_strokes(grey: Map, light: Map, ink: Map) -> tuple[Map, NDArray[np.bool_]] | None:
    """Estimate how light the paper is in and near what is far thicker than the writing, and not as dark as a desk.

    Args:
        grey: float32 (H, W) of 0..1, dark on light.
        light: float32 (H, W), the same as a share of the paper's light, were there no shadow.
        ink: float32 (H, W) of 0..1, the ink map that this gives.

    Returns:
        float32 (H, W) of 0..1, NaN elsewhere; and bool (H, W), where it is. None if there is nothing of that kind.
    """
    labels, _ = scipy.ndimage.label(ink > FAINT, np.ones((3, 3)))
    places = scipy.ndimage.find_objects(labels)
    heights, widths = (np.array([place[axis].stop - place[axis].start for place in places]) for axis in (0, 1))
    numbers = np.flatnonzero((heights >= LEAST_WRITING * max(ink.shape)) & (widths <= LONGEST * heights)) + 1
    if len(numbers) < FEWEST:
        return None
    depth = scipy.ndimage.distance_transform_edt(np.pad(labels > 0, 1, mode="edge"))[1:-1, 1:-1]
    thickness = 2 * np.asarray(scipy.ndimage.maximum(depth, labels, numbers))
    is_thin = thickness <= FAR_THICKER * np.median(thickness)
    height = float(np.median(heights[numbers[is_thin] - 1]))
    is_shadow = ~is_thin & (thickness > THICK * height)
    if not is_shadow.any():
        return None
    deepest = np.zeros(len(places) + 1)
    deepest[numbers] = thickness / 2
    cores = np.where(depth > CORE * deepest[labels], labels, 0)  # where strokes are darkest, and lines beside them not
    tones = np.asarray(scipy.ndimage.median(light, cores, numbers))
    is_shadow &= tones >= max(DARKEST_SHADOW, float(tones.min()) + PALER)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    is_shadow &= np.bincount(border, minlength=len(places) + 1)[numbers] <= SURROUNDS * len(border)
    for i in np.flatnonzero(is_shadow):  # a pen that lies on the paper is straight, and no shadow
        place = places[numbers[i] - 1]
        is_shadow[i] = np.isnan(lean_of(np.argwhere(labels[place] == numbers[i])[:, ::-1].astype(float)))
    strokes = thickness[~is_shadow & (thickness <= THICKEST_STROKE * height)]
    if not is_shadow.any() or not len(strokes):
        return None
    shadow = np.isin(labels, numbers[is_shadow])
    far = scipy.ndimage.distance_transform_edt(~shadow)
    window = round(max(BROADER * float(strokes.max()), THICK * height))
    beside = scipy.ndimage.grey_closing(scipy.ndimage.gaussian_filter(grey, 1), size=window)
    corners = _corners(
        1 - grey / np.maximum(beside, np.float32(1e-3)), shadow, 1 - float(tones[is_shadow].min()), height
    )
    beside = np.where(corners, grey, beside)
    return np.where(far <= REACH * max(ink.shape), beside, np.float32(np.nan)), shadow


def _corners(contrast: Map, shadow: NDArray[np.bool_], depth: float, height: float) -> NDArray[np.bool_]:
    """Find the corners of a shadow (H, W) in which no window fits: low marks within it, as pale as it is."""
    labels, count = scipy.ndimage.label(contrast > CORNER * depth, np.ones((3, 3)))
    if not count:
        return np.zeros_like(shadow)
    numbers = np.arange(1, count + 1)
    low = np.array([rows.stop - rows.start for rows, _ in scipy.ndimage.find_objects(labels)]) <= LOW * height
    within = np.asarray(scipy.ndimage.mean(shadow, labels, numbers)) >= MOSTLY
    pale = np.asarray(scipy.ndimage.maximum(contrast, labels, numbers)) <= min(PALE * depth, DARK)
    corners = np.append(False, low & within & pale)[labels]
    return np.asarray(scipy.ndimage.binary_dilation(corners, iterations=2))
