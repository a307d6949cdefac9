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
from ocr.network.models import compute_logits
from ocr.training.batches import Part
from ocr.training.distillation import SOFTNESS
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
    monkeypatch.setattr("ocr.training.distillation.TEACHERS", trained_teachers)
    return [load_checkpoint(path) for path in trained_teachers]


def test_what_is_taught_is_the_mean_of_the_teachers_softened_readings(teachers, tiny, few):
    images = normalise(few.test.images)
    expected = sum((compute_logits(each.model, images) / SOFTNESS).softmax(1) for each in teachers) / 2
    trainer = Trainer(replace(tiny, distillation_weight=0.5), few)
    torch.testing.assert_close(trainer._gradients.teachers.probabilities(images), expected, atol=1e-5, rtol=1e-4)
    assert Trainer(tiny, few)._gradients.teachers is None


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


def test_teachers_are_asked_of_the_datas_own_images_alone(teachers, tiny, few, monkeypatch):
    """What a synthetic digit is meant to be is known: its label is what it is taught by."""
    config = replace(tiny, distillation_weight=0.9, synthetic_share=0.25)
    trainer, asked = Trainer(config, few), []
    probabilities = trainer._gradients.teachers.probabilities
    monkeypatch.setattr(
        trainer._gradients.teachers, "probabilities", lambda images: asked.append(images) or probabilities(images)
    )
    trainer.step(1e-3)
    own = config.batch_size - round(config.batch_size * 0.25)
    assert [len(images) for images in asked] == [own]
    batches, rows = trainer.batches, config.batch_size
    assert [batches.from_data(Part(first, stop, rows)) for first, stop in ((0, rows), (0, 3), (own - 1, rows))] == [
        own,
        3,
        1,
    ]
    assert batches.from_data(Part(own, rows, rows)) == 0


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
