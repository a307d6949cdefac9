"""Numbers as the pages write them: with a true minus sign, none before a zero, and never surer than they are."""

from __future__ import annotations

from collections.abc import Sequence


def write_shape(shape: Sequence[int]) -> str:
    """Write channels, rows and columns: `16 × 14 × 14`."""
    return " × ".join(f"{size:,}" for size in shape)


def signed(value: float, digits: int = 3) -> str:
    """Write so many digits after the point, as `number` of `pages/ui/elements/ink.js` writes them."""
    return true_minus(f"{value:z.{digits}f}")  # z: no minus before a zero


def counted(number: int, noun: str) -> str:
    """Write `1 digit`, `1,200 digits`, `1,200 digits of yours`."""
    first, space, rest = noun.partition(" of ")
    return f"{number:,} {first}{'' if number == 1 else 's'}{space}{rest}"


def difference(count: int) -> str:
    """Write how many more, `+1,200`, or fewer, `−7`."""
    return true_minus(f"{count:+,}") if count else "0"


def percent(confidence: float) -> str:
    """Write a probability, never rounded up to certainty."""
    return "over 99.9%" if confidence > 0.9994 else f"{confidence:.1%}"


def true_minus(text: str) -> str:
    """Write a minus sign as long as the plus sign is wide."""
    return text.replace("-", "−")
