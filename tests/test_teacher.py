"""The network that others learn from: `pytest tests/test_teacher.py`."""

from __future__ import annotations

import json
from dataclasses import replace

import torch

from ocr import TrainConfig, evaluate, load_checkpoint, teacher, train
from ocr.checkpoint import TEACHER
from ocr.model import BatchNorm, Teacher


def test_normalisation_is_torchs():
    ours, torchs = BatchNorm(4), torch.nn.BatchNorm2d(4, momentum=BatchNorm.MOMENTUM)
    images = torch.randn(6, 4, 5, 5) * 3 + 1
    for _ in range(3):
        torch.testing.assert_close(ours(images), torchs(images))
    torch.testing.assert_close(ours.running_mean, torchs.running_mean)
    torch.testing.assert_close(ours.running_var, torchs.running_var)
    ours.eval()
    torchs.eval()
    torch.testing.assert_close(ours(images), torchs(images))


def test_its_file_is_what_was_trained(cli, few, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("ocr.__main__._data_for_training", lambda: few)
    monkeypatch.setattr(teacher, "RECIPE", replace(teacher.RECIPE, iterations=3, batch_size=8, drawn=0.0))
    path = tmp_path / "teacher.safetensors"
    code, out, _ = cli("teacher", "--path", path)
    assert code == 0
    assert "after 3 iterations" in out
    code, out, _ = cli("teacher", "--path", path, "--json")
    assert (code, json.loads(out)["iteration"]) == (0, 3)
    expected, _ = train(teacher.RECIPE, few)
    for name, value in load_checkpoint(path).model.state_dict().items():
        torch.testing.assert_close(value, expected.model.state_dict()[name])


def test_the_shipped_one_is_of_the_recipe_and_knows_digits(mnist):
    checkpoint = load_checkpoint(TEACHER)
    assert isinstance(checkpoint.model, Teacher)
    assert TrainConfig.from_dict(checkpoint.info["recipe"]) == teacher.RECIPE
    assert evaluate(checkpoint.model, mnist.validation).accuracy > 0.99
