"""Digits that a skipping pen or a bad scan broke across, and 0s drawn as two arcs: their halves become one digit.

By their boxes two halves are two digits. Whether their ink looks like digits, together and alone, tells what they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ocr.ink.segment import Broken, Glyph, Segmentation, Sign
from ocr.reading.familiarity import are_familiar
from ocr.reading.overlapping import split_overlapping

SLIM = 2.2  # times as high as wide: two digits, one below the other, are slimmer, and most broken ones are broader


def join_broken(segmentation: Segmentation) -> Segmentation:
    """Join the halves of digits, and take apart what is several.

    Args:
        segmentation: The digits of a drawing or a picture, as `ocr.ink` finds them.

    Returns:
        The same with one digit for two halves; two lines of halves are one line.
    """
    joined = _joined(segmentation)
    if not joined:
        return split_overlapping(segmentation)
    glyphs = segmentation.glyphs
    above = {glyphs[pair.second].line: glyphs[pair.first].line for pair in joined}
    lines: dict[int, int] = {}
    for line in sorted({glyph.line for glyph in glyphs}):  # from the top, as the third of three pieces joins the first
        lines[line] = lines[above[line]] if above.get(line, line) != line else line
    numbers = {line: number for number, line in enumerate(sorted(set(lines.values())))}
    halves = {half for pair in joined for half in (pair.first, pair.second)}
    whole = [glyph for i, glyph in enumerate(glyphs) if i not in halves] + [pair.whole for pair in joined]
    whole = [replace(glyph, line=numbers[lines[glyph.line]]) for glyph in whole]
    whole.sort(key=lambda glyph: (glyph.line, _middle(glyph)))
    signs = [replace(sign, line=numbers[lines[sign.line]]) for sign in segmentation.signs]
    signs = [
        replace(sign, after=sum(glyph.line == sign.line and _middle(glyph) < _middle(sign) for glyph in whole))
        for sign in sorted(signs, key=_middle)
    ]
    return split_overlapping(replace(segmentation, glyphs=tuple(whole), signs=tuple(signs), broken=()))


def _joined(segmentation: Segmentation) -> list[Broken]:
    """Choose the pairs that are one digit: in two lines only if most of these lines' digits are such halves."""
    glyphs = segmentation.glyphs
    pairs = _familiar_pairs(segmentation)
    counts = Counter(glyph.line for glyph in glyphs)
    halves: Counter[tuple[int, int]] = Counter()
    for pair, alone in pairs:
        left, top, right, bottom = pair.whole.box
        is_broad = bottom - top <= SLIM * (right - left)
        halves[_lines_of(pair, glyphs)] += is_broad or not all(alone)
    joined = []
    for pair, alone in pairs:
        line, other = _lines_of(pair, glyphs)
        if line != other:
            fewer, more = sorted((counts[line], counts[other]))
            likely = halves[line, other] > max(fewer / 2, more / 3)
        else:
            likely = _one_above(pair, glyphs) or not any(alone)
        if likely:
            joined.append(pair)
    return joined


def _familiar_pairs(segmentation: Segmentation) -> list[tuple[Broken, list[bool]]]:
    """Give the pairs that together look like a digit, each with whether its halves do alone."""
    glyphs = segmentation.glyphs
    whole = are_familiar([pair.whole.image for pair in segmentation.broken])
    pairs = [pair for pair, is_familiar in zip(segmentation.broken, whole, strict=True) if is_familiar]
    alone = are_familiar([glyphs[half].image for pair in pairs for half in (pair.first, pair.second)])
    return [(pair, alone[2 * i : 2 * i + 2]) for i, pair in enumerate(pairs)]


def _lines_of(pair: Broken, glyphs: Sequence[Glyph]) -> tuple[int, int]:
    return glyphs[pair.first].line, glyphs[pair.second].line


def _one_above(pair: Broken, glyphs: Sequence[Glyph]) -> bool:
    """Tell whether the first of a pair lies above the second, not beside it."""
    return glyphs[pair.first].box[3] < (glyphs[pair.second].box[1] + glyphs[pair.second].box[3]) / 2


def _middle(piece: Glyph | Sign) -> float:
    return piece.box[0] + piece.box[2]
