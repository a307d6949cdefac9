"""Digits whose boxes overlap, taken apart: what together looks like no digit, and in parts like several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ocr.ink.segment import Glyph, Overlapping, Segmentation
from ocr.reading.familiarity import FAMILIAR, familiarity_of


def split_overlapping(segmentation: Segmentation) -> Segmentation:
    """Take apart what is several digits.

    Args:
        segmentation: The digits of a drawing or a picture, as `ocr.ink` finds them.

    Returns:
        The same with several digits for one.
    """
    boxes = {glyph.box for glyph in segmentation.glyphs}  # halves that were joined are no digits any more
    candidates = [candidate for candidate in segmentation.overlapping if candidate.whole.box in boxes]
    if not candidates:
        return segmentation
    whole = familiarity_of([candidate.whole.image for candidate in candidates])
    parts = {
        candidate.whole.box: _best(candidate)
        for candidate, value in zip(candidates, whole, strict=True)
        if value < FAMILIAR
    }
    digits = [
        replace(part, line=glyph.line) for glyph in segmentation.glyphs for part in parts.get(glyph.box) or [glyph]
    ]
    digits.sort(key=lambda glyph: (glyph.line, _middle(glyph.box)))
    signs = [
        replace(sign, after=sum(digit.line == sign.line and _middle(digit.box) < _middle(sign.box) for digit in digits))
        for sign in segmentation.signs
    ]
    return replace(segmentation, glyphs=tuple(digits), signs=tuple(signs), overlapping=())


def _best(candidate: Overlapping) -> tuple[Glyph, ...]:
    """Choose the way to take a digit apart whose parts all look like digits, and most so; none if there is none."""
    least = [float(familiarity_of([part.image for part in way]).min()) for way in candidate.ways]
    best = int(np.argmax(least))
    return candidate.ways[best] if least[best] >= FAMILIAR else ()


def _middle(box: tuple[float, float, float, float]) -> float:
    return box[0] + box[2]
