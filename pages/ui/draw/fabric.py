"""Strokes as a drawing of Fabric.js, which paints the canvas."""

from __future__ import annotations

from typing import Any

from ocr.palette import LIGHT
from pages.ui.drawing import Strokes


def to_drawing(strokes: Strokes, stroke_width: int) -> dict[str, Any]:
    """Make a Fabric.js drawing of strokes."""
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
