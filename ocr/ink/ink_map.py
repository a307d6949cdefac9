"""The grey values of a photo or scan become an ink map: frames along its edge gone and its light evened.

An ink map is float32 (H, W) of 0..1, ink 1 on a ground of 0, its outlines at one half.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image

from ocr.errors import OCRError
from ocr.ink.picture_file import Map
from ocr.ink.shadows import paper_beside_strokes

SMALL = 48  # pixels; on pictures up to this size the grey values tell more than an outline traced through them
PAPER_SIZE = 200  # pixels of the longer side at which the light on the paper is estimated; it varies slowly
PAPER_WINDOW = 1 / 8  # of the longer side; wider than any stroke, narrower than shadows
MIXED = 0.1  # of the border: of two tones if each has more of it than that
DOUBTFUL = 0.15  # of a small scan's border, from half of it: either tone may be the ground
THINNER = 1.6  # times as thick is the ground of a small scan, if nothing but thickness is to decide
CUT_UP = 2  # pieces more than its digit's: into so many a ground is cut up that can be told by them
FRAME, FRAME_LENGTH = 0.04, 0.9  # of the longer side and of each side: lines along the edge are thinner and longer
TWO_TONES = 0.8  # of the variance: as much lies between ink and paper where the paper's light is even
THICKEST = 1 / 3  # of the longer side; a shadow is thicker than any stroke
DARKEST_PAPER = 0.15  # below, in deep shadow, contrast is noise
FAINTEST_INK = 0.1  # of the paper's light: fainter marks are the paper's own
SOFT = 3  # pixels beside a stroke that are its edge
NOISE = 5.0  # standard deviations of the paper that ink has to stand out by
MOST_INK, MOST_INK_SMALL = 0.6, 0.8  # of a picture and of a small scan; more than that is no writing

Mask = NDArray[np.bool_]  # (H, W)


def ink_map(grey: Map, one_digit: bool = False) -> Map:
    """Turn grey values into an ink map.

    Args:
        grey: float32 (H, W) of 0..1, dark on light or light on dark.
        one_digit: Whether a single digit fills the picture, so that its lines may be broad. Then only the slope of the
            paper's light across the picture is evened, and of a small scan nothing.

    Returns:
        float32 (H, W) of 0..1, ink 1 on a ground of 0, its outlines at one half.

    Raises:
        OCRError: There is nothing on the image, or ink all over it.
    """
    return ink_on_paper(dark_on_light(grey), one_digit)


def dark_on_light(grey: Map) -> Map:
    """Make writing dark on light paper, without the lines that a form or a scanner leaves along the picture's edge.

    Args:
        grey: float32 (H, W) of 0..1, dark on light or light on dark.

    Returns:
        float32 (H, W) of 0..1.
    """
    if max(grey.shape) > SMALL:
        grey = _without_frame(grey)
    return 1 - grey if _is_light_on_dark(grey) else grey


def ink_on_paper(grey: Map, one_digit: bool = False) -> Map:
    """Turn grey values into an ink map, as `ink_map` does, that are dark on light.

    Args:
        grey: float32 (H, W) of 0..1, as `dark_on_light` gives them.
        one_digit: Whether a single digit fills the picture.

    Returns:
        float32 (H, W) of 0..1.

    Raises:
        OCRError: There is nothing on the image, or ink all over it.
    """
    paper = _paper_around(grey) if one_digit else _paper(grey)
    ink = _ink(grey, paper, one_digit)
    if one_digit:
        return ink
    light = np.asarray(grey / np.maximum(paper, DARKEST_PAPER), np.float32)
    found = paper_beside_strokes(grey, light, ink)
    if found is None:
        return ink
    beside, shadow = found
    ink = _ink(grey, np.where(np.isnan(beside), paper, beside))
    # What is faint in a shadow is its edge, or a finger's round; but for the soft edges of strokes.
    strokes = scipy.ndimage.binary_dilation(ink > 0.5, iterations=SOFT)
    return np.where(scipy.ndimage.binary_dilation(shadow, iterations=SOFT) & ~strokes, np.float32(0), ink)


def _ink(grey: Map, paper: Map, one_digit: bool = False) -> Map:
    """Make the ink map of grey values on paper of so much light, both float32 (H, W), as `ink_on_paper` does."""
    ink = (paper - grey) / np.maximum(paper, DARKEST_PAPER)
    ground = float(np.median(ink))
    noise = 1.48 * float(np.median(np.abs(ink - ground)))  # of a normal distribution, from its median deviation
    marks = ink[ink > max(FAINTEST_INK, min(ground + NOISE * noise, 0.5))]
    if not len(marks) and max(grey.shape) <= SMALL and _is_two_tones(grey):
        marks = ink[ink > FAINTEST_INK]  # so much of it is ink that the median deviation is no noise
    if not len(marks):
        raise OCRError("Nothing stands out on this image: take one with a dark digit on light paper, or the reverse.")
    peak = float(np.percentile(marks, 95))
    # Among the marks, ruled lines fainter than ink and the soft edges of strokes fall below the threshold.
    level = min(otsu(np.clip(marks / peak, 0, 1)), 0.5) * peak
    if (ink > level).mean() > (MOST_INK if max(grey.shape) > SMALL else MOST_INK_SMALL):
        raise OCRError("This image is ink nearly all over: take one that shows a digit on an even ground.")
    ink = np.clip(ink * np.float32(0.5 / level), 0, 1)
    if one_digit:
        ink = np.where(ink > FAINTEST_INK, ink, np.float32(0))
    return np.asarray(ink, np.float32)


def _without_frame(grey: Map) -> Map:
    """Remove the thin lines that a form's boxes or a scanner leave along the edges of grey values (H, W)."""
    grey = grey.copy()
    middle, ground = 0.5 * (grey.min() + grey.max()), float(np.median(grey))
    deepest = round(FRAME * max(grey.shape))
    for turns in range(4):
        side = np.rot90(grey, turns)  # a view, with one side after the other on top
        other = (side[: deepest + 1] > middle) != (ground > middle)
        depth = int((other.mean(1) >= FRAME_LENGTH).cumprod().sum())
        if depth <= deepest:  # else it is no line
            side[:depth] = ground
    return grey


