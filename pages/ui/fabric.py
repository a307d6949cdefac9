"""Strokes as Fabric.js, which draws the canvas, keeps them: from its drawings and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ocr.palette import LIGHT

SIZE = 280  # pixels of the canvas, on each side; fits a phone of 360
DECIMATE = 0.4  # pixels, Fabric's default
TAP = 3.0  # pixels; a pointer that moved less meant a dot, and on a pen of 16 nobody sees more

Strokes = list[list[list[float]]]  # each a list of [x, y], x right and y down, in pixels of the canvas


def to_strokes(drawing: dict[str, Any] | None) -> Strokes:
    """Give the strokes of a Fabric.js drawing: the points that the pointer passed, in order.

    Fabric's pencil makes each point the control point of a quadratic curve ("Q", x, y, to the middle of the
    next two), so that the points are there unchanged, between the first "M" and the last "L".
    """
    strokes = []
    for item in (drawing or {}).get("objects", []):
        points = [command[1:3] for command in item.get("path", []) if command[0] in "MQL"]
        if points:
            strokes.append(tidy(points))
    return strokes


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


def to_drawing(strokes: Strokes, stroke_width: int) -> dict[str, Any]:
    """Make a Fabric.js drawing of strokes, which `to_strokes` gives back unchanged."""
    return {"version": "6.0.0", "objects": [_path(stroke, stroke_width) for stroke in strokes]}


def _path(stroke: list[list[float]], stroke_width: int) -> dict[str, Any]:
    first, *rest = stroke
    path: list[list[Any]] = [["M", *first], *(["L", *point] for point in rest or [first])]
    (left, right), (top, bottom) = ((min(axis), max(axis)) for axis in zip(*stroke, strict=True))
    return {
        "type": "Path",
        "path": path,
        "left": left - stroke_width / 2,
        "top": top - stroke_width / 2,
        "width": right - left,
        "height": bottom - top,
        "originX": "left",
        "originY": "top",
        "fill": None,
        "stroke": LIGHT.ink,
        "strokeWidth": stroke_width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
    }
