"""Calibration makes confidence equal accuracy."""

import math

import numpy as np
import pytest

from ocr.data.split import Data, Split
from ocr.data.synthetic.digits import CAREFUL, draw_digits
from ocr.network.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, temperature
from ocr.network.models import CONFIGS, build_model
from ocr.reading import calibration as module
from ocr.reading.calibration import calibrate, fit_temperature


def fresh(kind: str = "cnn") -> Checkpoint:
    return Checkpoint(build_model(CONFIGS[kind](), seed=0).eval().requires_grad_(False))


def test_without_calibration_the_temperature_is_one():
    assert temperature(fresh()) == 1.0


def test_temperature_makes_confidence_equal_accuracy():
    # Logits (2 ln 27, 0, ..., 0), and three of four right: at temperature 2 the confidence is 27 / (27 + 9) = 3 / 4.
    checkpoint = fresh("linear")
    checkpoint.model.fc.bias[0] = 2 * math.log(27)
    split = Split(np.zeros((4, 28, 28), np.uint8), np.array([0, 0, 0, 1]))
    assert fit_temperature(checkpoint, {1.0: split}) == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("kind", ["cnn", "linear"])
def test_calibrating_fits_the_temperature_and_survives_the_file(monkeypatch, tmp_path, kind):
    monkeypatch.setattr(module, "DRAWN", 100)
    checkpoint, digits = fresh(kind), draw_digits(200, seed=1, hand=CAREFUL)
    checkpoint.model.get_parameter("fc2.bias" if kind == "cnn" else "fc.bias")[0] += 9  # far too sure of zeros
    calibrate(checkpoint, Data("drawn", "nowhere", digits, digits, digits))
    assert temperature(checkpoint) > 1.5
    save_checkpoint(tmp_path / "weights.safetensors", checkpoint)
    assert temperature(load_checkpoint(tmp_path / "weights.safetensors")) == temperature(checkpoint)
