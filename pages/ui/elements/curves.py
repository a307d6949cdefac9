"""Live curves: accuracy and loss by iteration, drawn in place by `pages/ui/elements/curves.js`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle
from typing import TypedDict

import streamlit as st

from ocr.runs.comparison import running_mean
from ocr.training.recipe import TUTORIAL_TEST_ACCURACY
from ocr.training.report import MILESTONES, Progress
from pages.ui.elements.base import component
from pages.ui.text.terms import tell

MOST_POINTS = 600  # of a line; more than there are pixels
EARLY_POINTS = 40  # always kept, because on a logarithmic axis they have most of the room
SMOOTHING = (1, 3, 5, 10, 20, 50)
PANELS = (("accuracy", True, 210), ("loss (nats)", False, 140))
INK, ORANGE, OTHERS = 0, 1, (3, 5, 4, 2)  # places in the theme's chart colours
WORDS = (
    "**Iteration**: one step of learning. The network reads a [[batch]] of training images. The [[gradient]] of the "
    "loss says for every weight which way makes the loss of that batch smaller, and the [[optimiser]] moves the weight "
    "a little that way. How far is the [[learning rate]].",
    "**Training accuracy**: the share of the last 100 batches that was read right, each before it was learnt from.",
    "**Validation accuracy**: the share that is read right of the [[validation images]], which are never learnt from. "
    "It tells how the network does on digits that are new to it. If it falls behind the training accuracy, the network "
    "learns by heart: that is [[overfitting]].",
    "**Loss**: how far the readings are from the truth, counting how sure they are. It is the [[cross-entropy]]: minus "
    "the natural logarithm of the probability that the right digit was given, on average, in the unit **nats**. 0 "
    "would be certainty; guessing among ten digits is 2.3.",
)

Changes = Sequence[tuple[int, float | None]]


class CurvesData(TypedDict):
    """What the script is told, which describes it too."""

    identity: str
    last: int
    log: bool
    panels: list[CurvesPanel]
    compared: bool
    marked: str
    changes: list[CurvesChange]
    reports: int
    reached: int
    description: str


class CurvesPanel(TypedDict):
    """What the script is told of accuracy, or of loss."""

    name: str
    percent: bool
    height: int
    range: list[float] | None
    lines: list[CurvesLine]
    marks: list[CurvesMark]


class CurvesLine(TypedDict):
    """What the script is told of a line."""

    name: str
    end: str
    color: int
    dash: int
    run: int
    x: list[int]
    y: list[float]
    raw: list[float] | None


class CurvesMark(TypedDict):
    """What the script is told of a mark."""

    x: int
    y: float
    text: str


class CurvesChange(TypedDict):
    """What the script is told of a change of the learning rate."""

    x: int
    text: str
    color: int | None


def show_curves(
    reports: Sequence[Progress],
    target: int,
    *,
    tutorial: bool,
    name: str = "",
    others: Mapping[str, Sequence[Progress]] | None = None,
    changes: Mapping[str, Changes] | None = None,
) -> None:
    """Show accuracy above loss of a run.

    Args:
        reports: Of the run; without any there are the marks alone.
        target: The iteration that it is to reach.
        tutorial: Whether to mark what the notebook prints.
        name: Of the run.
        others: Reports of runs to compare it with, by name; only their validation curves are drawn.
        changes: Of each run the iterations from which on another learning rate held; None is the recipe's own.
    """
    others = others or {}
    colors = dict(zip(others, cycle(OTHERS), strict=False))
    count, log = _choose_look()
    last = max([_horizon(reports, target), *(other[-1].iteration for other in others.values() if other)])
    panels: list[CurvesPanel] = []
    for figure, (title, percent, height) in zip(("accuracy", "loss"), PANELS, strict=True):
        panels.append(
            {
                "name": title,
                "percent": percent,
                "height": height,
                "range": [0, 1] if percent else None,
                "lines": [
                    _line(reports, f"training_{figure}", count, "training batches", ORANGE, 0),
                    _line(reports, f"validation_{figure}", count, "validation images", INK, 0, end=name),
                    *(
                        _line(theirs, f"validation_{figure}", count, other, colors[other], i, end=other)
                        for i, (other, theirs) in enumerate(others.items(), start=1)
                    ),
                ],
                "marks": _marks(last) if percent and tutorial else [],
            }
        )
    data: CurvesData = {
        "identity": name,
        "last": last,
        "log": log,
        "panels": panels,
        "compared": bool(others),
        "marked": "the tutorial's test accuracy" if tutorial else "",
        "changes": [
            {"x": at, "text": _rate(rate, run if run in others else ""), "color": colors.get(run)}
            for run, rates in (changes or {}).items()
            for at, rate in rates
        ],
        "reports": len(reports),
        "reached": reports[-1].iteration if reports else 0,
        "description": _describe(reports, others),
    }
    component("curves")(key="learning_curves", data=data)
    if reports:
        st.caption(
            "Training: mean of the last 100 batches, each before its update. Validation: all validation images. "
            "Drag across the curves to zoom in, double-click to see all."
        )
    with st.expander("What these words mean"):
        tell(*WORDS)


def _choose_look() -> tuple[int, bool]:
    """Show how the curves may be drawn, and give over how many reports and whether over the iterations' logarithm."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="curve_settings"):
        count = st.select_slider(
            "Smoothing",
            SMOOTHING,
            format_func=lambda count: f"mean of the last {count} reports" if count > 1 else "none",
            key="smoothing",
            width=260,
            persist_state="session",
        )
        return count, st.toggle("Logarithmic iterations", key="log_iterations", persist_state="session")


