"""Convolution by Fourier transform is convolution."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ocr.network import device
from ocr.network.cnn import CNNConfig
from ocr.network.fast import accelerate, fourier
from ocr.network.models import build_model
from ocr.training.recipe import preset
from ocr.training.trainer import Trainer

# Sizes of maps and filters, channels, filters and images; the first are those of the second layer.
SIZES = [(14, 5, 16, 36, 64), (14, 4, 3, 5, 7), (7, 5, 2, 3, 4), (28, 3, 1, 4, 3), (5, 7, 2, 2, 2), (3, 9, 2, 1, 1)]


@pytest.fixture
def narrow(monkeypatch):
    """A processor that has AVX2 and nothing wider."""
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    monkeypatch.setattr(device, "_cpu_has_bfloat16", lambda: False)


@pytest.fixture
def used(monkeypatch) -> list[int]:
    """Gets an item each time that a layer is convolved by Fourier transform."""
    calls = []
    forward = fourier.forward
    monkeypatch.setattr(fourier, "forward", lambda *arguments: calls.append(1) or forward(*arguments))
    return calls


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(("size", "filter_size", "channels", "filters", "count"), SIZES)
def test_values_and_gradients_are_those_of_the_convolution(size, filter_size, channels, filters, count):
    torch.manual_seed(0)
    conv = nn.Conv2d(channels, filters, filter_size, padding="same")
    images = torch.randn(count, channels, size, size)
    towards = torch.randn(count, filters, size, size)

    def found(convolve):
        conv.zero_grad()
        given = images.clone().requires_grad_()
        maps = convolve(given)
        (maps * towards).sum().backward()
        return maps.detach(), given.grad, conv.weight.grad, conv.bias.grad

    direct = found(conv)
    turned = found(lambda given: fourier.convolve(given.permute(2, 3, 1, 0), conv).permute(3, 2, 0, 1))
    for one, other in zip(direct, turned, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=2e-5 * float(one.abs().max()))


@pytest.mark.parametrize("size", [28, 30])  # maps of 14 x 14, and of 15 x 15, whose last row and column stay alone
def test_the_network_reads_and_learns_the_same(narrow, used, monkeypatch, size):
    model = build_model(CNNConfig(image_size=size), seed=1)
    accelerate(model, torch.float32)
    images = torch.rand(32, 1, size, size)

    def learnt():
        model.zero_grad()
        logits = model(images)
        F.cross_entropy(logits, torch.arange(32) % 10).backward()
        return [logits.detach(), *(parameter.grad.clone() for parameter in model.parameters())]

    turned = learnt()
    assert used == [1]  # the second layer; the first has one channel
    monkeypatch.setattr(fourier, "pays", lambda *arguments: False)
    for one, other in zip(turned, learnt(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-4 * float(other.abs().max()))


def test_it_is_for_training_on_narrow_processors(narrow, monkeypatch):
    conv, images = nn.Conv2d(16, 36, 5, padding="same"), torch.rand(64, 16, 14, 14)
    assert fourier.pays(images, conv)
    assert not fourier.pays(images[:8], conv)
    assert not fourier.pays(images.bfloat16(), conv)
    assert not fourier.pays(images, nn.Conv2d(1, 36, 5, padding="same"))
    assert not fourier.pays(images, nn.Conv2d(16, 4, 5, padding="same"))
    assert not fourier.pays(images, nn.Conv2d(16, 36, 3, padding="same"))
    with torch.no_grad():
        assert not fourier.pays(images, conv)
    with monkeypatch.context() as wider:  # such as one that was told to use AVX2
        wider.setattr(device, "_cpu_has_bfloat16", lambda: True)
        assert not fourier.pays(images, conv)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    assert not fourier.pays(images, conv)
    conv.requires_grad_(False)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert not fourier.pays(images, conv)


def test_training_follows_the_direct_way(narrow, used, monkeypatch, few):
    def losses():
        trainer = Trainer(preset("tutorial", seed=2), few, "cpu")
        return [report.training_loss for report in trainer.train(20) if report.iteration in (1, 2, 5, 20)]

    turned = losses()
    assert len(used) == 20
    monkeypatch.setattr(fourier, "pays", lambda *arguments: False)
    assert turned == pytest.approx(losses(), rel=1e-4)
    assert turned[-1] < turned[0]
