"""Figures show the numbers they are given: crisp pixels, one scale, zero in the middle where signs count."""

from __future__ import annotations

import json
import tomllib

import numpy as np
import pytest

from ocr.inspection.plots import (
    confusion_figure,
    example_images_figure,
    filters_figure,
    image_figure,
    images_figure,
    learning_figure,
    maps_figure,
    probabilities_figure,
)
from ocr.palette import DARK, DIGITS, INK, LIGHT, SIGNED
from ocr.training.report import Progress
from tests import PROJECT

RANDOM = np.random.default_rng(0)
WEIGHTS = RANDOM.normal(0, 0.1, (16, 3, 5, 5)).astype(np.float32)
IMAGES = RANDOM.random((9, 28, 28), np.float32)
COUNTS = RANDOM.integers(0, 900, (10, 10))

FIGURES = {
    "image": lambda: image_figure(IMAGES[0], "a digit"),
    "bytes": lambda: image_figure((IMAGES[0] * 255).astype(np.uint8)),
    "images": lambda: images_figure(IMAGES, columns=4),
    "one row": lambda: images_figure(IMAGES[:2]),
    "dark": lambda: images_figure(IMAGES * 0),
    "examples": lambda: example_images_figure(IMAGES, range(9), [0] * 9),
    "filters": lambda: filters_figure(WEIGHTS),
    "filters of zeros": lambda: filters_figure(WEIGHTS * 0),
    "maps": lambda: maps_figure(RANDOM.random((36, 7, 7))),
    "odd maps": lambda: maps_figure(RANDOM.random((37, 4, 4))),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_is_valid_crisp_and_on_one_scale(name):
    figure = FIGURES[name]()
    document = json.loads(figure.to_json())
    assert document["data"]
    for heatmap in figure.data:
        assert heatmap.type == "heatmap"
        assert heatmap.zsmooth is False
        assert heatmap.coloraxis == "coloraxis"
    axis = figure.layout.coloraxis
    assert axis.cmin < axis.cmax
    for heatmap in figure.data:
        rows = document["layout"][heatmap.yaxis.replace("y", "yaxis")]
        assert rows["autorange"] == "reversed"  # row 0 on top
        assert rows["scaleanchor"] == heatmap.xaxis  # square pixels
    assert sum(key.startswith("coloraxis") for key in document["layout"]) == 1


def test_images_are_the_pixels_given():
    figure = images_figure(IMAGES, columns=4)
    assert len(figure.data) == 9
    for heatmap, image in zip(figure.data, IMAGES, strict=True):
        np.testing.assert_allclose(heatmap.z, image)
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, pytest.approx(IMAGES.max()))
    assert [list(stop) for stop in figure.layout.coloraxis.colorscale] == INK
    assert [heatmap.xaxis for heatmap in figure.data] == ["x", *(f"x{number}" for number in range(2, 10))]


@pytest.mark.parametrize("channel", [0, 2])
def test_filters_are_signed_about_zero_on_the_whole_layers_scale(channel):
    figure = filters_figure(WEIGHTS, channel)
    axis = figure.layout.coloraxis
    assert axis.cmin == -axis.cmax == pytest.approx(-np.abs(WEIGHTS).max())
    colors = [list(stop) for stop in axis.colorscale]
    assert colors == SIGNED
    assert colors[2] == [0.5, "#f7f7f7"]
    for heatmap, weights in zip(figure.data, WEIGHTS[:, channel], strict=True):
        np.testing.assert_allclose(heatmap.z, weights)


def test_red_is_positive_and_blue_negative():
    def channels(color):
        return [int(color[start : start + 2], 16) for start in (1, 3, 5)]

    (red, _, blue), (low_red, _, low_blue) = channels(SIGNED[-1][1]), channels(SIGNED[0][1])
    assert red > 2 * blue
    assert low_blue > 2 * low_red


def test_ink_is_dark_on_light():
    assert int(INK[0][1][1:], 16) > int(INK[1][1][1:], 16)


def test_ink_and_ground_are_those_of_the_app():
    theme = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())["theme"]["light"]
    assert [color for _, color in INK] == [theme["backgroundColor"], theme["textColor"]]


def test_lines_and_text_of_charts_are_those_of_the_app():
    themes = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())["theme"]
    for name, lines in {"light": LIGHT.lines, "dark": DARK.lines}.items():
        assert themes[name]["chartCategoricalColors"] == list(lines)
        assert themes[name]["textColor"] == lines[0]


def titles(figure):
    return [annotation.text for annotation in figure.layout.annotations]


def test_examples_say_what_is_true_and_what_was_predicted():
    assert titles(example_images_figure(IMAGES[:3], [7, 2, 1])) == ["True: 7", "True: 2", "True: 1"]
    expected = ["True: 7, Pred: 7", "True: 2, Pred: 3", "True: 1, Pred: 1"]
    assert titles(example_images_figure(IMAGES[:3], [7, 2, 1], [7, 3, 1])) == expected
    with pytest.raises(ValueError, match="zip"):
        example_images_figure(IMAGES[:3], [7, 2, 1], [7, 3])


