"""What it is tested with that training can be repeated bit for bit."""

from __future__ import annotations

from typing import Any

import torch

from ocr import Trainer
from ocr.network.linear import LinearConfig
from ocr.training.recipe import Augmentation

RECIPES: dict[str, dict[str, Any]] = {  # what each changes of the tests' own recipe
    "tutorial": {},
    "everything": {
        "augmentation": Augmentation(),
        "dropout": 0.3,
        "ema_decay": 0.99,
        "label_smoothing": 0.1,
        "optimizer": "adamw",
        "weight_decay": 0.01,
        "one_cycle": True,
        "betas": (0.7, 0.9),
    },
    "linear": {"network": LinearConfig(), "optimizer": "sgd", "learning_rate": 0.5},
}


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in trainer.evaluation_model().state_dict().items()}


def assert_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name
