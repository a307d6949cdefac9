"""What Draw and Train read: the drawing on the canvas, with the stroke that is being drawn, or a picture instead.

Three sources tell of it: the canvas (finished strokes), the pen (the stroke that is being drawn, which the canvas tells
of only when it has ended) and whoever gives a picture. Each tells by a method of `Drawing`; `session.drawing()` gives
the visitor's one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from ocr.data.stroke_file import MOST_POINTS
from ocr.ink.canvas import Strokes, sample_strokes, tidy, to_canvas
from ocr.ink.segment import Glyph, Segmentation, drawn_last, segment_strokes
from ocr.ink.strokes import Ink
from ocr.ink.view import View
from ocr.reading.broken import join_broken

EXAMPLE = 7  # the sample that is read, and shown faintly, before the first stroke
MOST_STROKES = 300  # of a drawing
MOST_UNDOS = 100  # drawings that Undo goes back to; each holds its points as long as the visit lasts


@dataclass(frozen=True)
class Picture:
    """What is read instead of the canvas.

    `preview` is a PNG to show it by, and `size` (width, height) what the boxes of the glyphs are measured in; without
    `preview` it is an image of one digit, as the network sees it. `content` is the file, to read it in another way;
    it has `frames`, of which `view` says which is read; `opened` is that frame, decoded. `place` names an image of the
    data as links do: the split and the image's number, counted from 1.
    """

    name: str
    segmentation: Segmentation
    preview: bytes = b""
    size: tuple[float, float] = (28, 28)
    content: bytes = b""
    frames: int = 1
    view: View = field(default_factory=View)
    opened: Image.Image | None = None
    place: str = ""


@dataclass(frozen=True)
class LiveStroke:
    """A stroke that the pen forwards while it is drawn, as `pen.js` says it."""

    version: int  # of the drawing that it belongs to
    step: int  # the one that it will be, once it has ended
    points: list[list[float]]
    echo: str  # of the message; sent back when it has been shown


@dataclass
class Drawing:
    """What is read, and what is looked at in it.

    Its fields may be read anywhere. They are changed by its methods, but for `chosen` and `all_inputs`, which the lens
    sets.
    """

    strokes: Strokes = field(default_factory=list)  # those that the canvas told of
    picture: Picture | None = None
    refusal: str = ""  # why the picture that was given last cannot be read
    marking: bool = False  # whether a part of the picture is being marked
    changed: bool = False  # otherwise than by a stroke, since the page was last drawn as a whole
    shown: tuple[int, int] = (0, 0)  # what was told when it was
    version: int = 0  # counts what was done here; from another version the canvas takes over the strokes
    step: int = 0  # counts what was done on the canvas since
    since: tuple[int, int] | None = None  # version and step that the canvas itself made this version of
    rubbing: bool = False  # whether the pen takes strokes off, in place of adding them
    start: dict[str, Any] | None = None  # what the canvas was mounted with: the same object as long as it stays mounted
    uploads: int = 0  # of the uploader: another key is the only way to empty it
    given: int = 0  # counts pictures that were given: what they are chosen in closes, so that what is read is seen
    live: LiveStroke | None = None
    chosen: int | None = None  # which of several digits is looked at; None is the one that was drawn last
    pixel: tuple[str, int, int, int] | None = None  # key of the maps, map, row and column
    pixel_told: int | None = None  # when that was pointed at, as the maps count
    all_inputs: bool = False  # whether all inputs of a pixel are listed, not only the strongest
    past: list[Strokes] = field(default_factory=list)  # what Undo goes back to, the nearest last
    future: list[Strokes] = field(default_factory=list)  # what Redo goes on to, the nearest last
    told_in: object = field(default=None, repr=False, compare=False)  # the script run that took over what is told
    arranged: tuple[Strokes, Segmentation] | None = field(default=None, repr=False, compare=False)  # last, of what

    # What the canvas and the pen tell

    def tell(self, version: int, step: int, strokes: Strokes, again: bool = False, repaint: bool = False) -> None:
        """Take over what the canvas says is on it, unless that is an old story.

        A session that has just begun knows nothing of the drawing. An open page, or the browser's tab, still has it and
        tells of it `again`; it becomes a version of its own, which the canvas is given. So does a drawing that must be
        painted anew (`repaint`), because Fabric.js knows nothing of what was rubbed out.
        """
        if again and self.unknown:
            self._go_on(_tidy_all(strokes))
            self._replace(self.strokes)
        if again or version != self.version or step <= self.step:
            return
        self.step = step
        strokes = _tidy_all(strokes)
        while len(self.strokes) + 1 < len(strokes):  # several at once: Undo takes them back one by one
            self._go_on(strokes[: len(self.strokes) + 1])
        self._go_on(strokes)
        if repaint:
            self._replace(strokes)
            self.since = version, step

    def hear(self, live: LiveStroke) -> None:
        """Take over what the pen says of the stroke that is being drawn."""
        self.live = live

    def settle(self) -> None:
        """Take the stroke that is being drawn for ended, also if the canvas has not told of it."""
        if self.live and self._is_drawn(self.live):
            self.tell(self.version, self.live.step, self.all_strokes)

    def note_change(self) -> None:
        """Note that what is read changed: the whole page must follow, also if the browser asks for the lens alone.

        It does when the pen tells of its points in the same moment: of what one message brings, it names one fragment.
        """
        self.changed = True

    def note_shown(self) -> None:
        """Note that the page is drawn as a whole, with what is known now."""
        self.changed, self.shown = False, self.told

    # What buttons do

    def undo(self) -> None:
        """Take back what was done last, also a stroke that has just ended and that the canvas has not told of yet."""
        self.settle()
        if self.past:
            self.future.append(self.strokes)
            self._replace(self.past.pop())

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self.future:
            self.past.append(self.strokes)
            self._replace(self.future.pop())

    def rub(self) -> None:
        """Take the rubber, if there is anything to rub out, or lay it down."""
        self.rubbing = not self.rubbing and bool(self.strokes)

    def clear(self) -> None:
        """Take everything off the canvas, and with it what was chosen of it."""
        self.settle()
        self._go_on([])
        self._replace(self.strokes)
        self.chosen, self.pixel, self.all_inputs = None, None, False

    def put(self, strokes: Strokes) -> None:
        """Put a drawing from elsewhere on the canvas, which comes back for it."""
        self.dismiss()
        self.settle()
        self._go_on(to_canvas(strokes))
        self._replace(self.strokes)

    # Pictures

    def give(self, picture: Picture | None, refusal: str = "", uploaded: bool = False) -> None:
        """Read a picture from now on, in place of what was read before.

        Args:
            picture: the picture; None if it was taken back or cannot be read.
            refusal: why it cannot be read.
            uploaded: whether it lies in the uploader, which is otherwise emptied.
        """
        self.note_change()
        self.picture, self.refusal, self.chosen, self.marking = picture, refusal, None, False
        if not uploaded:
            self.uploads += 1
        if picture or refusal:
            self.given += 1

    def look_again(self, picture: Picture) -> None:
        """Read the same picture in another way."""
        self.note_change()
        self.picture, self.refusal, self.chosen, self.marking = picture, "", None, False

    def mark(self, marking: bool) -> None:
        """Begin to mark a part of the picture, or leave it."""
        self.refusal, self.marking = "", marking

    def open(self, image: Ink, name: str, place: str = "") -> None:
        """Read one image as the network sees it, float32 (28, 28) of 0..1, from another page."""
        height, width = image.shape
        self.give(Picture(name, Segmentation((Glyph(image, (0, 0, width, height), 0),)), place=place))

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
        return [*self.strokes, *_tidy_all([live.points])] if live and self._is_drawn(live) else self.strokes

    @property
    def told(self) -> tuple[int, int]:
        """Version and step of the drawing, as far as the canvas told."""
        return self.version, self.step

    @property
    def tools(self) -> dict[str, bool]:
        """Which tools there is anything to do for, by the keys of their buttons."""
        drawn = bool(self.strokes)
        return {"undo": bool(self.past), "redo": bool(self.future), "rubber": drawn, "clear": drawn}

    @property
    def unknown(self) -> bool:
        """Whether nothing has been heard of the drawing, nor been done to it."""
        return not (self.version or self.step)

    @property
    def heard(self) -> list[int] | None:
        """Version and step of the drawing as it is read; None for a picture."""
        if self.picture:
            return None
        return [self.version, self.live.step if self.live and self._is_drawn(self.live) else self.step]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to read, so that a sample stands in for it."""
        return not (self.picture or self.all_strokes)

    @property
    def name(self) -> str:
        """What is read, in words."""
        return self.picture.name if self.picture else "Your drawing"

    def segmentation(self) -> Segmentation:
        """Give the digits to read: at least one, which is a sample if there is nothing to read."""
        if self.picture:
            return self.picture.segmentation
        strokes = self.all_strokes or sample_strokes(EXAMPLE)
        if not self.arranged or self.arranged[0] != strokes:
            self.arranged = strokes, join_broken(segment_strokes(strokes))
        return self.arranged[1]

    def choose_among(self, glyphs: Sequence[Glyph]) -> int:
        """Give the position of the digit that is looked at: the chosen one, else the one that was drawn last."""
        if self.chosen is not None and self.chosen < len(glyphs):
            return self.chosen
        return 0 if self.picture or not self.all_strokes else drawn_last(glyphs, self.all_strokes[-1])

    def point_at(self, when: int, place: tuple[str, int, int, int]) -> None:
        """Look at the pixel that was pointed at then, unless that is an old story."""
        if when != self.pixel_told:
            self.pixel_told, self.pixel = when, place

    def _go_on(self, strokes: Strokes) -> None:
        """Go on to other strokes, in a way that Undo takes back."""
        if strokes != self.strokes:
            before = self.strokes  # whose lists go on, so that all that Undo knows has each stroke once
            self.past = [*self.past[1 - MOST_UNDOS :], self.strokes]
            self.future.clear()
            self.strokes = [next((known for known in before if known == stroke), stroke) for stroke in strokes]
            self.chosen = None

    def _replace(self, strokes: Strokes) -> None:
        """Put other strokes on the canvas."""
        self.note_change()
        self.strokes, self.version, self.step, self.start = strokes, self.version + 1, 0, None
        self.since = None
        self.rubbing = self.rubbing and bool(strokes)

    def _is_drawn(self, live: LiveStroke) -> bool:
        """Whether a stroke belongs to this drawing, and the canvas has not told of it."""
        return live.version == self.version and live.step > self.step


def _tidy_all(strokes: Strokes) -> Strokes:
    """Tidy what was told: strokes with points, and no more strokes and points than a drawing may have.

    Nobody draws that many, but a program may send a hundred thousand, which would hold a core for seconds.
    """
    strokes = [stroke for stroke in strokes[:MOST_STROKES] if stroke]
    apart = 1 + sum(map(len, strokes)) // MOST_POINTS
    return [tidy(stroke[::apart]) for stroke in strokes]
