"""The optimisers take torch's own steps, and do not wait for its compiler."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from ocr import TrainConfig
from ocr.network.models import build_model
from ocr.training.optimizer import build_optimizer
from ocr.training.recipe import OPTIMIZERS
from tests import PROJECT

RATES = (1e-2, 1e-2, 3e-3, 0.1)


def models() -> list[torch.nn.Module]:
    """Two, with the same weights, in the layout that training gives them."""
    return [build_model(TrainConfig().network, 3).to(memory_format=torch.channels_last) for _ in range(2)]


@pytest.mark.parametrize(
    ("values", "reference"),
    [
        ({}, lambda weights: torch.optim.Adam(weights, fused=True)),
        ({"betas": (0.7, 0.9)}, lambda weights: torch.optim.Adam(weights, betas=(0.7, 0.9), fused=True)),
        (
            {"optimizer": "adamw", "weight_decay": 0.3},
            lambda weights: torch.optim.AdamW(weights, weight_decay=0.3, fused=True),
        ),
        ({"optimizer": "sgd"}, torch.optim.SGD),
    ],
)
def test_every_step_is_torchs_bit_for_bit(values, reference):
    ours, theirs = models()
    optimizer, other = build_optimizer(ours, TrainConfig(**values)), reference(theirs.parameters())
    before = ours.fc1.bias.clone()
    random = torch.Generator().manual_seed(5)
    for rate in RATES:
        for one, another in zip(ours.parameters(), theirs.parameters(), strict=True):
            one.grad = torch.empty_like(one).normal_(generator=random)
            another.grad = one.grad.clone()
        other.param_groups[0]["lr"] = rate
        optimizer.step(rate)
        other.step()
        for one, another in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(one, another)
    assert not torch.equal(ours.fc1.bias, before)
    assert all(parameter.grad is None for parameter in ours.parameters())


def test_a_parameter_without_a_gradient_is_an_error():
    assert len(OPTIMIZERS) == 3
    for name in OPTIMIZERS:
        model = models()[0]
        model.fc1.bias.grad = torch.ones_like(model.fc1.bias)
        with pytest.raises((RuntimeError, ValueError)):
            build_optimizer(model, TrainConfig(optimizer=name)).step(0.1)


def test_training_does_not_wait_for_torchs_compiler():
    code = (
        "import sys; from pathlib import Path; from ocr import TrainConfig, load_data, train;"
        "train(TrainConfig(iterations=1), load_data(Path('no such folder'))); assert 'torch._dynamo' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
