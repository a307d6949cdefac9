"""How a picture is looked at: what people may set right when it was read wrongly."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class View:
    """How a picture is read: what a visitor may set right."""

    frame: int | None = None  # of several, from 0; None is the first with anything on it
    turns: int = 0  # quarter turns, clockwise
    inverted: bool = False
    single: bool = False  # as one digit
    part: tuple[float, float, float, float] | None = None  # left, top, right, bottom; shares of it before it is turned

    def of_part(self, marked: tuple[float, ...]) -> View:
        """Read only a part of what this view shows.

        Args:
            marked: Left, top, right and bottom, as shares 0..1 of what is shown, turned as it is.

        Returns:
            The view of that part alone.
        """
        left, top, right, bottom = marked
        for _ in range(self.turns % 4):  # back to how it lay a quarter turn before
            left, top, right, bottom = top, 1 - right, bottom, 1 - left
        x, y, x_end, y_end = self.part or (0.0, 0.0, 1.0, 1.0)
        width, height = x_end - x, y_end - y
        part = (x + left * width, y + top * height, x + right * width, y + bottom * height)
        return replace(self, part=part)
