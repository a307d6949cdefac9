"""What a network learns of its teachers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ocr import (
    Split,
    Trainer,
    load_checkpoint,
    save_checkpoint,
    train,
)
from ocr.data.split import normalise
from ocr.network.checkpoint import Checkpoint
from ocr.network.deep import DeepConfig
from ocr.network.models import build_model, compute_logits
from ocr.training.batches import Part
from ocr.training.distillation import SOFTNESS, distillation_losses
from ocr.training.trainer import FineTuning
from tests.training.exact import assert_same, weights


@pytest.fixture(scope="session")
def trained_teachers(tiny, few, tmp_path_factory) -> list[Path]:
    """Files of two teachers that know the few digits."""
    folder = tmp_path_factory.mktemp("teachers")
    paths = [folder / f"teacher-{seed}.safetensors" for seed in range(2)]
    for seed, path in enumerate(paths):
        trainer = Trainer(replace(tiny, network=DeepConfig(), ema_decay=0.9, learning_rate=3e-3, seed=seed), few)
        list(trainer.train(200))
        save_checkpoint(path, trainer.checkpoint())
    return paths


@pytest.fixture
def teachers(trained_teachers, monkeypatch) -> list[Checkpoint]:
    """Those two in place of the shipped ones."""
    for name in ("TEACHERS", "HAND_TEACHERS"):
        monkeypatch.setattr(f"ocr.training.loss_gradients.{name}", trained_teachers)
    return [load_checkpoint(path) for path in trained_teachers]


def test_what_is_taught_is_the_mean_of_the_teachers_softened_readings(teachers, tiny, few):
    images = normalise(few.test.images)
    expected = sum((compute_logits(each.model, images) / SOFTNESS).softmax(1) for each in teachers) / 2
    trainer = Trainer(replace(tiny, distillation_weight=0.5), few)
    torch.testing.assert_close(trainer._gradients.teachers.probabilities(images), expected, atol=1e-5, rtol=1e-4)
    plain = Trainer(replace(tiny, synthetic_share=0.5), few)._gradients
    assert plain.teachers is None is plain.hand_teachers


def test_what_is_taught_follows_the_teachers_against_the_labels(teachers, tiny, few):
    wrong = replace(few, train=Split(few.train.images, (few.train.labels + 1) % 10))
    said = compute_logits(teachers[0].model, normalise(few.train.images)).argmax(1)
    assert (said.numpy() == few.train.labels).mean() > 0.9
    agreed = []
    for share in (0.0, 0.9):
        model, _ = train(replace(tiny, distillation_weight=share, iterations=400, learning_rate=2e-3), wrong)
        agreed.append((compute_logits(model.model, normalise(few.train.images)).argmax(1) == said).float().mean())
    assert agreed[0] < 0.2
    assert agreed[1] > 0.5


def test_each_kind_of_image_has_its_teachers_and_the_users_digits_have_none(teachers, tiny, few, monkeypatch):
    config = replace(
        tiny, distillation_weight=0.9, synthetic_distillation_weight=0.9, synthetic_share=0.25, user_digits_share=0.25
    )
    user = FineTuning(Checkpoint(build_model(config.network, 0), {}), few.train, [])
    trainer, asked = Trainer(config, few, fine_tuning=user), []
    gradients = trainer._gradients
    for kind, those in {"own": gradients.teachers, "synthetic": gradients.hand_teachers}.items():
        monkeypatch.setattr(
            those,
            "probabilities",
            lambda images, kind=kind, of=those.probabilities: asked.append((kind, len(images))) or of(images),
        )
    trainer.step(1e-3)
    rows, quarter = config.batch_size, round(config.batch_size * 0.25)
    own = rows - 2 * quarter
    assert asked == [("own", own), ("synthetic", quarter)]
    parts = [(0, rows), (0, 3), (own - 1, own + 2), (own + quarter - 1, rows), (rows - 1, rows)]
    assert [trainer.batches.origins(Part(*part, rows)) for part in parts] == [
        (own, quarter, quarter),
        (3, 0, 0),
        (1, 2, 0),
        (0, 1, quarter),
        (0, 0, 1),
    ]


def test_teachers_who_take_a_synthetic_digit_for_another_are_not_followed(teachers, tiny, few):
    """What it is meant to be is known."""
    trainer = Trainer(replace(tiny, synthetic_distillation_weight=0.9, synthetic_share=0.5), few)
    images, labels = trainer.batches.batch(0)
    own, *_ = trainer.batches.origins(whole := Part(0, len(labels), len(labels)))
    said = trainer._gradients.hand_teachers.probabilities(images[own:])
    meant = said.argmax(1)
    meant[::2] = (meant[::2] + 1) % 10  # every other one is another digit than the teachers say
    labels = torch.cat([labels[:own], meant])
    trainer._gradients.compute(trainer.model, images, labels, whole)
    found = trainer.model.fc2.bias.grad.clone()
    trainer.model.zero_grad()
    logits = trainer.model(images)
    losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    followed = distillation_losses(logits[own:], said)[1::2]
    (losses.sum() + 0.9 * (followed - losses[own + 1 :: 2]).sum()).div(len(labels)).backward()
    torch.testing.assert_close(found, trainer.model.fc2.bias.grad, atol=1e-3, rtol=1e-2)


def test_what_is_taught_resumes_exactly_and_reports_its_loss_on_the_labels(teachers, tiny, few):
    config = replace(tiny, distillation_weight=0.7)
    whole, part, resumed = (Trainer(config, few) for _ in range(3))
    *_, last = whole.train(9)
    list(part.train(4))
    resumed.restore(*part.state())
    list(resumed.train(5))
    assert_same(weights(resumed), weights(whole))
    plain = Trainer(tiny, few)
    *_, other = plain.train(9)
    assert last.training_loss == pytest.approx(other.training_loss, rel=0.05)  # the teacher's is another scale
    assert not torch.equal(weights(plain)["fc1.weight"], weights(whole)["fc1.weight"])
