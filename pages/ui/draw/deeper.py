"""What opens from the lens: one look deeper at a time, chosen by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from ocr import CNN, Checkpoint, OCRError, Trace, from_strokes, predict, trace
from ocr.ink.canvas import SIZE
from ocr.ink.preparation import first_points, preparation_steps, tucked_away, vary
from ocr.ink.segment import Glyph
from ocr.ink.strokes import Ink, Strokes
from ocr.inspection.plots import probabilities_figure
from ocr.inspection.traces import partial_convolution
from pages.ui import session
from pages.ui.draw.neurons import show_neurons
from pages.ui.draw.two import show_two
from pages.ui.draw.why import show_why
from pages.ui.elements.maps import show_image
from pages.ui.elements.prediction import verdict
from pages.ui.elements.redrawn import Slider, show_redrawn
from pages.ui.elements.slide import show_slide
from pages.ui.flowing import show_flowchart
from pages.ui.frame import is_dark, share_cores
from pages.ui.kept import keep_look
from pages.ui.text.heading import show_heading
from pages.ui.text.numbers import true_minus
from pages.ui.text.say import say_error
from pages.ui.text.terms import tell_lines
from pages.ui.text.units import capital

VARIATIONS = {  # label: (argument of lesson.vary, lowest, highest, step, neutral, unit)
    "Rotation": ("rotation", -60.0, 60.0, 1.0, 0.0, "°"),
    "Shift right": ("right", -8.0, 8.0, 0.25, 0.0, " px"),
    "Shift down": ("down", -8.0, 8.0, 0.25, 0.0, " px"),
    "Size": ("size", 0.4, 1.4, 0.02, 1.0, " ×"),
    "Thickness": ("thickness", 0.3, 2.5, 0.05, 1.0, " ×"),
}
NEED_STROKES = ("How it was prepared", "Change the drawing", "Stroke by stroke")
CURVE_POINTS = 31
SCRUB_STEPS = 40
BROAD = 36  # units of the canvas: the broadest pen that can be chosen


@st.fragment
def show_deeper(weights: Checkpoint, glyph: Glyph, told: tuple[int, int]) -> None:
    """A row of looks deeper at a digit; none is open at first, and only the open one is computed.

    `told` says of which state of the drawing the digit is.
    """
    share_cores()
    assert isinstance(weights.model, CNN)
    if session.drawing().changed or session.drawing().told != told:  # there is another digit by now
        st.rerun()
    strokes = glyph.strokes
    looks: dict[str, Callable[[], None]] = {
        "Why this digit": lambda: show_why(weights, traced),
        "Neurons and digits": lambda: show_neurons(weights, traced),
        "The whole network": lambda: show_whole(weights, traced),
        "Two networks": lambda: show_two(weights, glyph),
        "Slide the window": lambda: show_window(weights, traced),
        "How it was prepared": lambda: show_preparation(weights, strokes),
        "Change the drawing": lambda: show_changes(weights, strokes),
        "Stroke by stroke": lambda: show_scrubbing(weights, strokes),
    }
    if not len(strokes):
        looks = {name: look for name, look in looks.items() if name not in NEED_STROKES}
    session.DEEPER.keep_among([None, *looks])
    st.divider()
    show_heading("Look deeper", unseen=True)
    chosen = st.segmented_control("Look deeper", list(looks), key=session.DEEPER.key)
    keep_look()
    if not len(strokes):
        st.caption(f"{', '.join(NEED_STROKES[:-1])} and {NEED_STROKES[-1]} need a drawing on the canvas.")
    if chosen is None:
        return
    traced = trace(weights.model, glyph.image)
    with st.container(key="deeper_view"):
        try:
            looks[chosen]()
        except OCRError as error:  # a fragment that runs by itself is beyond the frame's reach
            say_error(error)


def show_whole(weights: Checkpoint, traced: Trace) -> None:
    """The flowchart of the network, as Home has it, for this digit."""
    name = "A sample, until you draw" if session.drawing().empty else capital(session.drawing().name)
    show_flowchart(weights, traced, identity="drawing", caption=f"{name}.")


def show_window(weights: Checkpoint, traced: Trace) -> None:
    """The stepping view for a layer, one of its filters and one of the filter's inputs."""
    model = weights.model
    assert isinstance(model, CNN)
    with st.container(horizontal=True):
        layer = st.selectbox("Layer", range(1, len(traced.layers) + 1), key="window_layer", width=110) - 1
        count, inputs = model.convs[layer].weight.shape[:2]
        channel = st.selectbox("Filter", range(1, count + 1), key=f"window_filter_{layer}", width=110) - 1
        source = 0
        if inputs > 1:
            source = st.selectbox("Input map", range(1, inputs + 1), key=f"window_input_{layer}", width=130) - 1
    values = traced.layers[layer - 1].maps[source] if layer else traced.image
    part = (
        f"what input map {source + 1} adds to map {channel + 1}"
        if inputs > 1
        else f"map {channel + 1}, before the bias"
    )
    tell_lines(
        "The window moves one pixel at a time: that is a [[stride]] of 1. Beyond the edge it finds zeros, the "
        "[[padding]] (SAME). So there are as many answers as pixels.",
        small=True,
    )
    conv, traced_layer = model.convs[layer], traced.layers[layer]
    assert conv.bias is not None
    show_slide(
        values,
        conv.weight[channel, source].detach().numpy(),
        partial_convolution(model, traced, layer, channel, source),
        traced_layer.convolved[channel],
        traced_layer.maps[channel],
        float(conv.bias[channel]),
        inputs - 1,
        f"Map {source + 1} of layer {layer}" if layer else "The image",
        part[0].upper() + part[1:],
    )


