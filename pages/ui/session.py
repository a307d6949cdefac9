"""Every value that outlives a rerun, in one place: what a visitor drew, chose, asked for and is yet to be told.

Streamlit runs a page's script anew at every press. What is to be there the next time is kept here, each visitor's apart
from the others'. It is of two kinds:

- **Topics**, a dataclass each, see `topics`: what pages know beside their widgets. `drawing()`, `training()` and so
  on give this visitor's; they stay over page switches. Change one by its methods where it has some, else by its fields.
- **Widgets**: the keys of those widgets whose value is read or set elsewhere than in the line that draws them.
  `STROKE_WIDTH.value` reads, `STROKE_WIDTH.value = 20` sets, and `key=STROKE_WIDTH.key` draws it. Streamlit forgets
  the value when a page does not draw the widget, unless it has `persist_state="session"`, and refuses to set one that
  is already drawn in the same rerun: set it before, or in a callback.

No other module touches `st.session_state`. What an element of `pages/ui/elements` told, `told` gives by its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui.drawing import Drawing, LiveStroke
from pages.ui.topics import Collection, Home, Lesson, Mistakes, Training, Visitor

T = TypeVar("T")


# Topics


def drawing() -> Drawing:
    """Give what Draw and Train read, with what the canvas told and the pen forwarded last."""
    drawing = _topic(Drawing)
    run = get_script_run_ctx()
    if run and drawing.told_in is run.cursors:
        return drawing
    drawing.told_in = run and run.cursors  # another dict in each run
    if drawn := told(CANVAS.key, "drawing"):
        drawing.tell(**drawn)
    if live := told("pen", "live"):
        drawing.hear(LiveStroke(**live))
    return drawing


def visitor() -> Visitor:
    """Give who this is."""
    return _topic(Visitor)


def home() -> Home:
    """Give what the home page shows."""
    return _topic(Home)


def training() -> Training:
    """Give what was asked of runs."""
    return _topic(Training)


def mistakes() -> Mistakes:
    """Give how far Mistakes is opened."""
    return _topic(Mistakes)


def collection() -> Collection:
    """Give what was chosen among the user's digits."""
    return _topic(Collection)


def lesson() -> Lesson:
    """Give what was done of the lesson."""
    return _topic(Lesson)


# Widgets


class Widget(Generic[T]):
    """The key of a widget, and its value, which is `default` as long as it has not been drawn or set."""

    def __init__(self, key: str, default: T) -> None:
        self.key = key
        self.default = default

    @property
    def value(self) -> T:
        """What it stands on."""
        return cast("T", st.session_state.get(self.key, self.default))

    @value.setter
    def value(self, value: T) -> None:
        st.session_state[self.key] = value

    @property
    def there(self) -> bool:
        """Whether it has been drawn or set, and not been forgotten since."""
        return self.key in st.session_state

    def begin(self) -> None:
        """Put it on its default before it is drawn first."""
        if not self.there:
            self.value = self.default

    def keep_among(self, options: Sequence[T]) -> None:
        """Put it on the first option, if it has none of them yet or has them no longer."""
        if self.value not in options:
            self.value = options[0]


SHIPPED, UNTRAINED = "Shipped weights", "Untrained network"  # beside them, choosers of weights offer runs by name
ANY = "any"

# Whose weights a page reads with.
DRAW_WEIGHTS = Widget("draw_weights", SHIPPED)
FILTERS_LEFT = Widget("filters_left", SHIPPED)
FILTERS_RIGHT = Widget("filters_right", UNTRAINED)
TEST_IMAGES, VALIDATION_IMAGES = "Test images", "Validation images"
BUNDLED_IMAGES, OWN_IMAGES = "Bundled digits", "Your digits"
MAP_METHOD = Widget("map_method", "")
MATRIX = Widget("matrix_cells", "")
MISTAKES_IMAGES = Widget("mistakes_images", TEST_IMAGES)
MISTAKES_WEIGHTS = Widget("mistakes_weights", SHIPPED)
YOURS_WEIGHTS = Widget("yours_weights", SHIPPED)
# Draw
CANVAS: Widget[Any] = Widget("strokes", None)
STROKE_WIDTH = Widget("stroke_width", 16)  # units of the canvas
ONE_SCALE = Widget("one_scale", False)
LARGE_MAPS = Widget("large_maps", False)
DEEPER: Widget[str | None] = Widget("deeper", None)
INSIDE = Widget("inside", "")  # the neuron or output whose account is open, as addresses write it
DRAW_OTHER = Widget("draw_other", UNTRAINED)
INSIDE_DIGIT: Widget[int | None] = Widget("inside_digit", None)
# One for all drawings: of each key that it was ever given, Streamlit keeps what belongs to it for the whole visit.
LABEL: Widget[int | None] = Widget("label", None)  # what the drawing may be kept as
# Home and Draw
LIT = Widget("lit", False)  # whether the paths that carried the reading are lit
# Train
RUN = Widget("run", "")
PRESET = Widget("preset", "")
COMPARED: Widget[list[str]] = Widget("compared", [])
NEW_RATE = Widget("new_rate", 0.0)
# Filters
LAYER = Widget("layer", "")  # as `layer_labels` names it
CLOSER_OF = Widget("closer_of", 0)  # which of the two networks is looked at closer
FILTER_VIEW: Widget[str | None] = Widget("view", "What it answers to")
# Mistakes
TRUE_CLASS = Widget("true_class", ANY)
READ_CLASS = Widget("read_class", ANY)
MISTAKES_DEEPER: Widget[str | None] = Widget("mistakes_deeper", None)
MISTAKES_OTHER = Widget("mistakes_other", UNTRAINED)
THRESHOLD = Widget("threshold", 0.9)
ROBUSTNESS_OTHERS: Widget[list[str]] = Widget("robustness_others", [])
# Learn
LESSON_KEY = "lesson"  # of the row of steps
KERNEL = Widget("kernel_start", "")
TRUSTED: Widget[str | None] = Widget("trusted", None)
# Teacher
PASSWORD = Widget("password", "")
# Your digits
YOURS_RUN = Widget("yours_run", "")


