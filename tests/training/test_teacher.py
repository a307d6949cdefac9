"""The network that others learn from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ocr import TrainConfig, evaluate, load_checkpoint, train
from ocr.network.checkpoint import HAND_TEACHERS, TEACHERS
from ocr.network.deep import DeepCNN
from ocr.training import teacher


def test_what_folds_normalisation_and_halves_maps_changes_no_reading():
    model = DeepCNN()
    model(torch.rand(6, 1, 28, 28))  # statistics that are not the initial ones
    images = torch.rand(4, 1, 28, 28)
    expected = images
    model.eval()
    for conv, norm, pooled in zip(model.convs, model.norms, model.config.pooled, strict=True):
        expected = torch.relu(norm(conv(expected)))
        expected = torch.nn.functional.max_pool2d(expected, 2) if pooled else expected
    expected = model.fc2(torch.relu(model.fc1(expected.flatten(1))))
    torch.testing.assert_close(model(images), expected, atol=1e-5, rtol=1e-4)


def test_its_file_is_what_was_trained(cli, few, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("ocr.commands.networks.data_for_training", lambda: replace(few, name="MNIST"))
    short = replace(teacher.RECIPE, iterations=3, batch_size=8, synthetic_share=0.0)
    monkeypatch.setattr(teacher, "RECIPE", short)
    monkeypatch.setattr(teacher, "HANDS_RECIPE", replace(short, dropout=0.5))
    path = tmp_path / "teacher.safetensors"
    code, out, _ = cli("teacher", "--path", path, "--seed", 1)
    assert code == 0
    assert "after 3 iterations" in out
    code, out, _ = cli("teacher", "--path", path, "--seed", 1, "--json")
    assert (code, json.loads(out)["iteration"]) == (0, 3)
    expected, _ = train(replace(teacher.RECIPE, seed=1), few)
    for name, value in load_checkpoint(path).model.state_dict().items():
        torch.testing.assert_close(value, expected.model.state_dict()[name])
    assert cli("teacher", "--path", path, "--hands")[0] == 0
    assert load_checkpoint(path).info["recipe"]["dropout"] == 0.5


@pytest.mark.parametrize(
    ("path", "recipe", "seed"),
    [(path, teacher.RECIPE, seed) for seed, path in enumerate(TEACHERS)]
    + [(path, teacher.HANDS_RECIPE, seed) for seed, path in enumerate(HAND_TEACHERS)],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_the_shipped_ones_are_of_the_recipe_and_know_digits(mnist, path, recipe, seed):
    checkpoint = load_checkpoint(path)
    assert isinstance(checkpoint.model, DeepCNN)
    assert TrainConfig.from_dict(checkpoint.info["recipe"]) == replace(recipe, seed=seed)
    assert evaluate(checkpoint.model, mnist.validation).accuracy > 0.99
