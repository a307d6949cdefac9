"""What Draw and Train read: the drawing on the canvas, with the stroke that is being drawn, or a picture instead.

Three sources tell of it: the canvas (finished strokes), the pen (the stroke that is being drawn, which the canvas tells
of only when it has ended) and whoever gives a picture. Each tells by a method of `Drawing`; `session.drawing()` gives
the visitor's one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ocr.files import ASSETS
from ocr.ink.segment import Glyph, segment_strokes
from ocr.ink.strokes import Ink

SIZE = 280  # pixels of the canvas, on each side; fits a phone of 360
DECIMATE = 0.4  # pixels, Fabric's default
TAP = 3.0  # pixels; a pointer that moved less meant a dot, and on a pen of 16 nobody sees more
EXAMPLE = 7  # the sample that is read, and shown faintly, before the first stroke

Strokes = list[list[list[float]]]  # each a list of [x, y], x right and y down, in pixels of the canvas


@dataclass(frozen=True)
class Picture:
    """What is read instead of the canvas.

    `preview` is a PNG to show it by, and `size` (width, height) what the boxes of the glyphs are measured in; without
    `preview` it is an image of one digit, as the network sees it.
    """

    name: str
    glyphs: tuple[Glyph, ...]
    preview: bytes = b""
    size: tuple[int, int] = (28, 28)


@dataclass(frozen=True)
class LiveStroke:
    """A stroke that the pen forwards while it is drawn, as `pen.js` says it."""

    version: int  # of the canvas that it is drawn on
    before: int  # how many strokes the canvas had told of by then
    stroke: int  # its number, counted by the pen
    points: list[list[float]]
    echo: str  # of the message; sent back when it has been shown

    @property
    def identity(self) -> tuple[float, ...]:
        """What tells it from the strokes before and after it; `echo` changes with every point."""
        return self.stroke, *self.points[0]


@dataclass
class Drawing:
    """What is read, and what is looked at in it.

    Fields that begin with an underscore are its own; the others may be read anywhere and are changed by its methods,
    but for `chosen`, `pixel` and `all_inputs`, which the lens sets.
    """

    strokes: Strokes = field(default_factory=list)  # those that the canvas told of
    picture: Picture | None = None
    refusal: str = ""  # why the picture that was given last cannot be read
    changed: bool = False  # since the page was last drawn as a whole
    version: int = 0  # of the canvas: another key is the only way to change a mounted one
    uploads: int = 0  # of the uploader: another key is the only way to empty it
    start: dict[str, Any] | None = None  # what the canvas was mounted with
    live: LiveStroke | None = None
    chosen: int = 0  # which of several digits is looked at; beyond the last one it is the first
    pixel: tuple[str, int, int, int] | None = None  # key of the maps, map, row and column
    pixel_told: int = 0  # when that was pointed at, as the maps count
    all_inputs: bool = False  # whether all inputs of a pixel are listed, not only the strongest
    _told: tuple[float, ...] = ()  # identity of the last live stroke that the canvas has told of too

    # What the canvas and the pen tell

    def tell(self, strokes: Strokes) -> None:
        """Take over what the canvas says is on it."""
        self.strokes = strokes
        self._note_told()

    def hear(self, live: LiveStroke) -> None:
        """Take over what the pen says of the stroke that is being drawn."""
        self.live = live
        self._note_told()

    def mount(self, start: dict[str, Any]) -> None:
        """Remember what the canvas is mounted with: it must be given the same object as long as it stays mounted."""
        self.start = start

    def note_change(self) -> None:
        """Note that what is read changed: the whole page must follow, also if the browser asks for the lens alone.

        It does when the pen tells of its points in the same moment: of what one message brings, it names one fragment.
        """
        self.changed = True

    # What buttons do

    def undo(self) -> None:
        """Take the last stroke off, also one that has just ended and that the canvas has not told of yet."""
        self._replace(self.all_strokes[:-1])

    def clear(self) -> None:
        """Take everything off the canvas, and with it what was chosen of it."""
        self._replace([])
        self.chosen, self.pixel, self.all_inputs = 0, None, False

    def put(self, strokes: Strokes) -> None:
        """Put a drawing from elsewhere on the canvas, which comes back for it."""
        self.dismiss()
        self._replace(strokes)

    # Pictures

    def give(self, picture: Picture | None, refusal: str = "", uploaded: bool = False) -> None:
        """Read a picture from now on, in place of what was read before.

        Args:
            picture: the picture; None if it was taken back or cannot be read.
            refusal: why it cannot be read.
            uploaded: whether it lies in the uploader, which is otherwise emptied.
        """
        self.note_change()
        self.picture, self.refusal, self.chosen = picture, refusal, 0
        if not uploaded:
            self.uploads += 1

    def open(self, image: Ink, name: str) -> None:
        """Read one image as the network sees it, float32 (28, 28) of 0..1, from another page."""
        height, width = image.shape
        self.give(Picture(name, (Glyph(image, (0, 0, width, height), 0),)))

    def dismiss(self) -> None:
        """Go back to the canvas."""
        self.give(None)

    # What is read

    @property
    def all_strokes(self) -> Strokes:
        """The strokes that the canvas told of, and the one begun since.

        The canvas stays the truth: a forwarded stroke counts only on the drawing it was begun on, and no longer once
        the canvas has told of it.
        """
        live = self.live
        if live is None or live.version != self.version or live.before != len(self.strokes):
            return self.strokes
        return self.strokes if live.identity == self._told else [*self.strokes, tidy(kept_by_fabric(live.points))]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to read, so that a sample stands in for it."""
        return not (self.picture or self.all_strokes)

    def glyphs(self) -> list[Glyph]:
        """Give the digits to read: at least one, which is a sample if there is nothing to read."""
        if self.picture:
            return list(self.picture.glyphs)
        return segment_strokes(self.all_strokes or sample_strokes(EXAMPLE))

    def left_out(self, glyphs: Sequence[Glyph]) -> int:
        """Count the strokes that are no part of any of its digits."""
        return 0 if self.picture or self.empty else len(self.all_strokes) - sum(len(glyph.strokes) for glyph in glyphs)

    def _replace(self, strokes: Strokes) -> None:
        self.note_change()
        self.strokes, self.version, self.start = strokes, self.version + 1, None

    def _note_told(self) -> None:
        """From now on the canvas alone says whether that stroke is there: its own toolbar may take it off again."""
        live = self.live
        if live and live.version == self.version and live.before < len(self.strokes):
            self._told = live.identity