def _is_light_on_dark(grey: Map) -> bool:
    """Tell whether writing is light: its ground is as dark as the border, or, if that is both, as most of the picture.

    Paper on a dark table has a dark border too; but what stands out of its surroundings is dark. Small scans show no
    table, see `_is_light_small`.
    """
    light = grey > 0.5 * (grey.min() + grey.max())
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]]).mean()
    if max(grey.shape) <= SMALL:
        return _is_light_small(light, float(border))
    if border > 1 - MIXED or (border >= MIXED and light.mean() > 0.5):
        return False
    small = resize(grey, PAPER_SIZE)
    contrast = small - scipy.ndimage.gaussian_filter(small, PAPER_SIZE * PAPER_WINDOW)
    return float((contrast**3).mean()) > 0


def _is_light_small(light: Mask, border: float) -> bool:
    """Tell whether writing is light on a small scan, of whose border so large a share is light.

    Strokes are thinner than the ground, though all of the border may be a form's frame. Where they are about as thick,
    a digit is of fewer pieces than the ground that it cuts up; else the border is mostly ground.
    """
    of_light, of_dark = _thickness(light), _thickness(~light)
    if max(of_light, of_dark) >= THINNER * min(of_light, of_dark):
        return of_light < of_dark
    more_pieces = _pieces(light) - _pieces(~light)
    if abs(more_pieces) >= CUT_UP:
        return more_pieces < 0
    return border < 0.5 if abs(border - 0.5) > DOUBTFUL else of_light < of_dark


def _pieces(mask: Mask) -> int:
    """Count the pieces of a mask (H, W)."""
    return int(scipy.ndimage.label(mask, np.ones((3, 3)))[1])


def _thickness(mask: Mask) -> float:
    """Measure half the thickness, in pixels, of what is set in a mask (H, W), as if it went on beyond the edges."""
    return float(scipy.ndimage.distance_transform_edt(np.pad(mask, 1, mode="edge")).max())


def _paper(grey: Map) -> Map:
    """Estimate how light the paper is at each pixel (H, W), also where ink covers it."""
    small = resize(grey, PAPER_SIZE) if max(grey.shape) > PAPER_SIZE else grey
    even = _even_paper(small)
    if even is not None:
        return np.full_like(grey, even)
    window = max(3, round(max(small.shape) * PAPER_WINDOW))
    paper = scipy.ndimage.gaussian_filter(scipy.ndimage.grey_closing(small, size=window), window / 10)
    height, width = grey.shape
    return np.asarray(Image.fromarray(paper).resize((width, height), Image.Resampling.BILINEAR))


def _even_paper(grey: Map) -> float | None:
    """Estimate how light the paper is if it is equally light everywhere; None if it is not.

    It is where the picture is of two tones and the dark one is nowhere cut by the edge, as a shadow is, or nowhere as
    thick as one. Then strokes may be broader than any window.
    """
    light = grey > (level := otsu(grey))
    if level <= 0 or not _is_two_tones(grey):
        return None
    paper = float(np.median(grey[light]))
    dark = np.pad(~light, 1)
    thickness = 2 * float(scipy.ndimage.distance_transform_edt(dark).max())
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    thin = thickness <= THICKEST * max(grey.shape) and border.mean() > 0.8
    return paper if thin or border.all() else None


def _is_two_tones(grey: Map) -> bool:
    """Tell whether most of the variance of grey values (H, W) lies between two tones; of noise, two thirds do."""
    light = grey > otsu(grey)
    share = float(light.mean())
    if not 0 < share < 1:
        return False
    between = share * (1 - share) * (float(grey[light].mean()) - float(grey[~light].mean())) ** 2
    return between >= TWO_TONES * float(grey.var())


def _paper_around(grey: Map) -> Map:
    """Estimate how light the paper is at each pixel (H, W) of a picture that a digit fills."""
    if max(grey.shape) <= SMALL:
        return np.full_like(grey, np.percentile(grey, 95))
    slope = _slope(grey)  # closing with so large a window would take a sloping border for ink
    side = max(grey.shape)
    return slope + scipy.ndimage.gaussian_filter(scipy.ndimage.grey_closing(grey - slope, size=side // 2), side / 40)


def _slope(grey: Map) -> Map:
    """Fit a plane (H, W) by least squares to the grey values of the border, which is mostly paper."""
    height, width = grey.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    border = np.ones(grey.shape, bool)
    border[1:-1, 1:-1] = False
    points = np.stack([rows[border], columns[border], np.ones(border.sum(), np.float32)], 1)
    plane, *_ = scipy.linalg.lstsq(points, grey[border])
    return np.asarray(plane[0] * rows + plane[1] * columns + plane[2], np.float32)


def otsu(values: Map) -> float:
    """Find the threshold that best separates values of 0..1 into two classes (Otsu 1979)."""
    counts, edges = np.histogram(values, 64, (0, 1))
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    if np.isnan(between[:-1]).all():
        return 0.5
    return float(edges[1:][np.nanargmax(between[:-1])])


def resize(values: Map, longest: int) -> Map:
    """Scale values smoothly (bicubic).

    Args:
        values: float32 (H, W).
        longest: The longer side of the result, in pixels.

    Returns:
        float32 of that size; values may leave their range a little.
    """
    height, width = values.shape
    factor = longest / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BICUBIC))
