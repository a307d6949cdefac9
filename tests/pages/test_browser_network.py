"""The network in the page says what Python says: the scripts run in a blank page, without a server."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from ocr import Checkpoint, CNNConfig, from_strokes, load_checkpoint
from ocr.ink import arrange, canvas, pieces
from ocr.ink import strokes as ink_strokes
from ocr.ink.canvas import tidy
from ocr.ink.preparation import first_points, vary
from ocr.ink.segment import drawn_last, segment_strokes
from ocr.network.linear import LinearConfig
from ocr.network.models import NetworkConfig, build_model
from pages.ui.draw.deeper import VARIATIONS
from pages.ui.elements.base import HERE
from tests.measure.browser_network import THREE_LAYERS, differences, made_up, open_scripts, pen_digits, prefixes
from tests.strokes import FOUR

PEN_DIGITS = os.environ.get("OCR_PEN_DIGITS")
BOUNDS = {"image": 1e-4, "logit": 1e-3, "probability": 1e-4, "map": 1e-3}


@pytest.fixture
def page(browser) -> Page:
    page = browser.new_page()
    open_scripts(page)
    yield page
    page.close()


def untrained(config: NetworkConfig) -> Checkpoint:
    """A network with weights so large that its logits differ, and calibrated."""
    model = build_model(config, seed=1).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.mul_(3) if parameter.any() else parameter.normal_(generator=torch.Generator().manual_seed(2))
    return Checkpoint(model, {}, {"temperature": torch.tensor([1.7])})


NETWORKS = {
    "shipped": load_checkpoint,
    "tutorial": lambda: untrained(CNNConfig()),
    "three layers": lambda: untrained(THREE_LAYERS),
    "linear": lambda: untrained(LinearConfig()),
}


def assert_same(page: Page, checkpoint: Checkpoint, drawings: list) -> None:
    found = differences(page, checkpoint, drawings)
    assert {name: found[name] for name, bound in BOUNDS.items() if found[name] > bound} == {}
    assert found["digits"] == 0


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("name", NETWORKS)
def test_the_page_says_what_python_says_of_drawings_and_of_their_beginnings(page, name):
    drawings = made_up(40)
    assert_same(page, NETWORKS[name](), drawings + prefixes(drawings, 40))


@pytest.mark.parametrize("name", ["shipped", "tutorial"])
def test_the_page_says_what_python_says_of_pen_digits(page, name):
    if not PEN_DIGITS:
        pytest.skip("pen-drawn digits are not here; set OCR_PEN_DIGITS to their stroke file")
    drawings = pen_digits(Path(PEN_DIGITS))[::100]
    assert_same(page, NETWORKS[name](), drawings + prefixes(drawings, 40))


@pytest.mark.parametrize(
    "drawing",
    [
        [[[140.0, 140.0]]],  # a dot
        [[[140.0, 140.0], [140.2, 140.7], [141.5, 141.0]]],  # a tap of an unsteady hand
        [[[20.0, 50.0], [260.0, 50.0]]],  # as flat as can be
        [[[20.0, 50.0]], [[24.0, 53.0], [22.0, 260.0]]],
        [[[-3.2, 281.7], [0.1, -0.1], [12.3, 7.6], [12.4, 7.6], [290.0, 4.5]]],  # beyond the canvas
    ],
)
def test_so_it_does_of_odd_drawings(page, drawing):
    assert_same(page, load_checkpoint(), [drawing])


def in_a_row(drawings: list, scales: tuple[float, ...] = (0.4, 0.4, 0.16)) -> list:
    """A number: drawings of several sizes beside each other."""
    row: list = []
    for drawing, scale in zip(drawings, scales, strict=True):
        points = np.concatenate(drawing)
        left, bottom = points.min(0)[0] * scale, points.max(0)[1] * scale
        shift = np.array([20 + max((x for stroke in row for x, _ in stroke), default=0) - left, 200 - bottom])
        row += [(np.array(stroke) * scale + shift).round(1).tolist() for stroke in drawing]
    return row


def test_the_digit_that_is_being_drawn_is_the_one_that_python_finds(page):
    drawings = made_up(90)
    numbers = prefixes([in_a_row(drawings[i : i + 3]) for i in range(0, 90, 3)], 150)
    numbers = [[tidy(stroke) for stroke in number] for number in numbers]
    found = page.evaluate("numbers => numbers.map((strokes) => digitBeingDrawn(strokes).strokes)", numbers)
    same = 0
    for number, strokes in zip(numbers, found, strict=True):
        glyphs = segment_strokes(number).glyphs
        glyph = glyphs[drawn_last(glyphs, number[-1])]
        same += strokes == [np.asarray(stroke).tolist() for stroke in glyph.strokes]
    assert same >= 0.97 * len(numbers)  # Python also knows of signs, rings and underlines


def test_a_drawing_that_sliders_change_is_the_one_that_python_makes(page):
    chance = np.random.default_rng(0)
    for drawing in made_up(30):
        low, high = zip(*((low, high) for _, low, high, *_ in VARIATIONS.values()), strict=True)
        rotation, right, down, size, thickness = (round(float(value), 2) for value in chance.uniform(low, high))
        variation = {"rotation": rotation, "right": right, "down": down, "size": size, "thickness": thickness}
        found = page.evaluate("([strokes, variation]) => Array.from(vary(strokes, variation))", [drawing, variation])
        truth = vary(drawing, rotation, (right, down), size, thickness)
        assert np.abs(np.array(found).reshape(28, 28) - truth).max() < 1e-4
        points = int(chance.integers(1, sum(map(len, drawing)) + 1))
        found = page.evaluate(
            "([strokes, points]) => Array.from(fromStrokes(firstPoints(strokes, points)))", [drawing, points]
        )
        truth = from_strokes(first_points(drawing, points))
        assert np.abs(np.array(found).reshape(28, 28) - truth).max() < 1e-4


def numbers_of(script: str) -> dict[str, float]:
    """The constants of a script, by their names."""
    found = re.findall(r"^const ([A-Z_]+) = (?:Math\.fround\()?([\d.]+)\)?;", (HERE / script).read_text(), re.MULTILINE)
    return {name: float(value) for name, value in found}


@pytest.mark.parametrize(
    ("script", "modules", "count"),
    [
        ("arrange.js", (arrange, pieces), 20),
        ("preparation.js", (ink_strokes, canvas), 6),
        ("prediction.js", (arrange,), 1),
    ],
)
def test_lengths_and_shares_that_stand_in_a_script_too_are_pythons(script, modules, count):
    pythons = {name: value for module in modules for name, value in vars(module).items()}
    pythons["SIDE"] = ink_strokes.IMAGE_SIZE
    same = {name: value for name, value in numbers_of(script).items() if name in pythons}
    assert same == {name: pythons[name] for name in same}
    assert len(same) == count


def test_a_network_that_is_computed_otherwise_is_found(page):
    page.evaluate("() => { window.convolve = () => new Float32Array(28 * 28 * 16); }")
    found = differences(page, load_checkpoint(), [FOUR])
    assert found["map"] > BOUNDS["map"]
    assert found["logit"] > BOUNDS["logit"]
