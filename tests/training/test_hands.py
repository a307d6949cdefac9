"""The last stage of the shipped weights."""

from __future__ import annotations

from dataclasses import replace

import torch

from ocr import TrainConfig, load_checkpoint
from ocr.data.split import normalise
from ocr.network.checkpoint import temperature
from ocr.training import hands


def test_it_goes_on_from_the_weights_it_is_given(cli, few, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("ocr.commands.networks.data_for_training", lambda: replace(few, name="MNIST"))
    monkeypatch.setattr("ocr.training.batches.SYNTHETIC_IMAGES", 500)
    monkeypatch.setattr(hands, "RECIPE", replace(hands.RECIPE, iterations=3, batch_size=16))
    path = tmp_path / "hands.safetensors"
    code, out, _ = cli("hands", "--seed", 4, "--path", path)
    assert code == 0
    assert "after 3 iterations" in out
    start, end = load_checkpoint(), load_checkpoint(path)
    assert TrainConfig.from_dict(end.info["recipe"]) == replace(hands.RECIPE, seed=4)
    assert 0.3 <= temperature(end) <= 3
    images = normalise(few.test.images)
    far = (start.model(images) - end.model(images)).abs().max()
    assert 0 < far < 3  # three steps away from where it began, not from a random start
    assert any(not torch.equal(a, b) for a, b in zip(start.model.parameters(), end.model.parameters(), strict=True))


def test_nothing_but_mnist_is_learnt(cli, few, tmp_path, monkeypatch):
    monkeypatch.setattr("ocr.commands.networks.data_for_training", lambda: few)
    code, _, error = cli("hands", "--path", tmp_path / "hands.safetensors")
    assert code != 0
    assert "MNIST only" in error