def shown_page(file: str) -> Widget[bool]:
    """Give the key of the switch that shows a page to the class."""
    return Widget(f"shown_{file}", True)


def picture_upload(version: int) -> Widget[UploadedFile | None]:
    """Give the key of the uploader of pictures; another version is empty."""
    return Widget(f"picture_{version}", None)


def brought_images(version: int) -> Widget[UploadedFile | None]:
    """Give the key of the uploader of images with labels on Mistakes; another version is empty."""
    return Widget(f"images_file_{version}", None)


def picture_frame(version: int) -> Widget[int]:
    """Give the key of the chooser of a picture's frame, from 0."""
    return Widget(f"frame_{version}", 0)


def digit_chooser(labels: Sequence[str]) -> Widget[int]:
    """Give the key of the chooser of a digit; a choice is kept by its label, so other labels are another chooser."""
    return Widget(f"digit_of {', '.join(labels)}", 0)


def kept_label(identity: str) -> Widget[int | None]:
    """Give the key of the label of a digit that was kept."""
    return Widget(f"own_label_{identity}", None)


def pixel_input(shown: Sequence[int]) -> Widget[int | None]:
    """Give the key of the chooser of an input channel, of those that it shows."""
    return Widget(f"pixel_input_{'_'.join(map(str, shown))}", None)


def moment(run: str) -> Widget[int | None]:
    """Give the key of the slider over the snapshots of a run; None is now."""
    return Widget(f"moment_{run}", None)


def left_moment(run: str) -> Widget[int | None]:
    """Give the key of the slider over the snapshots of the first network on Filters; None is now."""
    return Widget(f"{FILTERS_LEFT.key}_at_{run}", None)


def right_moment(run: str) -> Widget[int | None]:
    """Give the key of the slider over the snapshots of the network beside it; None is now."""
    return Widget(f"{FILTERS_RIGHT.key}_at_{run}", None)


def grown_moment(run: str) -> Widget[int | None]:
    """Give the key of the slider over the snapshots of a run in the view of how a filter grew; None is now."""
    return Widget(f"grown_at_{run}", None)


def new_name(run: str) -> Widget[str]:
    """Give the key of the new name of a run."""
    return Widget(f"rename_{run}", run)


def switched_off(layer: int) -> Widget[list[int]]:
    """Give the key of the chooser of a layer's filters that are switched off on Draw; both count from 0."""
    return Widget(f"off{layer}", [])


def filter_number(layer: int) -> Widget[int]:
    """Give the key of the unit of a layer, counted from 0, that is looked at closer; units count from 1."""
    return Widget(f"filter{layer}", 1)


def input_channel(layer: int) -> Widget[int]:
    """Give the key of the input channel of a layer's filters, counted from 1; layers count from 0."""
    return Widget(f"channel{layer}", 1)


def guess(step: int) -> Widget[str | None]:
    """Give the key of the answers to the question of a step of the lesson."""
    return Widget(f"guess_{step}", None)


def quiz_answer(form: str, number: int) -> Widget[str | None]:
    """Give the key of the answers to a question of the quiz, counted from 0."""
    return Widget(f"quiz_{form}_{number}", None)


def kept_lesson() -> dict[str, Any] | None:
    """Give what the browser has kept of the lesson, as `lesson.js` says it."""
    return told(LESSON_KEY, "kept")


def pasted() -> dict[str, Any] | None:
    """Give the picture that was pasted last on this page, as `paste.js` says it."""
    return told("paste", "pasted")


def told_browser() -> str | None:
    """Give the id that the browser says it has, if it is another than the one that it was given."""
    return told("browser", "id")


def told(key: str, name: str) -> Any:
    """Give what an element of ours told by a name; None, once a page does not show it."""
    return (st.session_state.get(key) or {}).get(name)


def _topic(kind: type[T]) -> T:
    """This visitor's value of a kind, made where it is asked for first."""
    topic = st.session_state.get(kind.__name__)
    if not isinstance(topic, kind):  # also when its code changed while a server runs
        topic = st.session_state[kind.__name__] = kind()
    return topic
