"""python -m pytest tests/test_calibrate.py"""

import math

import numpy as np
import pytest
import torch

from ocr import calibrate as module
from ocr.calibrate import calibrate, familiarity, fit_temperature, temperature
from ocr.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ocr.data import Data, Split
from ocr.errors import OCRError
from ocr.model import CNNConfig, build_model
from ocr.nondigits import FITTED, MEASURED, draw_nondigits
from ocr.styles import CAREFUL, draw_digits

CONFIG = CNNConfig()


def fresh(kind: str = "cnn") -> Checkpoint:
    model = build_model(kind, CONFIG, seed=0)
    return Checkpoint(model.eval().requires_grad_(False))


@pytest.fixture
def small(monkeypatch) -> Data:
    for name, value in {"DRAWN": 200, "NONDIGITS": 60, "REINKED": 20, "HELD_OUT": 100, "STEPS": 60}.items():
        monkeypatch.setattr(module, name, value)
    digits = draw_digits(200, seed=1, hand=CAREFUL)
    return Data("drawn", "nowhere", digits, digits, digits)


def test_without_calibration_the_temperature_is_one_and_familiarity_unknown():
    assert temperature(fresh()) == 1.0
    assert familiarity(fresh(), torch.zeros(2, 1, 28, 28)) is None


def test_temperature_makes_confidence_equal_accuracy():
    # Logits (2 ln 27, 0, ..., 0), and three of four right: at temperature 2 the confidence is 27 / (27 + 9) = 3 / 4.
    checkpoint = fresh("linear")
    checkpoint.model.fc.bias[0] = 2 * math.log(27)
    split = Split(np.zeros((4, 28, 28), np.uint8), np.array([0, 0, 0, 1]))
    assert fit_temperature(checkpoint, {1.0: split}) == pytest.approx(2, rel=0.02)


def test_calibrating_tells_digits_from_scribbles_and_survives_the_file(small, tmp_path):
    checkpoint = fresh()
    calibrate(checkpoint, small)
    digits = torch.from_numpy(small.validation.images / np.float32(255)).unsqueeze(1)
    scribbles = draw_nondigits({"tangles": FITTED["tangles"]}, 60, seed=9)["tangles"]
    known = familiarity(checkpoint, digits)
    unknown = familiarity(checkpoint, torch.from_numpy(scribbles / np.float32(255)).unsqueeze(1))
    assert known.shape == (200,)
    assert known.min() >= 0
    assert known.max() <= 1
    assert (known >= 0.5).mean() >= 0.98
    assert unknown.mean() < known.mean()

    save_checkpoint(tmp_path / "weights.safetensors", checkpoint)
    loaded = load_checkpoint(tmp_path / "weights.safetensors")
    assert temperature(loaded) == temperature(checkpoint)
    np.testing.assert_allclose(familiarity(loaded, digits), known, atol=1e-6)


def test_a_model_without_maps_gets_a_temperature_only(small):
    checkpoint = fresh("linear")
    calibrate(checkpoint, small)
    assert set(checkpoint.extra) == {"temperature"}
    assert familiarity(checkpoint, torch.zeros(1, 1, 28, 28)) is None


@pytest.mark.parametrize("families", [FITTED, MEASURED], ids=["fitted", "measured"])
def test_every_family_draws_ink_and_the_same_from_the_same_seed(families):
    drawn, again = (draw_nondigits(families, 24, seed=2) for _ in range(2))
    for name, images in drawn.items():
        assert images.shape[1:] == (28, 28), name
        assert images.dtype == np.uint8, name
        assert images.reshape(len(images), -1).max(1).min() > 0, name
        assert (images == again[name]).all(), name


def test_what_is_measured_was_not_fitted():
    assert not set(FITTED) & set(MEASURED)


def test_a_familiarity_that_does_not_fit_is_a_sentence():
    checkpoint = fresh()
    checkpoint.extra[f"{module.PREFIX}out.weight"] = torch.zeros(1, 5)
    with pytest.raises(OCRError, match="The familiarity of these weights does not fit the network"):
        familiarity(checkpoint, torch.zeros(1, 1, 28, 28))