def show_preparation(weights: Checkpoint, strokes: Strokes) -> None:
    """Every step from canvas to 28 × 28, and how the digit had been read without it."""
    drawings = {
        "Your drawing": (strokes, session.STROKE_WIDTH.value),
        "The same, tiny in a corner": (tucked_away(strokes, SIZE), session.STROKE_WIDTH.value),
        "The same, with a broad pen": (strokes, BROAD),
    }
    own, *_ = drawings
    chosen = st.segmented_control("Prepared", list(drawings), default=own, required=True, key="prepared") or own
    drawn, pen = drawings[chosen]
    steps = preparation_steps(drawn, SIZE, pen)
    with st.container(horizontal=True, gap="medium"):
        for number, step in enumerate(steps):
            with st.container(width=180):
                st.markdown(f"**{number + 1}. {step.name}**")
                about = f"The image after: {step.explanation}"
                show_image(step.image, key=f"step_{number}", limit=1.0, largest=6, description=about)
                st.caption(step.explanation)
                if step.without is not None:
                    about = f"The input without this step: {step.name}"
                    show_image(step.without, key=f"without_{number}", limit=1.0, largest=3, description=about)
                    prediction = predict(weights, [step.without])[0]
                    st.caption(f"Without this step: {verdict(prediction)}")


def show_changes(weights: Checkpoint, strokes: Strokes) -> None:
    """Sliders that change the drawing, and the probabilities along one of them."""
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=260):
            values = {variation[0]: choose_value(label, *variation) for label, variation in VARIATIONS.items()}
        sliders: list[Slider] = [
            {"key": f"vary_{name}", "changes": name, "value": values[name], "low": low, "step": step}
            for name, low, _, step, _, _ in VARIATIONS.values()
        ]
        show_read(weights, varied(strokes, values), strokes, sliders, "varied", "The changed drawing")
        with st.container(width=520):
            label = (
                st.segmented_control("Along", list(VARIATIONS), default="Rotation", key="vary_along", wrap=True)
                or "Rotation"
            )
            argument, low, high, *_, unit = VARIATIONS[label]
            grid = np.linspace(low, high, CURVE_POINTS)
            predictions = predict(weights, [varied(strokes, values | {argument: float(value)}) for value in grid])
            probabilities = np.stack([prediction.probabilities for prediction in predictions])
            show_probabilities(grid, probabilities, f"{label} ({unit.strip()})", values[argument])


def choose_value(label: str, argument: str, low: float, high: float, step: float, neutral: float, unit: str) -> float:
    """A slider that writes values as other numbers are: with a true minus sign, and no more decimals than needed."""
    options = [round(low + i * step, 2) for i in range(round((high - low) / step) + 1)]
    return st.select_slider(
        label, options, neutral, format_func=lambda value: true_minus(f"{value:g}{unit}"), key=f"vary_{argument}"
    )


def show_read(
    weights: Checkpoint, image: Ink, strokes: Strokes, sliders: list[Slider], key: str, description: str
) -> None:
    """An image above what it is read as, in words of one line or two; both follow the sliders."""
    said = verdict(predict(weights, [image])[0])
    with st.container(width=224):
        show_redrawn(image, said[0].upper() + said[1:], strokes, sliders, key=key, description=description)


def varied(strokes: Strokes, values: dict[str, float]) -> Ink:
    """The drawing changed by the sliders' values."""
    shift = (values["right"], values["down"])
    return vary(strokes, values["rotation"], shift, values["size"], values["thickness"])


def show_probabilities(steps: np.ndarray, probabilities: np.ndarray, title: str, now: float) -> None:
    """Draw curves of the digits that reach highest, with a rule at `now`.

    Streamlit draws a Plotly chart anew when it changes, and would lose a zoom: nothing in it reacts to the pointer.
    """
    figure = probabilities_figure(steps, probabilities, title, now, is_dark())
    st.plotly_chart(
        figure, theme=None, key="vary_chart", config={"staticPlot": True}, alt=f"The digits' probabilities by {title}"
    )


def show_scrubbing(weights: Checkpoint, strokes: Strokes) -> None:
    """A slider over the points of the drawing, and how it was read up to there."""
    total = sum(len(np.asarray(stroke)) for stroke in strokes)
    upto = st.slider("Points drawn", 1, max(2, total), max(2, total), key=f"scrub_{total}")
    steps = np.unique(np.linspace(1, total, min(total, SCRUB_STEPS)).astype(int))
    with st.container(horizontal=True, gap="medium"):
        slider: Slider = {"key": f"scrub_{total}", "changes": "points", "value": upto, "low": 0, "step": 1}
        show_read(weights, drawn_to(strokes, upto), strokes, [slider], "scrubbed", "The drawing up to here")
        with st.container(width=520):
            probabilities = np.stack(
                [one.probabilities for one in predict(weights, [drawn_to(strokes, int(points)) for points in steps])]
            )
            show_probabilities(steps, probabilities, "points drawn", upto)


def drawn_to(strokes: Strokes, points: int) -> Ink:
    """The image of the first points, prepared as if the drawing ended there."""
    return from_strokes(first_points(strokes, points))
