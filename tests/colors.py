"""Colours, as tests compare them."""

from __future__ import annotations


def channels(color: str) -> tuple[int, ...]:
    """Red, green and blue, 0..255, of a colour written as #rrggbb."""
    return tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """How much one colour stands out on another, as WCAG counts it: 1 to 21."""
    darker, lighter = sorted(_luminance(color) + 0.05 for color in (one, other))
    return lighter / darker


def _luminance(color: tuple[int, ...]) -> float:
    shares = [value / 255 for value in color]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
