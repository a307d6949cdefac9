"""Figures for notebooks: numpy arrays in, Plotly figures out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ocr.data.split import CLASS_NAMES
from ocr.palette import DARK, DIGITS, FONT, INK, LIGHT, SIGNED, TRAINING, TRANSPARENT, VALIDATION
from ocr.training.report import Progress

DASHES = ("solid", "8px,4px", "2px,3px")  # of the curves in the order of their digits
NAME_WIDTH, NAME_HEIGHT = 0.05, 0.09  # that a curve's name takes of a chart
FEW_STEPS = 8  # a whole-number axis of fewer would be divided at halves


def image_figure(image: NDArray, title: str = "") -> go.Figure:
    """Draw one image, ink dark on a light ground, every pixel a crisp square.

    Args:
        image: (H, W), values >= 0.
        title: What stands above it.

    Returns:
        A Plotly figure.
    """
    return images_figure(np.asarray(image)[None], [title], columns=1)


def images_figure(images: NDArray, titles: Sequence[str] = (), columns: int | None = None) -> go.Figure:
    """Draw images in a grid, such as 3 x 3 digits or a layer's maps, on one scale of ink.

    Args:
        images: (N, H, W), values >= 0.
        titles: What stands above each; none if empty.
        columns: How many in a row; None makes about a square.

    Returns:
        A Plotly figure.
    """
    return _grid(images, titles, columns, INK, low=0.0, high=float(np.max(images)) or 1.0, scale_title="value")


def example_images_figure(
    images: NDArray, labels: Sequence[int], predictions: Sequence[int] | None = None, columns: int = 3
) -> go.Figure:
    """Draw images with their classes, as the tutorial's 3 x 3 `plot_images` does.

    Args:
        images: (N, H, W), values >= 0.
        labels: Their true classes.
        predictions: Their predicted classes, if they are to be told.
        columns: How many in a row.

    Returns:
        A Plotly figure.
    """
    titles = [f"True: {CLASS_NAMES[label]}" for label in labels]
    if predictions is not None:
        titles = [f"{title}, Pred: {CLASS_NAMES[digit]}" for title, digit in zip(titles, predictions, strict=True)]
    return images_figure(np.asarray(images, np.float32), titles, columns)


def filters_figure(weights: NDArray, input_channel: int = 0) -> go.Figure:
    """Draw the filters of a layer for one input channel, red positive and blue negative on one scale.

    The scale is symmetric and that of the whole layer, so that channels can be compared.

    Args:
        weights: (out, in, k, k).
        input_channel: Which of `in`, from 0.

    Returns:
        A Plotly figure of `out` images.
    """
    limit = float(np.abs(weights).max()) or 1.0
    chosen = np.asarray(weights)[:, input_channel]
    return _grid(chosen, (), None, SIGNED, low=-limit, high=limit, scale_title="weight")


def maps_figure(maps: NDArray) -> go.Figure:
    """Draw a layer's output (C, H, W), values >= 0, one image a channel, on one scale of ink."""
    return images_figure(maps)


def learning_figure(reports: Sequence[Progress], dark: bool = False) -> go.Figure:
    """Draw accuracy over iterations: of the training batches, and of the validation images.

    Args:
        reports: What `train` reported.
        dark: Whether the ground is dark.

    Returns:
        A Plotly figure.
    """
    figure = go.Figure()
    # Both colours stand out on light and dark grounds; neither is one of the signs of weights.
    for name, dash, color in (("training", "dot", TRAINING), ("validation", "solid", VALIDATION)):
        measured = [report for report in reports if getattr(report, f"{name}_accuracy") is not None]
        figure.add_scatter(
            x=[report.iteration for report in measured],
            y=[getattr(report, f"{name}_accuracy") for report in measured],
            mode="lines+markers",
            name=name,
            line={"color": color, "dash": dash},
            hovertemplate="%{y:.2%} after %{x:,} iterations",
        )
    figure.update_xaxes(title="iteration", rangemode="tozero")
    ink = (DARK if dark else LIGHT).ink
    figure.update_xaxes(gridcolor=f"{ink}22", zeroline=False)
    figure.update_yaxes(title="accuracy", tickformat=".0%", range=[0, 1.02], gridcolor=f"{ink}22", zeroline=False)
    return plain(figure, height=360).update_layout(font_color=ink)