def chosen_of(chosen: int, count: int) -> int:
    """Give the position of the digit that is looked at, of so many: the chosen one, or the first."""
    return chosen if chosen < count else 0


def tidy(points: Sequence[Sequence[float]]) -> list[list[float]]:
    """Round points to a tenth of a pixel, each only once in a row; of a tap its first.

    Fabric moves a stroke's ends by a thousandth of its width; so tidied, they are where the pointer was.
    """
    rounded = [[round(float(x), 1), round(float(y), 1)] for x, y in points]
    if all(math.dist(point, rounded[0]) < TAP for point in rounded):
        return rounded[:1]  # fitted into the image, the line that it is would be as long as a 1
    return [point for i, point in enumerate(rounded) if i == 0 or point != rounded[i - 1]]


def kept_by_fabric(points: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    """Give the points of a stroke that its pencil keeps (Fabric.js 6, `PencilBrush.decimatePoints`).

    Those nearer than 0.4 pixels to the last one kept go, and so does the last but one, always.
    """
    kept = [points[0]]
    for point in points[1:-2]:
        if math.dist(point, kept[-1]) >= DECIMATE:
            kept.append(point)
    return [*kept, points[-1]] if len(points) > 1 else kept


@cache
def _samples() -> dict[str, Strokes]:
    return json.loads((ASSETS / "samples.json").read_text())


def sample_strokes(digit: int) -> Strokes:
    """Give a drawing of a digit, for who cannot draw, or not yet."""
    return _samples()[str(digit)]
