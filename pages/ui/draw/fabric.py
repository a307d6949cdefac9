"""Strokes as a drawing of Fabric.js, which paints the canvas."""

from __future__ import annotations

from typing import Any

from ocr.ink.canvas import Strokes
from ocr.palette import LIGHT

PIXELS = 2  # of Fabric.js's canvas for a unit of ours, so that lines are sharp where a screen shows it large


def to_drawing(strokes: Strokes, stroke_width: int, version: int = 0) -> dict[str, Any]:
    """Make a Fabric.js drawing of strokes.

    Args:
        strokes: in units of the canvas.
        stroke_width: in the same.
        version: another one makes Fabric.js paint the same strokes anew.
    """
    paths = [_path([[PIXELS * x, PIXELS * y] for x, y in stroke], PIXELS * stroke_width) for stroke in strokes]
    return {"version": "6.0.0", "objects": paths, "revision": version}


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