def _line(
    reports: Sequence[Progress], figure: str, count: int, name: str, color: int, run: int, end: str = ""
) -> CurvesLine:
    """What one line needs; run 0 is the chosen one, which the cursor follows. Smoothed, the raw values stay behind."""
    points = [(report.iteration, getattr(report, figure)) for report in reports if getattr(report, figure) is not None]
    raw = [value for _, value in points]
    kept = _thin(len(points))
    smooth = running_mean(raw, count) if count > 1 else raw
    return {
        "name": escape(name),
        "end": escape(end),
        "color": color,
        "dash": run,
        "run": run,
        "x": [points[i][0] for i in kept],
        "y": [round(smooth[i], 5) for i in kept],
        "raw": [round(raw[i], 5) for i in kept] if count > 1 else None,
    }


def _horizon(reports: Sequence[Progress], target: int) -> int:
    """The end of the axis: the next milestone, so that the curve fills it from the first iterations on."""
    if not reports:
        return target
    ahead = (milestone for milestone in MILESTONES if milestone >= max(10, reports[-1].iteration))
    return max(reports[-1].iteration, min(target, next(ahead, target)))


def _thin(count: int) -> list[int]:
    """Which of `count` points are drawn: the early ones, then every second, fourth, ... and the last."""
    step = 1
    while count / step > MOST_POINTS:
        step *= 2
    return [i for i in range(count) if i < EARLY_POINTS or i % step == 0 or i == count - 1]


def _marks(last: int) -> list[CurvesMark]:
    return [
        {
            "x": iteration,
            "y": value,
            "text": f"The tutorial's test accuracy after {iteration:,} iterations: {value:.1%}",
        }
        for iteration, value in TUTORIAL_TEST_ACCURACY.items()
        if iteration <= last
    ]


def _rate(rate: float | None, other: str) -> str:
    """What holds from now on; of another run than the chosen one, with its name."""
    text = "the recipe's rate" if rate is None else f"rate {rate:g}"
    return f"{escape(other)}: {text}" if other else text


def _describe(reports: Sequence[Progress], others: Mapping[str, Sequence[Progress]]) -> str:
    """The text alternative: where the curves stand now."""
    if not reports:
        return "Empty axes for accuracy and loss by iteration."
    words = [f"Accuracy and loss up to iteration {reports[-1].iteration:,}."]
    validated = [report for report in reports if report.validation_accuracy is not None]
    if validated:
        words.append(f"Validation accuracy {validated[-1].validation_accuracy:.2%}.")
    if others:
        words.append(f"Compared with {', '.join(others)}.")
    return " ".join(words)
