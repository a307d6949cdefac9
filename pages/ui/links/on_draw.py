"""What Draw's address may hold: the drawing, or an image of the data, and what is looked at in it."""

from __future__ import annotations

import re

from ocr import CNN, OCRError, Split
from ocr.ink.stroke_text import read_strokes, write_strokes
from pages.ui import session
from pages.ui.cache import mnist_data
from pages.ui.links.parameter import NUMBER, Parameter
from pages.ui.navigation import SPLITS, open_image
from pages.ui.text.say import SHORT, quoted
from pages.ui.text.units import read_unit
from pages.ui.weights import named_weights


def _write_drawing() -> str:
    drawing = session.drawing()
    return "" if drawing.picture or drawing.empty else write_strokes(drawing.all_strokes)


def _show_drawing(text: str) -> None:
    session.drawing().put([[[float(x), float(y)] for x, y in stroke] for stroke in read_strokes(text)])


def _write_image() -> str:
    picture = session.drawing().picture
    return picture.place if picture else ""


def _show_image(text: str) -> None:
    match = re.fullmatch(rf"({'|'.join(SPLITS)})\.{NUMBER}", text)
    if match:
        split: Split = getattr(mnist_data(), match[1])
        if int(match[2]) <= len(split):
            open_image(split, int(match[2]) - 1, f"{match[1]} image {int(match[2]):,}")
            return
    raise OCRError(f"There is no image {quoted(text)} in the data. A link names them as test.1 or validation.1.")


def _write_chosen() -> str:
    chosen = session.drawing().chosen
    return "" if chosen is None or session.drawing().picture else str(chosen + 1)


def _show_chosen(text: str) -> None:
    drawing = session.drawing()
    count = len(drawing.segmentation().glyphs)
    if not re.fullmatch(NUMBER, text) or int(text) > count:
        raise OCRError(f"There is no digit {quoted(text)} on the drawing: there are {count}.")
    drawing.chosen = int(text) - 1


def _write_pixel() -> str:
    pixel = session.drawing().pixel
    if pixel is None:
        return ""
    key, *place = pixel
    return ".".join([key.replace("maps", "layer"), *(str(number + 1) for number in place)])


def _show_pixel(text: str) -> None:
    match = re.fullmatch(rf"layer{NUMBER}\.{NUMBER}\.{NUMBER}\.{NUMBER}", text)
    model = named_weights(session.DRAW_WEIGHTS.value).model
    if match and isinstance(model, CNN):
        layer, channel, row, column = (int(number) - 1 for number in match.groups())
        config = model.config
        if layer < len(config.filters) and channel < config.filters[layer]:
            size = config.map_sizes[layer]
            if row < size and column < size:
                session.drawing().pixel = (f"maps{layer + 1}", channel, row, column)
                return
    raise OCRError(
        f"The network has no pixel {quoted(text)}. A link names layer, map, row and column, such as layer1.3.5.7."
    )


def _write_look() -> str:
    return session.DEEPER.value or ""


def _show_look(text: str) -> None:
    session.DEEPER.value = text[:SHORT]  # the page drops one that it does not have


def _write_inside() -> str:
    return session.INSIDE.value


def _show_inside(text: str) -> None:
    model = named_weights(session.DRAW_WEIGHTS.value).model
    unit = read_unit(model.config, text) if isinstance(model, CNN) else None
    if unit is None or not isinstance(model, CNN) or unit[0] < len(model.config.filters):
        raise OCRError(f"The network has no neuron or digit {quoted(text)}. A link names them as neuron.5 or output.4.")
    session.INSIDE.value = text


DRAWING = Parameter("drawing", _write_drawing, _show_drawing)
LOOKED_AT = (
    Parameter("image", _write_image, _show_image),
    Parameter("digit", _write_chosen, _show_chosen),
    Parameter("pixel", _write_pixel, _show_pixel),
    Parameter("look", _write_look, _show_look),
    Parameter("inside", _write_inside, _show_inside),
)
