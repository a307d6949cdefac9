"""A line that one digit stands on may be its foot: it is taken away only where that makes a digit of what was none."""

from __future__ import annotations

from dataclasses import replace

from ocr.ink.segment import LeftOut, Segmentation
from ocr.reading.familiarity import are_familiar


def without_underlines(segmentation: Segmentation) -> Segmentation:
    """Take away the lines that digits stand on.

    Args:
        segmentation: The digits of a picture, as `ocr.ink` finds them.

    Returns:
        The same with another image for each digit that looks like one only without its line; the line is left out.
    """
    glyphs, left_out = list(segmentation.glyphs), list(segmentation.left_out)
    lined = {i: glyph.unlined for i, glyph in enumerate(glyphs) if glyph.unlined is not None}
    with_it = are_familiar([glyphs[i].image for i in lined])
    without_it = are_familiar(list(lined.values()))
    for (i, image), before, after in zip(lined.items(), with_it, without_it, strict=True):
        if after and not before:
            left, _, right, bottom = glyphs[i].box
            glyphs[i] = replace(glyphs[i], image=image, unlined=None, unstruck=None)
            left_out.append(LeftOut((left, bottom, right, bottom), "an underline"))
    return replace(segmentation, glyphs=tuple(glyphs), left_out=tuple(left_out))
