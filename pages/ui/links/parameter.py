"""One fact in the address of a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

NUMBER = r"([1-9]\d{0,6})"


@dataclass(frozen=True)
class Parameter:
    """One fact in the address of a page."""

    name: str
    write: Callable[[], str]  # as it is on show; empty where that is what the page shows at first
    show: (
        Callable[[str], None] | None
    )  # sets what the page is about to show; raises OCRError. None: the page does so itself
