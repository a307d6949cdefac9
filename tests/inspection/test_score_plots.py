"""Figures have the numbers that they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import Evaluation
from ocr.inspection.map_plots import digit_map_figure, map_course_figure
from ocr.inspection.robustness import KINDS, Measured
from ocr.inspection.score_plots import (
    confusion_difference_figure,
    coverage_figure,
    reliability_figure,
    robustness_figure,
)
from ocr.palette import DARK, DIGITS, LIGHT
from tests.colors import channels, contrast


@pytest.fixture
def evaluation() -> Evaluation:
    """Six images of a 1: four read right, the surest of all a mistake."""
    probabilities = np.zeros((6, 10), np.float32)
    sure = np.array([0.99, 0.95, 0.9, 0.8, 0.7, 0.62], np.float32)
    read = np.array([7, 1, 1, 1, 2, 1])
    probabilities[np.arange(6), read] = sure
    probabilities[np.arange(6), 5] += 1 - sure
    return Evaluation(probabilities, np.ones(6, np.int64))


def test_reliability(evaluation):
    _, curve, bars = reliability_figure(evaluation).data
    assert bars.y.tolist() == [0] * 6 + [1, 1, 1, 3]
    assert curve.y[6:].tolist() == pytest.approx([1, 0, 1, 2 / 3])
    assert curve.customdata[9].tolist() == [2, 3]


def test_coverage(evaluation):
    curve, here = coverage_figure(evaluation, 0.75).data
    assert (here.x, here.y) == (pytest.approx((4 / 6,)), pytest.approx((1 / 4,)))
    assert curve.x[-1] == 1
    assert curve.y[-1] == pytest.approx(2 / 6)
    assert curve.x[0] == pytest.approx(1 / 6)
    assert curve.y[0] == 1  # the surest reading is wrong
    assert len(coverage_figure(evaluation, 1.0).data) == 2  # where nothing is read, there is no share of it


def test_robustness():
    def network(right: int) -> list[Measured]:
        return [Measured(kind.name, strength, right, 10) for kind in KINDS for strength in kind.strengths]

    figure = robustness_figure({"one": network(9), "other": network(5)}, KINDS[2], legend=True, dark=True)
    assert [(line.name, line.x, line.y) for line in figure.data] == [
        ("one", KINDS[2].strengths, (0.9,) * 7),
        ("other", KINDS[2].strengths, (0.5,) * 7),
    ]
    assert figure.layout.title.text == "Rotation"
    assert len({line.line.color for line in figure.data}) == len({line.line.dash for line in figure.data}) == 2


def test_map_of_the_digits():
    places = np.arange(8, dtype=np.float32).reshape(4, 2)
    labels, predictions = np.array([0, 0, 3, 3]), np.array([0, 5, 3, 3])
    figure = digit_map_figure(places, labels, predictions, drawn=np.array([1.0, 2.0], np.float32))
    by_name = {trace.name: trace for trace in figure.data}
    assert by_name["3"].customdata[:, 0].tolist() == [2, 3]
    assert by_name["3"].marker.color == DIGITS[3]
    assert by_name["misread"].customdata.tolist() == [[1, 5, 2]]
    assert (*by_name["your drawing"].x, *by_name["your drawing"].y) == (1, 2)
    assert [note.text for note in figure.layout.annotations] == ["<b>0</b>", "<b>3</b>"]


@pytest.mark.parametrize("color", DIGITS)
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_points_of_digits_stand_out_on_both_grounds(color, theme):
    assert contrast(channels(color), channels(theme.ground)) >= 2.5  # large areas, or with their digit beside them


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_difference_of_confusions(theme):
    first, second = np.zeros((10, 10), int), np.zeros((10, 10), int)
    first[4, 9], second[4, 4] = 3, 3
    figure = confusion_difference_figure(first, second, dark=theme is DARK)
    (heatmap,) = figure.data
    assert (heatmap.z[4][9], heatmap.z[4][4]) == (-3, 3)
    assert heatmap.zmin == -heatmap.zmax
    for end in (theme.negative, theme.positive):
        ground, strongest = channels(theme.ground), 3 / heatmap.zmax
        cell = tuple(round(a + (b - a) * strongest) for a, b in zip(ground, channels(end), strict=True))
        assert contrast(channels(heatmap.textfont.color), cell) > 4.2
    assert heatmap.text[4][9] == "−3"
    layout = figure.layout
    assert 328 - layout.margin.l - layout.margin.r >= 10 * 28  # on a phone: a number of four signs in 10 pixels' height
    assert layout.yaxis.constraintoward == "top"  # where the numbers of the columns are


def test_a_course_has_a_frame_for_each_map_and_a_slider_over_them():
    course = np.random.default_rng(0).normal(size=(3, 20, 2)).astype(np.float32)
    labels = np.arange(20) % 4
    figure = map_course_figure(course, labels, [0, 10, 1_000])
    assert [frame.name for frame in figure.frames] == ["0", "10", "1000"]
    assert [step.label for step in figure.layout.sliders[0].steps] == ["0", "10", "1,000"]
    for frame, places in zip(figure.frames, course, strict=True):
        for digit, trace in enumerate(frame.data):
            np.testing.assert_array_equal(trace.x, places[labels == digit, 0])
    np.testing.assert_array_equal(figure.data[2].y, course[-1, labels == 2, 1])
    assert [trace.name for trace in figure.data] == ["0", "1", "2", "3"]