def probabilities_figure(
    steps: NDArray, probabilities: NDArray, title: str, now: float, dark: bool = False
) -> go.Figure:
    """Draw how the probabilities of the digits change while something else changes, and where it stands now.

    The digits that reach highest are drawn, each named at a peak.

    Args:
        steps: (N,), what changes, ascending; whole numbers are marked at whole numbers.
        probabilities: (N, 10), 0 to 1, of each digit at each step.
        title: What changes, with its unit, below the axis.
        now: Where it stands, at an upright rule.
        dark: Whether the ground is dark.

    Returns:
        The figure, 240 pixels high.
    """
    ink = (DARK if dark else LIGHT).ink
    best = np.argsort(-probabilities.max(0), kind="stable")[: len(DASHES)]
    dashes = dict(zip(sorted(best), DASHES, strict=True))
    figure = go.Figure()
    for digit, peak in zip(best, _peaks_apart(steps, probabilities[:, best].T), strict=True):
        figure.add_scatter(
            x=steps,
            y=probabilities[:, digit],
            mode="lines+text",
            name=CLASS_NAMES[digit],
            line={"color": DIGITS[digit], "dash": dashes[digit], "width": 2},
            text=[CLASS_NAMES[digit] if i == peak else "" for i in range(len(steps))],
            textposition="top center",
            textfont={"size": 15, "color": ink},
            cliponaxis=False,
        )
    figure.add_vline(now, line={"color": ink, "width": 1}, opacity=0.5)
    figure.update_xaxes(title=title, range=[steps[0], steps[-1]] if steps[0] < steps[-1] else None, showgrid=False)
    if np.issubdtype(steps.dtype, np.integer) and np.ptp(steps) < FEW_STEPS:
        figure.update_xaxes(dtick=1)
    # A little beyond 0 and 1, where lines would otherwise be cut in half.
    figure.update_yaxes(title="probability", range=[-0.01, 1.01], tickformat=".0%", dtick=0.2, gridcolor=f"{ink}22")
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        axis.update(zeroline=False, title_standoff=12, title_font_size=14, ticklabelstandoff=5)
    plain(figure, height=240)
    return figure.update_layout(showlegend=False, font_color=ink, margin={"l": 68, "r": 12, "t": 24, "b": 56})


def _peaks_apart(steps: NDArray, curves: NDArray) -> list[int]:
    """Where to name each curve: at its highest point whose name meets none of those before it, if it has one."""
    across = (steps - steps[0]) / max(1e-9, float(np.ptp(steps))) / NAME_WIDTH
    up = curves / NAME_HEIGHT
    places: list[int] = []
    for number, curve in enumerate(curves):
        clear = np.ones(len(steps), bool)
        for other, place in enumerate(places):
            clear &= np.maximum(abs(across - across[place]), abs(up[number] - up[other, place])) >= 1
        places.append(int(np.where(clear if clear.any() else ~clear, curve, -1).argmax()))
    return places


def confusion_figure(confusion: NDArray) -> go.Figure:
    """Draw a confusion matrix; mistakes alone are shaded, the rare ones too.

    Args:
        confusion: Counts (10, 10), row true and column predicted class.

    Returns:
        A Plotly figure.
    """
    counts = np.asarray(confusion)
    wrong = counts * (1 - np.eye(len(counts), dtype=int))
    figure = go.Figure(
        go.Heatmap(
            z=np.sqrt(wrong),
            zmin=0,
            zmax=float(np.sqrt(wrong.max())) or 1.0,
            text=counts,
            texttemplate="%{text}",
            x=CLASS_NAMES,
            y=CLASS_NAMES,
            colorscale=INK,
            showscale=False,
            hovertemplate="true %{y}, predicted %{x}: %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(title="predicted class", side="top", type="category", constrain="domain")
    figure.update_yaxes(title="true class", autorange="reversed", type="category", scaleanchor="x")
    return plain(figure, height=480)


def _grid(
    images: NDArray,
    titles: Sequence[str],
    columns: int | None,
    colors: list,
    low: float,
    high: float,
    scale_title: str,
) -> go.Figure:
    """Draw images (N, H, W) in a grid, with one colour scale from `low` to `high`."""
    columns = columns or int(np.ceil(np.sqrt(len(images))))
    rows = -(-len(images) // columns)
    figure = make_subplots(
        rows, columns, subplot_titles=tuple(titles) or None, horizontal_spacing=0.01, vertical_spacing=0.06 / rows
    )
    for number, image in enumerate(images):
        heatmap = go.Heatmap(z=np.asarray(image, float), coloraxis="coloraxis", name=f"{number + 1}", zsmooth=False)
        figure.add_trace(heatmap, number // columns + 1, number % columns + 1)
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, autorange="reversed", constrain="domain")
    for number in range(len(images)):
        figure.layout[f"yaxis{number + 1 if number else ''}"].scaleanchor = f"x{number + 1 if number else ''}"
    figure.update_coloraxes(colorscale=colors, cmin=low, cmax=high, colorbar_title_text=scale_title)
    return plain(figure, height=max(260, 110 * rows))


def plain(figure: go.Figure, height: int) -> go.Figure:
    """Give a figure our font, no ground of its own, and narrow margins."""
    return figure.update_layout(
        font_family=FONT,
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        height=height,
        separators=".,",
    )
