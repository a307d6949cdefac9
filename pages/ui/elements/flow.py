"""The network as a flowchart of one image, drawn by `pages/ui/elements/flow.js`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from ocr import CLASS_NAMES
from ocr.inspection.paths import Paths, strongest
from ocr.inspection.stages import Stage
from pages.ui.elements.base import component
from pages.ui.elements.maps import encode
from pages.ui.text.numbers import counted, percent, signed, write_shape

SIGNED = "convolution"  # the one kind whose values have a sign
ENDS = {"hidden": ", ReLU", "output": ", softmax"}  # what the last step of a stage is, where its name does not say it


class FlowData(TypedDict):
    """What the script is told, which describes it too."""

    id: str
    caption: str
    stages: list[FlowStage]
    lit: FlowLit | None


class FlowLit(TypedDict):
    """What the script is told of the paths that are lit."""

    items: list[list[int]]
    links: list[list[float]]
    parts: str
    high: float


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


def show_flow(
    stages: Sequence[Stage], *, key: str, identity: str, caption: str, paths: Paths | None = None, digit: int = 0
) -> None:
    """Shows every stage with its values; another `identity` (of the image) lets them arrive one after the other.

    With `paths`, of a digit's logit, what carried it is lit and the rest faded.
    """
    lit = describe_paths(paths, digit, len(stages)) if paths else None
    if paths:
        caption = f"{say_paths(paths, digit)} {caption}"
    data: FlowData = {"id": identity, "caption": caption, "stages": [describe(stage) for stage in stages], "lit": lit}
    component("flow")(key=key, data=data)


def describe_paths(paths: Paths, digit: int, stages: int) -> FlowLit:
    """The paths as the element wants them: what is lit of each stage, and links as stage, from, to, and value."""
    found = strongest(paths)
    items, links = [list(found.items[0])], []
    for chosen, link in zip(found.items[1:-2], found.links[:-2], strict=True):  # a convolution and its pool
        links += [[len(items) - 1, *each] for each in link]
        links += [[len(items), each, each, value] for each, value in chosen.items()]
        items += [list(chosen), list(chosen)]
    for chosen, link in zip(found.items[-2:], found.links[-2:], strict=True):
        links += [[len(items) - 1, *each] for each in link]
        items.append(list(chosen))
    links += [[len(items) - 1, neuron, digit, value] for neuron, value in found.items[-1].items()]
    items.append([digit])
    assert len(items) == stages
    part = paths.parts[0]
    return {"items": items, "links": links, "parts": encode(part), "high": max(float(abs(part).max()), 1e-6)}


def say_paths(paths: Paths, digit: int) -> str:
    """What is lit, with what it adds."""
    *_, maps, _, neurons = strongest(paths).items
    return (
        f"Lit: what carried the digit {CLASS_NAMES[digit]}. Its logit is {signed(paths.logit, 2)}. Of it, the lit "
        f"{counted(len(neurons), 'neuron')} add {signed(sum(neurons.values()), 2)}, the lit "
        f"{counted(len(maps), 'map')} of the last convolution {signed(sum(maps.values()), 2)}, and all pixels "
        f"{signed(float(paths.parts[0].sum()), 2)}. "
        "Red lines add, blue ones take away."
    )


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
