"""The last stage of the shipped weights."""

from __future__ import annotations

from dataclasses import replace

import torch

from ocr import Split, Trainer, load_checkpoint
from ocr.network.checkpoint import temperature
from ocr.training import hands
from ocr.training.trainer import FineTuning


def test_it_is_the_mean_of_the_weights_it_is_given_and_of_runs_that_go_on_from_them(cli, few, tmp_path, monkeypatch):
    monkeypatch.setattr("ocr.commands.networks.data_for_training", lambda: replace(few, name="MNIST"))
    monkeypatch.setattr(hands, "RECIPE", replace(hands.RECIPE, iterations=3, batch_size=16))
    monkeypatch.setattr(hands, "SEEDS", (0, 3))
    path = tmp_path / "hands.safetensors"
    code, out, _ = cli("hands", "--path", path)
    assert code == 0
    assert "after 3 iterations" in out
    start, end = load_checkpoint(), load_checkpoint(path)
    assert end.info["recipe"] == start.info["recipe"]
    assert end.info["hands"]["seeds"] == [0, 3]
    assert 0.3 <= temperature(end) <= 3
    models = [start.model]
    for seed in (0, 3):
        trainer = Trainer(
            replace(hands.RECIPE, seed=seed),
            few,
            "cpu",
            FineTuning(start, Split(few.train.images[:0], few.train.labels[:0]), []),
        )
        list(trainer.train(3))
        models.append(trainer.checkpoint().model)
    for name, mean in end.model.state_dict().items():
        torch.testing.assert_close(mean, sum(model.state_dict()[name] for model in models) / 3)
    assert not torch.equal(end.model.fc1.weight, start.model.fc1.weight)


def test_nothing_but_mnist_is_learnt(cli, few, tmp_path, monkeypatch):
    monkeypatch.setattr("ocr.commands.networks.data_for_training", lambda: few)
    code, _, error = cli("hands", "--path", tmp_path / "hands.safetensors")
    assert code != 0
    assert "MNIST only" in error
