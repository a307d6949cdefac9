"""The network as a flowchart of one image, drawn by `pages/ui/elements/flow.js`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from ocr.inspection.stages import Stage
from pages.ui.elements.base import component
from pages.ui.elements.maps import encode
from pages.ui.text.numbers import percent, signed, write_shape

SIGNED = "convolution"  # the one kind whose values have a sign
ENDS = {"hidden": ", ReLU", "output": ", softmax"}  # what the last step of a stage is, where its name does not say it


class FlowData(TypedDict):
    """What the script is told, which describes it too."""

    id: str
    caption: str
    stages: list[FlowStage]


class FlowStage(TypedDict):
    """What the script is told of a stage."""

    kind: str
    name: str
    explanation: str
    count: int
    height: int
    width: int
    values: str
    shares: list[str]
    signed: bool
    high: float
    texts: list[str]
    range: str
    field: list[int] | None
    description: str


def show_flow(stages: Sequence[Stage], *, key: str, identity: str, caption: str) -> None:
    """Shows every stage with its values; another `identity` (of the image) lets them arrive one after the other."""
    data: FlowData = {"id": identity, "caption": caption, "stages": [describe(stage) for stage in stages]}
    component("flow")(key=key, data=data)


def describe(stage: Stage) -> FlowStage:
    """A stage as the element wants it: values as base64 float32, and all that is written beside them."""
    count, height, width = stage.shape if len(stage.shape) == 3 else (*stage.shape, 1, 1)
    low, high = float(stage.values.min()), float(stage.values.max())
    texts = [write_shape(stage.shape) + ENDS.get(stage.kind, ""), *write_sum(stage)]
    span = f"{signed(low, 2)} to {signed(high, 2)}"
    description = f"{stage.name}: {texts[0]} values from {span}. {' '.join(texts[1:])}."
    return {
        "kind": stage.kind,
        "name": stage.name,
        "explanation": stage.explanation,
        "count": count,
        "height": height,
        "width": width,
        "values": encode(stage.values),
        "shares": [percent(value) for value in stage.values.tolist()] if stage.kind == "output" else [],
        "signed": stage.kind == SIGNED,
        "high": max(abs(low), abs(high)),
        "texts": texts,
        "range": span,
        "field": [stage.field.start, stage.field.size, stage.field.step] if stage.field else None,
        "description": description,
    }


def write_sum(stage: Stage) -> list[str]:
    """The number of parameters as a sum, in two lines: `5 × 5 × 1 × 16 + 16` and `= 416`."""
    if not stage.weights:
        return ["no parameters"]
    return [f"{' × '.join(f'{factor:,}' for factor in stage.weights)} + {stage.biases:,}", f"= {stage.parameters:,}"]
