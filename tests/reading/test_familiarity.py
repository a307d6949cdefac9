"""Familiarity tells digits from other ink, and the network that tells it can be trained again."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from ocr import load_checkpoint
from ocr.data.split import CLASS_NAMES, Data, normalise
from ocr.data.synthetic.digits import CAREFUL, draw_digits
from ocr.data.synthetic.nondigits import FITTED, MEASURED, draw_nondigits
from ocr.errors import OCRError
from ocr.network.checkpoint import FAMILIARITY, Checkpoint, save_checkpoint, temperature
from ocr.network.cnn import CNNConfig
from ocr.network.deep import DeepCNN
from ocr.network.linear import LinearConfig
from ocr.network.models import build_model, compute_logits
from ocr.reading.familiarity import PREFIX, digit_scores, familiarity
from ocr.training import familiarity as familiarity_module
from ocr.training.recipe import TrainConfig


@pytest.fixture
def small(monkeypatch) -> Data:
    for name, value in {"DRAWN": 200, "NONDIGITS": 20, "PICTURES": 20, "HELD_OUT": 100}.items():
        monkeypatch.setattr(familiarity_module, name, value)
    recipe = replace(familiarity_module.RECIPE, iterations=40, batch_size=32)
    monkeypatch.setattr(familiarity_module, "RECIPE", recipe)
    digits = draw_digits(200, seed=1, hand=CAREFUL)
    return Data("MNIST", "nowhere", digits, digits, digits)


def test_training_tells_digits_from_scribbles_and_keeps_nearly_all_digits(small, cli, tmp_path, monkeypatch):
    monkeypatch.setattr("ocr.commands.networks.data_for_training", lambda: small)
    path = tmp_path / "familiarity.safetensors"
    code, out, _ = cli("familiarity", "--path", path, "--json")
    assert (code, json.loads(out)["iteration"]) == (0, 40)
    model = load_checkpoint(path, any_images=True).model
    known = digit_scores(compute_logits(model, normalise(small.validation.images)))
    scribbles = draw_nondigits({"tangles": FITTED["tangles"]}, 60, seed=9)["tangles"]
    unknown = digit_scores(compute_logits(model, normalise(scribbles)))
    assert (known >= 0).float().mean() >= 0.98
    assert unknown.mean() < known.mean()


def test_the_shipped_one_is_of_the_recipe_and_tells_digits_from_what_it_never_saw(mnist):
    checkpoint = load_checkpoint(FAMILIARITY, any_images=True)
    assert isinstance(checkpoint.model, DeepCNN)
    assert checkpoint.model.config.classes == len(CLASS_NAMES) + 1
    assert TrainConfig.from_dict(checkpoint.info["recipe"]) == familiarity_module.RECIPE
    shipped = load_checkpoint()
    assert (familiarity(shipped, normalise(mnist.validation.images)) >= 0.5).mean() > 0.98
    others = draw_nondigits(MEASURED, 40, seed=3).values()
    told = [(familiarity(shipped, normalise(images)) < 0.5).mean() for images in others]
    assert np.mean(told) > 0.97


def test_it_looks_at_the_ink_alone_whatever_network_reads():
    images = normalise(draw_digits(20, seed=2).images)
    expected = familiarity(load_checkpoint(), images)
    assert expected.shape == (20,)
    assert expected.min() >= 0
    assert expected.max() <= 1
    for config in (CNNConfig(), LinearConfig()):
        fresh = Checkpoint(build_model(config, seed=0).eval().requires_grad_(False))
        np.testing.assert_array_equal(familiarity(fresh, images), expected)
        assert temperature(fresh) == 1.0


def test_hardly_any_ink_is_no_digit():
    assert familiarity(load_checkpoint(), torch.zeros(2, 1, 28, 28)).tolist() == [0, 0]


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


def test_last_layers_of_ones_own_that_do_not_fit_are_a_sentence(tmp_path):
    checkpoint = load_checkpoint()
    checkpoint.extra[f"{PREFIX}fc2.weight"] = torch.zeros(1, 5)
    save_checkpoint(tmp_path / "weights.safetensors", checkpoint)
    with pytest.raises(OCRError, match="The familiarity of these weights does not fit the network"):
        familiarity(load_checkpoint(tmp_path / "weights.safetensors"), torch.zeros(1, 1, 28, 28))
