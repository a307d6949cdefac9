"""What the network says: the digit, its confidence, and ten probabilities as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from ocr import CLASS_NAMES, Prediction
from ocr.ink.segment import Segmentation
from pages.ui.elements.base import component
from pages.ui.text.numbers import percent


class SaidPiece(TypedDict):
    """A digit or a sign, as it is read."""

    text: str
    line: int
    box: list[float]


class PredictionData(TypedDict):
    """What the script is told, which describes it too."""

    pieces: list[SaidPiece]
    note: str | None
    left_out: str
    probabilities: list[float]
    empty: bool
    doubtful: bool
    several: bool
    redrawn: str | None
    heard: list[int] | None


def said_digit(prediction: Prediction) -> str:
    """The digit, or a question mark for what does not look like one."""
    return CLASS_NAMES[prediction.digit] if prediction.familiar else "?"


def verdict(prediction: Prediction) -> str:
    """What an image is read as, or that it does not look like a digit, in words."""
    doubt = f"{percent(prediction.confidence)} sure" if prediction.familiar else "but it does not look like a digit"
    return f"read as **{CLASS_NAMES[prediction.digit]}**, {doubt}"


def show_prediction(
    segmentation: Segmentation,
    predictions: Sequence[Prediction],
    chosen: int,
    empty: bool,
    key: str,
    heard: list[int] | None = None,
    redrawn: str | None = None,
) -> None:
    """Show the text of all digits and the ten probabilities of the chosen one.

    Args:
        segmentation: the digits.
        predictions: what each is read as.
        chosen: position of the one whose probabilities are shown.
        empty: whether there is no drawing yet, and a sample is read.
        key: of the element.
        heard: version and step of the drawing, if the page is to show how it goes on; see `follow.js`.
        redrawn: by which name the page is told probabilities of another moment; see `moments.js`.
    """
    prediction, several = predictions[chosen], len(predictions) > 1
    note = None
    if empty:
        note = "Draw a digit. Until then, a sample shows how one is read."
    elif not prediction.familiar:
        looks = "is crossed out, it seems" if prediction.crossed_out else "does not look like a digit"
        note = f"{f'Number {chosen + 1}' if several else 'This'} {looks}. If it had to be one:"
    left_out = len(segmentation.left_out) if segmentation.glyphs[0].strokes else 0
    data: PredictionData = {
        "pieces": [] if empty else pieces_of(segmentation, predictions),
        "note": note,
        "left_out": f"{left_out} {'stroke is' if left_out == 1 else 'strokes are'} left out" if left_out else "",
        "probabilities": prediction.probabilities.tolist(),
        "empty": empty,
        "doubtful": not (prediction.familiar or empty),
        "several": several,
        "redrawn": redrawn,
        "heard": heard,
    }
    component("prediction")(key=key, data=data)


def pieces_of(segmentation: Segmentation, predictions: Sequence[Prediction]) -> list[SaidPiece]:
    """Give digits and signs in reading order."""
    lines: dict[int, list[SaidPiece]] = {}
    for glyph, prediction in zip(segmentation.glyphs, predictions, strict=True):
        lines.setdefault(glyph.line, []).append(
            {"text": said_digit(prediction), "line": glyph.line, "box": list(glyph.box)}
        )
    for sign in reversed(segmentation.signs):
        lines[sign.line].insert(sign.after, {"text": sign.text, "line": sign.line, "box": list(sign.box)})
    return [piece for line in lines.values() for piece in line]
