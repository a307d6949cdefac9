"""Recipes: what they may say, and what they say when they may not."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
import torch

from ocr import (
    CNNConfig,
    OCRError,
    TrainConfig,
    preset,
)
from ocr.training.recipe import learning_rate
from tests.training.exact import RECIPES


@pytest.mark.parametrize("iterations", [1, 2, 3, 4, 7, 10, 100, 430])
@pytest.mark.parametrize("peak", [6e-3, 1.0])
def test_one_cycle_is_torchs(iterations, peak):
    optimizer = torch.optim.AdamW([torch.zeros(1, requires_grad=True)], lr=1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=iterations)
    config = TrainConfig(iterations=iterations, learning_rate=peak, one_cycle=True)
    for iteration in range(iterations):
        expected = optimizer.param_groups[0]["lr"]
        assert learning_rate(config, iteration) == pytest.approx(expected, rel=1e-9)
        optimizer.step()
        if iteration < iterations - 1:
            schedule.step()
    assert learning_rate(config, 10 * iterations) == pytest.approx(peak / 25e4, rel=1e-9)


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipe_survives_json(tiny, recipe):
    config = replace(tiny, **RECIPES[recipe])
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_presets_are_recipes():
    tutorial = preset("tutorial")
    assert (tutorial.batch_size, tutorial.optimizer, tutorial.learning_rate) == (64, "adam", 1e-4)
    assert (tutorial.augmentation, tutorial.dropout, tutorial.one_cycle, tutorial.ema_decay) == (None, 0, False, 0)
    assert preset("tutorial", seed=3).seed == 3
    for name in ("tutorial", "fast", "best", "linear"):
        assert TrainConfig.from_dict(preset(name).to_dict()) == preset(name)
    with pytest.raises(OCRError, match=r"There is no preset 'slow'\. Choose one of tutorial, fast, best"):
        preset("slow")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"optimizer": "lion"}, "the optimizer must be one of adam, adamw, sgd"),
        ({"iterations": "many"}, "the iterations must be a whole number from 0 to 100,000,000, not 'many'"),
        ({"iterations": -1}, "the iterations must be a whole number from 0 to 100,000,000, not -1"),
        ({"iterations": 100_000_001}, "the iterations must be a whole number from 0 to 100,000,000, not 100,000,001"),
        ({"batch_size": 0}, "the batch size must be a whole number from 1 to 2,048, not 0"),
        ({"batch_size": 2.5}, "the batch size must be a whole number from 1 to 2,048, not 2.5"),
        ({"batch_size": True}, "the batch size must be a whole number"),
        ({"dropout": 1}, "the dropout must be at least 0 and below 1"),
        ({"ema_decay": -0.1}, "the EMA decay must be at least 0 and below 1"),
        ({"label_smoothing": math.nan}, "the label smoothing must be at least 0 and below 1"),
        ({"synthetic_share": 1.0}, "the synthetic share must be at least 0 and below 1"),
        ({"user_digits_share": -1.0}, "the user digits' share must be at least 0 and below 1"),
        ({"synthetic_share": 0.5, "user_digits_share": 0.5}, "the synthetic and the user digits' share leave nothing"),
        ({"betas": (0.9, 1.0)}, "betas must be two numbers of at least 0 and below 1"),
        ({"betas": (0.9,)}, "betas must be two numbers"),
        ({"weight_decay": -1}, "the weight decay must be at least 0"),
        ({"distillation_weight": 1.0}, "the distillation weight must be at least 0 and below 1"),
        ({"seed": -1}, "the seed must be a whole number from 0 to"),
        ({"seed": 2**40}, "the seed must be a whole number from 0 to"),
    ],
)
def test_impossible_recipe_gives_a_sentence(changes, text):
    with pytest.raises(OCRError, match=rf"^This recipe does not work: {text}.*\.$"):
        TrainConfig(**changes)
    with pytest.raises(OCRError, match=text):
        TrainConfig.from_dict(TrainConfig().to_dict() | changes)


@pytest.mark.parametrize(
    ("network", "text"),
    [
        (CNNConfig(fc_size=2_049), "the fully connected size must be a whole number from 1 to 2,048, not 2,049"),
        (CNNConfig(filters=(257, 3)), "the number of filters must be a whole number from 1 to 256, not 257"),
        (CNNConfig(filter_sizes=(5, 16)), "the filter size must be a whole number from 1 to 15, not 16"),
        (CNNConfig(filters=(2,) * 5, filter_sizes=(3,) * 5), "the number of convolutional layers must be a whole"),
    ],
)
def test_a_network_too_large_to_train_gives_a_sentence(network, text):
    with pytest.raises(OCRError, match=rf"^This recipe does not work: {text}.*\.$"):
        TrainConfig(network=network)


def test_weight_decay_needs_adamw():
    """Adam with weight decay was AdamW until 2026-11, and such a run's recipe still says "adam"."""
    with pytest.raises(OCRError, match=r"^This recipe does not work: weight decay needs the optimizer adamw\.$"):
        TrainConfig(weight_decay=0.01)
    assert TrainConfig.from_dict(TrainConfig().to_dict() | {"weight_decay": 0.01}).optimizer == "adamw"


@pytest.mark.parametrize("rate", [0, -1e-3, 1.5, math.nan, math.inf])
def test_a_learning_rate_that_does_not_work_gives_a_sentence(rate):
    for make in (
        lambda: TrainConfig(learning_rate=rate),
        lambda: TrainConfig.from_dict(TrainConfig().to_dict() | {"learning_rate": rate}),
    ):
        with pytest.raises(OCRError, match=r"^A learning rate is a number above 0 and at most 1\.$"):
            make()


@pytest.mark.parametrize(
    "values",
    [
        {},
        TrainConfig().to_dict() | {"colour": "red"},
        TrainConfig().to_dict() | {"model": "transformer"},
        TrainConfig().to_dict() | {"network": {"filters": [0]}},
        TrainConfig().to_dict() | {"network": None},
        TrainConfig().to_dict() | {"augmentation": {"blur": 3}},
    ],
)
def test_foreign_recipe_gives_a_sentence(values):
    with pytest.raises(OCRError, match=r"^This is not a recipe of ours \(.*\)\. Start a new run instead\.$"):
        TrainConfig.from_dict(values)
