"""Gradients that are written out are those of autograd: bit for bit, or in bfloat16 as near as that is exact."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from ocr.network import device
from ocr.network.cnn import CNNConfig
from ocr.network.deep import DeepConfig
from ocr.network.fast import accelerate, fourier
from ocr.network.fast.gradients import Gradients, written_for
from ocr.network.linear import LinearConfig
from ocr.network.models import build_model
from ocr.training.trainer import Trainer

NETWORKS = {
    "tutorial": CNNConfig(),
    "one layer": CNNConfig(filters=(4,), filter_sizes=(3,), fc_size=8),
    "three layers, odd maps": CNNConfig(image_size=30, filters=(3, 9, 5), filter_sizes=(3, 5, 1), fc_size=7),
    "colours": CNNConfig(image_channels=3, filters=(4, 6), fc_size=12, classes=5),
    "wide, odd maps": CNNConfig(image_size=30, image_channels=8, filters=(8, 9), fc_size=7),
}
TRANSFORMED = {"tutorial": 1, "wide, odd maps": 2}  # layers that have channels enough


def differentiated(model, images, labels, smoothing, dtype):
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        logits = model(images)
    F.cross_entropy(logits, labels, label_smoothing=smoothing).backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    for parameter in model.parameters():
        parameter.grad = None
    return [F.cross_entropy(logits, labels).detach(), logits.detach(), *gradients]


@pytest.mark.parametrize("capability", ["AVX2", "AVX512"])  # with and without Fourier transforms
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("network", NETWORKS)
def test_they_are_those_of_autograd(monkeypatch, network, smoothing, dtype, capability):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    monkeypatch.setattr(device, "_cpu_has_bfloat16", lambda: dtype == torch.bfloat16)
    transformed, forward = [], fourier.forward
    monkeypatch.setattr(fourier, "forward", lambda *arguments: transformed.append(1) or forward(*arguments))
    config = NETWORKS[network]
    model = build_model(config, seed=1).to(memory_format=torch.channels_last)
    accelerate(model, dtype)
    images = torch.rand(17, config.image_channels, config.image_size, config.image_size)
    images = images.to(memory_format=torch.channels_last)
    labels = torch.randint(config.classes, (17,))
    expected = differentiated(model, images, labels, smoothing, dtype)
    exact = differentiated(model, images, labels, smoothing, torch.float32)
    written = Gradients(model, dtype)
    transformed.clear()
    for _ in range(2):  # nothing of a batch is left in the next
        loss, logits = written.compute(images, labels, smoothing)
        found = [loss, logits, *(parameter.grad for parameter in model.parameters())]
        for one, other, true in zip(found, expected, exact, strict=True):
            if written._blocked:  # other layouts, other order of sums
                assert (one - true).norm() <= 1.5 * (other - true).norm() + 1e-6
            else:
                assert torch.equal(one, other)
            assert one.stride() == other.stride()
        written.compute(images.flip(0), labels, smoothing)
    layers = TRANSFORMED.get(network, 0) if capability == "AVX2" and dtype == torch.float32 else 0
    assert len(transformed) == 4 * layers


ADAMW = {"optimizer": "adamw", "weight_decay": 0.01}


@pytest.fixture
def by_autograd(monkeypatch):
    """Called, it takes the written ones away."""
    return lambda: monkeypatch.setattr("ocr.network.fast.written_for", lambda *arguments: None)


@pytest.mark.parametrize("changes", [{}, {"label_smoothing": 0.1, "ema_decay": 0.9, **ADAMW}])
def test_training_ends_at_the_same_weights(monkeypatch, tiny, few, by_autograd, changes):
    monkeypatch.setattr(device, "_cpu_has_bfloat16", lambda: False)
    ends = []
    for _ in range(2):
        trainer = Trainer(replace(tiny, **changes), few, "cpu")
        *_, last = trainer.train(12)
        ends.append((trainer, last))
        by_autograd()
    (written, report), (differentiated, other) = ends
    assert written._gradients.written
    assert not differentiated._gradients.written
    assert report.training_loss == other.training_loss
    assert report.training_accuracy == other.training_accuracy
    states = written.state()[0], differentiated.state()[0]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_what_is_not_written_out_is_left_to_autograd(tiny, few):
    for config in (
        replace(tiny, dropout=0.1),
        replace(tiny, network=LinearConfig()),
        replace(tiny, network=DeepConfig()),
        replace(tiny, network=replace(tiny.network, filter_sizes=(4, 5))),
    ):
        trainer = Trainer(config, few, "cpu")
        assert not trainer._gradients.written
        *_, last = trainer.train(2)
        assert last.training_loss > 0
    with torch.device("meta"):
        elsewhere = build_model(CNNConfig(), seed=0)
    assert written_for(elsewhere, torch.float32) is None
    assert isinstance(written_for(build_model(CNNConfig(), seed=0), torch.float32), Gradients)


def test_a_processor_with_bfloat16_computes_in_it(tiny, few, monkeypatch):
    monkeypatch.setattr(device, "_cpu_has_bfloat16", lambda: True)
    assert [written._dtype for written in Trainer(tiny, few, "cpu")._gradients.written.values()] == [torch.bfloat16]
    monkeypatch.setattr(device, "_cpu_has_bfloat16", lambda: False)
    assert [written._dtype for written in Trainer(tiny, few, "cpu")._gradients.written.values()] == [torch.float32]