@pytest.mark.parametrize("counts", [COUNTS, np.diag(COUNTS.diagonal())])
def test_confusion_shows_every_count(counts):
    figure = confusion_figure(counts)
    json.loads(figure.to_json())
    heatmap = figure.data[0]
    np.testing.assert_array_equal(heatmap.text, counts)
    assert heatmap.texttemplate == "%{text}"
    assert tuple(heatmap.x) == tuple(heatmap.y) == tuple("0123456789")
    assert figure.layout.yaxis.autorange == "reversed"
    assert "true" in figure.layout.yaxis.title.text
    assert "predicted" in figure.layout.xaxis.title.text
    # What is right is ground; the most frequent mistake is darkest; with no mistakes all is ground.
    z = np.array(heatmap.z, float)
    assert (z.diagonal() == 0).all()
    assert heatmap.zmin == 0 < heatmap.zmax
    assert heatmap.zmax >= z.max()
    wrong = counts * (1 - np.eye(10, dtype=int))
    assert z.argmax() == wrong.argmax()


def test_learning_leaves_out_what_was_not_measured():
    figures = [(0, None, 0.1), (1, 0.2, None), (100, 0.7, 0.8)]
    figure = learning_figure(
        [Progress(i, training, None, validation, None, 0, 0, 0) for i, training, validation in figures]
    )
    training, validation = figure.data
    assert (training.name, validation.name) == ("training", "validation")
    assert list(zip(training.x, training.y, strict=True)) == [(1, 0.2), (100, 0.7)]
    assert list(zip(validation.x, validation.y, strict=True)) == [(0, 0.1), (100, 0.8)]


def three_curves(*curves: list[float]) -> np.ndarray:
    """Probabilities in which the digits 1, 7 and 9, in this order, take these courses, and the others stay at 0."""
    probabilities = np.zeros((len(curves[0]), 10))
    probabilities[:, [1, 7, 9][: len(curves)]] = np.transpose(curves)
    return probabilities


def names_at(figure) -> dict[str, list[int]]:
    """Where along each curve its name is written."""
    return {curve.name: [i for i, text in enumerate(curve.text) if text] for curve in figure.data}


@pytest.mark.parametrize(("dark", "ink"), [(False, LIGHT.ink), (True, DARK.ink)])
def test_probabilities_are_those_of_the_digits_that_reach_highest(dark, ink):
    probabilities = three_curves([0.4, 0.05, 0.7], [0.5, 0.9, 0.2], [0.1, 0.02, 0.08])
    probabilities[:, 4] = [0, 0.03, 0.02]
    steps = np.array([-60.0, 0.0, 60.0])
    figure = probabilities_figure(steps, probabilities, "Rotation (°)", 15.0, dark)
    json.loads(figure.to_json())
    assert [curve.name for curve in figure.data] == ["7", "1", "9"]
    for curve in figure.data:
        np.testing.assert_array_equal(curve.x, steps)
        np.testing.assert_array_equal(curve.y, probabilities[:, int(curve.name)])
    looks = {curve.name: (curve.line.color, curve.line.dash) for curve in figure.data}
    assert {name: color for name, (color, _) in looks.items()} == {name: DIGITS[int(name)] for name in ("1", "7", "9")}
    assert len({dash for _, dash in looks.values()}) == 3
    assert figure.layout.shapes[0].x0 == figure.layout.shapes[0].x1 == 15
    assert figure.layout.xaxis.title.text == "Rotation (°)"
    assert figure.layout.xaxis.range == (-60, 60)
    assert figure.layout.yaxis.range == pytest.approx((0, 1), abs=0.02)
    assert figure.layout.height == 240
    assert {figure.layout.font.color, *(curve.textfont.color for curve in figure.data)} == {ink}


def test_names_of_curves_that_meet_stand_apart():
    curves = [0.0, 0.5, 1.0, 1.0, 1.0], [0.2, 0.4, 1.0, 0.6, 0.9], [0.99, 0.1, 0.0, 0.0, 0.0]
    names = names_at(probabilities_figure(np.arange(5.0), three_curves(*curves), "", 0))
    assert names == {"1": [2], "7": [4], "9": [0]}  # the peak of 7 is that of 1 too


def test_names_of_a_single_step_are_all_there():
    names = names_at(probabilities_figure(np.array([1]), three_curves([0.0], [0.2], [0.99]), "", 1))
    assert set(map(tuple, names.values())) == {(0,)}
    assert len(names) == 3


@pytest.mark.parametrize(("last", "tick"), [(3, 1), (60, None)])
def test_points_are_counted_in_whole_numbers(last, tick):
    steps = np.arange(1, last + 1)
    assert probabilities_figure(steps, three_curves(steps / last), "points", 1).layout.xaxis.dtick == tick
