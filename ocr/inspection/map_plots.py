"""Plotly figures of maps of the digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ocr.data.split import CLASS_NAMES
from ocr.inspection.score_plots import ABOVE, framed
from ocr.palette import DARK, DIGITS, LIGHT, Theme

FEW = 300  # misread images; rings around more would hide all else
SINGLE = {"size": 10, "line": {"width": 2}}
CROWDED = {"size": 7, "line": {"width": 1}, "opacity": 0.5}
BESIDE = 0.22  # of the width, for the button beside the slider
MOMENT = 500  # milliseconds that each map is shown for as they follow on each other


def digit_map_figure(
    places: NDArray, labels: NDArray, predictions: NDArray, drawn: NDArray | None = None, dark: bool = False
) -> go.Figure:
    """Draw a map of the digits, a point an image, coloured by class, misread ones ringed.

    Args:
        places: float32 (N, 2).
        labels: int64 (N,), 0..9.
        predictions: int64 (N,), what each is read as.
        drawn: float32 (2,), where one more image lies.
        dark: Whether the ground is dark.

    Returns:
        A Plotly figure; `customdata` of each point is the position of its image.
    """
    theme = DARK if dark else LIGHT
    figure = go.Figure()
    everything = np.arange(len(labels))
    for digit, name in enumerate(CLASS_NAMES):
        chosen = everything[labels == digit]
        figure.add_scattergl(
            x=places[chosen, 0],
            y=places[chosen, 1],
            customdata=np.stack([chosen, predictions[chosen], chosen + 1], 1),
            mode="markers",
            name=name,
            marker={"color": DIGITS[digit], "size": 4},
            hovertemplate=f"image %{{customdata[2]:,}}: a {name}, read as %{{customdata[1]}}<extra></extra>",
        )
        if len(chosen):
            x, y = np.median(places[chosen], axis=0)
            figure.add_annotation(
                x=x, y=y, text=f"<b>{name}</b>", showarrow=False, font_size=20, bgcolor=f"{theme.ground}99"
            )
    wrong = everything[labels != predictions]
    figure.add_scattergl(
        x=places[wrong, 0],
        y=places[wrong, 1],
        customdata=np.stack([wrong, predictions[wrong], wrong + 1], 1),
        mode="markers",
        name="misread",
        marker={"color": theme.ink, "symbol": "circle-open", **(SINGLE if len(wrong) <= FEW else CROWDED)},
        text=labels[wrong],
        hovertemplate="image %{customdata[2]:,}: a %{text}, read as %{customdata[1]}<extra></extra>",
    )
    if drawn is not None:
        figure.add_scatter(
            x=[drawn[0]],
            y=[drawn[1]],
            mode="markers+text",
            name="your drawing",
            text=["your drawing"],
            textposition="top center",
            marker={"color": theme.accent, "size": 16, "symbol": "star", "line": {"width": 1, "color": theme.ground}},
            hoverinfo="name",
        )
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        axis.update(showticklabels=False, showgrid=False)
    framed(figure, theme.ink, 560)
    figure.update_yaxes(scaleanchor="x")
    return figure.update_layout(showlegend=True, legend=ABOVE | {"itemsizing": "constant"})


def map_course_figure(course: NDArray, labels: NDArray, iterations: Sequence[int], dark: bool = False) -> go.Figure:
    """Draw maps that follow on each other, with a slider and a button that lets them.

    Args:
        course: float32 (maps, N, 2), as `map_course` gives them.
        labels: int64 (N,), 0..9.
        iterations: Of each map.
        dark: Whether the ground is dark.

    Returns:
        A Plotly figure with a frame for each map; `customdata` of each point is the position of its image.
    """
    theme = DARK if dark else LIGHT
    present = [digit for digit in range(len(CLASS_NAMES)) if (labels == digit).any()]

    def points(places: NDArray, digit: int) -> dict[str, Any]:
        chosen = np.flatnonzero(labels == digit)
        return {"x": places[chosen, 0], "y": places[chosen, 1]}

    figure = go.Figure()
    for digit in present:
        figure.add_scattergl(
            **points(course[-1], digit),
            customdata=np.flatnonzero(labels == digit)[:, None] + [0, 1],
            mode="markers",
            name=CLASS_NAMES[digit],
            marker={"color": DIGITS[digit], "size": 4},
            hovertemplate=f"image %{{customdata[1]:,}}: a {CLASS_NAMES[digit]}<extra></extra>",
        )
    figure.frames = [
        go.Frame(data=[go.Scattergl(**points(places, digit)) for digit in present], name=str(iteration))
        for places, iteration in zip(course, iterations, strict=True)
    ]
    end = 1.05 * float(np.quantile(np.abs(course), 0.999))
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        axis.update(showticklabels=False, showgrid=False, range=[-end, end])
    framed(figure, theme.ink, 640)
    figure.update_yaxes(scaleanchor="x")
    return figure.update_layout(
        showlegend=True,
        legend=ABOVE | {"itemsizing": "constant"},
        margin={"b": 96},
        **_moments(iterations, theme),
    )


def _moments(iterations: Sequence[int], theme: Theme) -> dict[str, Any]:
    """Lay out a slider over the frames of these iterations, and a button that plays them."""
    show = {"mode": "immediate", "frame": {"duration": MOMENT, "redraw": True}, "transition": {"duration": 0}}
    steps = [
        {"label": f"{iteration:,}", "method": "animate", "args": [[str(iteration)], show]} for iteration in iterations
    ]
    return {
        "sliders": [
            {
                "active": len(steps) - 1,
                "steps": steps,
                "currentvalue": {"prefix": "Iteration "},
                "pad": {"t": 8},
                "x": BESIDE,
                "len": 1 - BESIDE,
            }
        ],
        "updatemenus": [
            {
                "type": "buttons",
                "showactive": False,
                "x": 0,
                "y": 0,
                "xanchor": "left",
                "yanchor": "top",
                "pad": {"t": 24},
                "bgcolor": theme.ground,
                "font": {"color": theme.ink},
                "buttons": [{"label": "Play", "method": "animate", "args": [None, {**show, "fromcurrent": False}]}],
            }
        ],
    }
