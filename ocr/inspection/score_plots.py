"""Figures of how a network reads: confidence beside accuracy, coverage, robustness, a map of the digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ocr.data.split import CLASS_NAMES
from ocr.inspection.plots import DASHES, plain
from ocr.inspection.robustness import Kind, Measured
from ocr.palette import DARK, LIGHT, TRANSPARENT
from ocr.reading.evaluation import Evaluation
from ocr.reading.scores import RELIABILITY_BINS, coverage

LINES = (2, 1, 3, 5)  # places in the theme's chart colours, of the networks in their order
ABOVE = {"orientation": "h", "yanchor": "bottom", "y": 1.02}  # a legend that grows upwards, off the curves
READABLE = 0.6  # how far towards the ends of its colours a chart may go where numbers in ink stand on them
THRESHOLDS = np.concatenate([np.linspace(0, 0.9, 19), 1 - np.geomspace(0.09, 1e-4, 30)])


def reliability_figure(evaluation: Evaluation, dark: bool = False) -> go.Figure:
    """Draw accuracy over confidence in bins, with the images in each below; on the diagonal, both are the same.

    Args:
        evaluation: What a network said of a split.
        dark: Whether the ground is dark.

    Returns:
        A Plotly figure, 420 pixels high.
    """
    bins, colors = evaluation.reliability(RELIABILITY_BINS), (DARK if dark else LIGHT).lines
    middles = (bins.edges[1:] + bins.edges[:-1]) / 2
    right = np.rint(np.nan_to_num(bins.accuracy) * bins.count).astype(int)
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.7, 0.3], vertical_spacing=0.08)
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": colors[4], "dash": "dot"}, hoverinfo="skip", row=1, col=1
    )
    figure.add_scatter(
        x=bins.confidence,
        y=bins.accuracy,
        mode="lines+markers",
        line_color=colors[2],
        connectgaps=True,
        customdata=np.stack([right, bins.count], 1),
        hovertemplate="%{x:.1%} sure: %{customdata[0]:,} of %{customdata[1]:,} right, %{y:.1%}<extra></extra>",
        row=1,
        col=1,
    )
    figure.add_bar(
        x=middles,
        y=bins.count,
        marker_color=colors[4],
        width=0.09,
        hovertemplate="%{y:,} images<extra></extra>",
        row=2,
        col=1,
    )
    figure.update_yaxes(title="accuracy", range=[-0.02, 1.04], tickformat=".0%", row=1, col=1)
    figure.update_yaxes(title="images", type="log", row=2, col=1)
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%")
    figure.update_xaxes(title="confidence", row=2, col=1)
    return framed(figure, colors[0], 420)


def coverage_figure(evaluation: Evaluation, threshold: float, dark: bool = False) -> go.Figure:
    """Draw the share of mistakes among the images that are read, over the share that is read (risk and coverage).

    Args:
        evaluation: What a network said of a split.
        threshold: The least confidence that is asked for, 0..1, marked in the figure.
        dark: Whether the ground is dark.

    Returns:
        A Plotly figure, 300 pixels high.
    """
    colors = (DARK if dark else LIGHT).lines
    points = [(level, coverage(evaluation, level)) for level in (*THRESHOLDS, threshold)]
    drawn = [(point.kept / point.count, 1 - point.accuracy, level) for level, point in points if point.kept]
    curve, here = sorted(drawn[:-1]), drawn[-1]
    figure = go.Figure()
    said = "asked to be %{customdata:.2%} sure: %{x:.1%} read, %{y:.2%} of them wrong<extra></extra>"
    for rows, mode, color in ((curve, "lines", colors[2]), ([here], "markers", colors[1])):
        x, y, levels = zip(*rows, strict=True)
        figure.add_scatter(
            x=x, y=y, mode=mode, customdata=levels, hovertemplate=said, line_color=color, marker={"size": 12}
        )
    figure.update_xaxes(title="share of the images that is read", tickformat=".1%")
    figure.update_yaxes(title="wrong among them", tickformat=".2%", rangemode="tozero")
    return framed(figure, colors[0], 300)


def robustness_figure(
    measured: Mapping[str, Sequence[Measured]], kind: Kind, legend: bool = False, dark: bool = False
) -> go.Figure:
    """Draw accuracy over the strength of one kind of harm, a line for each network.

    Args:
        measured: What `measure_robustness` found, by the network's name; up to four.
        kind: The kind.
        legend: Whether to name the networks.
        dark: Whether the ground is dark.

    Returns:
        A Plotly figure, 250 pixels high.
    """
    theme = DARK if dark else LIGHT
    figure = go.Figure()
    for number, (name, found) in enumerate(measured.items()):
        points = [each for each in found if each.kind == kind.name]
        figure.add_scatter(
            x=[each.strength for each in points],
            y=[each.correct / each.count for each in points],
            customdata=[[each.correct, each.count] for each in points],
            hovertemplate="%{x}: %{customdata[0]:,} of %{customdata[1]:,} right, %{y:.1%}",
            mode="lines+markers",
            name=name,
            line={"color": theme.lines[LINES[number]], "dash": (*DASHES, "dashdot")[number]},
        )
    figure.update_yaxes(range=[-0.02, 1.04], tickformat=".0%")
    figure.update_xaxes(title={"text": kind.unit, "font_size": 12})
    framed(figure, theme.ink, 250)
    return figure.update_layout(
        title={"text": kind.name, "font_size": 15, "x": 0.02},
        showlegend=legend,
        legend={"x": 0, "y": 0, "bgcolor": f"{theme.ground}cc"},
        margin={"l": 44, "t": 36, "b": 44},
    )


def going_figure(curves: Mapping[str, NDArray], dark: bool = False) -> go.Figure:
    """Draw accuracy as filters are switched off one after the other, in several orders.

    Args:
        curves: float (filters + 1,) of 0..1 by the order's name: accuracy with all, without the first, and so on.
        dark: Whether the ground is dark.

    Returns:
        A Plotly figure, 340 pixels high.
    """
    theme = DARK if dark else LIGHT
    figure = go.Figure()
    for number, (name, accuracies) in enumerate(curves.items()):
        figure.add_scatter(
            y=accuracies,
            mode="lines",
            name=name,
            line={"color": theme.lines[LINES[number]], "dash": DASHES[number]},
            hovertemplate="%{x} switched off: %{y:.2%}",
        )
    figure.update_xaxes(title="filters switched off")
    figure.update_yaxes(title="accuracy", tickformat=".0%", range=[-0.02, 1.04])
    return framed(figure, theme.ink, 340).update_layout(showlegend=True, legend=ABOVE)


def growth_figure(
    iterations: Sequence[int], curves: Mapping[str, NDArray], title: str, now: int | None, dark: bool = False
) -> go.Figure:
    """Draw what was measured at each snapshot of a run, which stand side by side: most are among the first iterations.

    Args:
        iterations: (S,), of the snapshots, ascending.
        curves: float (S,) by name: shares of 1 if there is one curve, else positive values, drawn over decades.
        title: What is measured.
        now: The iteration of the snapshot on show, at an upright rule; None for none of them.
        dark: Whether the ground is dark.

    Returns:
        A Plotly figure, 280 pixels high.
    """
    theme = DARK if dark else LIGHT
    names = [f"{iteration:,}" for iteration in iterations]
    figure = go.Figure()
    for number, (name, values) in enumerate(curves.items()):
        figure.add_scatter(
            x=names,
            y=values,
            mode="lines+markers",
            name=name,
            line={"color": theme.lines[number % len(theme.lines)], "dash": (*DASHES, "dashdot")[number % 4]},
            hovertemplate="%{y:.2%} after %{x}" if len(curves) == 1 else "%{y:.3g} after %{x}",
        )
    if now is not None and now in iterations:
        figure.add_vline(list(iterations).index(now), line={"color": theme.ink, "width": 1}, opacity=0.5)
    figure.update_xaxes(title="iterations", type="category")
    figure.update_yaxes(title=title)
    if len(curves) == 1:
        figure.update_yaxes(tickformat=".0%", range=[-0.02, 1.04])
    else:
        figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    return framed(figure, theme.ink, 280).update_layout(showlegend=len(curves) > 1, legend=ABOVE)


def confusion_difference_figure(first: NDArray, second: NDArray, dark: bool = False) -> go.Figure:
    """Draw how many images more (red) or fewer (blue) the second network reads as each class than the first.

    Args:
        first: Counts (10, 10), row true and column predicted class.
        second: The other network's, of the same images.
        dark: Whether the ground is dark.

    Returns:
        A Plotly figure.
    """
    theme = DARK if dark else LIGHT
    difference = np.asarray(second) - np.asarray(first)
    limit = float(abs(difference).max()) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=difference,
            zmin=-limit / READABLE,
            zmax=limit / READABLE,
            textfont_color=theme.ink,
            text=[[f"{count:+d}".replace("-", "−") if count else "" for count in row] for row in difference],
            texttemplate="%{text}",
            x=CLASS_NAMES,
            y=CLASS_NAMES,
            colorscale=[[0, theme.negative], [0.5, theme.ground], [1, theme.positive]],
            showscale=False,
            hovertemplate="true %{y}, predicted %{x}: %{z:+d}<extra></extra>",
        )
    )
    figure.update_xaxes(title="predicted class", side="top", type="category", constrain="domain")
    squares = {"scaleanchor": "x", "constrain": "domain", "constraintoward": "top"}  # below the numbers of the columns
    figure.update_yaxes(title="true class", autorange="reversed", type="category", **squares)
    framed(figure, theme.ink, 460)
    figure.update_layout(
        margin={"l": 40, "r": 2, "t": 48, "b": 8}
    )  # on a phone, numbers are as large as cells let them
    return figure.update_xaxes(showgrid=False, title_standoff=4).update_yaxes(showgrid=False, title_standoff=4)


def framed(figure: go.Figure, ink: str, height: int) -> go.Figure:
    """Give a figure our font in a theme's ink, faint lines, and no legend.

    Args:
        figure: The figure, which is changed.
        ink: The theme's ink, as a CSS colour.
        height: In pixels.

    Returns:
        The same figure.
    """
    figure.update_xaxes(gridcolor=f"{ink}22", zeroline=False)
    figure.update_yaxes(gridcolor=f"{ink}22", zeroline=False)
    plain(figure, height)
    return figure.update_layout(
        showlegend=False,
        font_color=ink,
        margin={"l": 64, "r": 12, "t": 40, "b": 52},
        modebar={"bgcolor": TRANSPARENT, "color": f"{ink}99", "activecolor": ink},
    )
