"""Every number that a page shows is one that torch computed, and its account adds up."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ocr import CNN, CNNConfig, LinearClassifier, OCRError, trace
from ocr.inspection.traces import origin
from ocr.network.models import build_model

CONFIGS = {
    "default": CNNConfig(),
    "even and odd": CNNConfig(filters=(3, 4, 5), filter_sizes=(4, 2, 3)),
    "wide": CNNConfig(filters=(2,), filter_sizes=(9,)),
}


def random_model(config: CNNConfig) -> CNN:
    """Weights large enough that maps differ, some values below 0 in front of the ReLU."""
    model = build_model(config, 0).requires_grad_(False)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for parameter in model.parameters():
            parameter.uniform_(-0.5, 0.5)
    return model


@pytest.fixture(params=CONFIGS)
def case(request):
    model = random_model(CONFIGS[request.param])
    image = np.random.default_rng(2).random((28, 28), np.float32)
    return model, image, trace(model, image)


def test_trace_is_what_torch_computes(case):
    model, image, traced = case
    captured = {}
    hooks = [
        module.register_forward_hook(lambda _module, _inputs, output, name=name: captured.update({name: output}))
        for name, module in model.named_modules()
    ]
    x = torch.from_numpy(image)[None, None]
    logits = model(x)
    for hook in hooks:
        hook.remove()
    np.testing.assert_allclose(traced.logits, logits[0].numpy(), atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(traced.hidden, captured["fc1"][0].clamp(min=0).numpy(), atol=1e-5, rtol=1e-5)
    assert len(traced.layers) == len(model.convs)
    for number, layer in enumerate(traced.layers):
        conv = captured[f"convs.{number}"]
        maps = torch.nn.functional.max_pool2d(conv, 2, ceil_mode=True).clamp(min=0)
        np.testing.assert_allclose(layer.convolved, conv[0].numpy(), atol=1e-5, rtol=1e-5)
        np.testing.assert_allclose(layer.maps, maps[0].numpy(), atol=1e-5, rtol=1e-5)
        assert layer.maps.dtype == layer.convolved.dtype == np.float32
        assert layer.maps.min() >= 0
    np.testing.assert_array_equal(traced.image, image)


def test_account_of_every_pixel_adds_up(case):
    model, image, traced = case
    random = np.random.default_rng(3)
    assert len(traced.layers) == len(model.convs)
    for number, layer in enumerate(traced.layers):
        inputs = traced.layers[number - 1].maps if number else image[None]
        channels, height, width = layer.maps.shape
        rows = [0, 0, height - 1, height - 1, *random.integers(0, height, 60)]
        columns = [0, width - 1, 0, width - 1, *random.integers(0, width, 60)]
        clipped = 0
        for row, column in zip(rows, columns, strict=True):
            channel = int(random.integers(channels))
            found = origin(model, traced, number, channel, int(row), int(column))
            conv = layer.convolved[channel]
            # The sum of products is torch's convolved value, and the map's value follows from it.
            assert found.partial_sums.sum() + found.bias == pytest.approx(conv[found.row, found.column], abs=1e-4)
            assert found.value == layer.maps[channel, row, column]
            assert max(0.0, float(found.pool.max())) == found.value
            clipped += found.pool.max() < 0
            np.testing.assert_allclose(
                found.partial_sums, (found.patches * found.weights).sum((1, 2)), atol=1e-5, rtol=1e-5
            )
            # The winner is the pool's largest, and inside it.
            np.testing.assert_array_equal(found.pool, conv[2 * row : 2 * row + 2, 2 * column : 2 * column + 2])
            assert conv[found.row, found.column] == found.pool.max()
            assert (found.row // 2, found.column // 2) == (row, column)
            # Weights are torch's, the bias too, and the patch is where it says, 0 outside.
            size = model.config.filter_sizes[number]
            np.testing.assert_array_equal(found.weights, model.convs[number].weight[channel].numpy())
            assert found.bias == float(model.convs[number].bias[channel])
            assert found.patches.shape == found.weights.shape == (len(inputs), size, size)
            for r in range(size):
                for c in range(size):
                    y, x = found.top + r, found.left + c
                    inside = 0 <= y < inputs.shape[1] and 0 <= x < inputs.shape[2]
                    expected = inputs[:, y, x] if inside else np.zeros(len(inputs))
                    np.testing.assert_array_equal(found.patches[:, r, c], expected)
        assert clipped or number == len(traced.layers) - 1 or channels < 3  # the ReLU was seen at work


def test_account_by_hand():
    """One filter with a 2 in its middle, bias -1, over a single bright pixel: 2 · 1 - 1 = 1."""
    model = CNN(CNNConfig(filters=(1,), filter_sizes=(3,), fc_size=2))
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    model.requires_grad_(False)
    model.convs[0].weight[0, 0, 1, 1] = 2
    model.convs[0].bias[0] = -1
    image = np.zeros((28, 28), np.float32)
    image[11, 20] = 1
    found = origin(model, trace(model, image), 0, 0, 5, 10)
    assert (found.value, found.row, found.column, found.top, found.left) == (1, 11, 20, 10, 19)
    assert found.pool.tolist() == [[-1, -1], [1, -1]]
    assert found.patches.tolist() == [[[0, 0, 0], [0, 1, 0], [0, 0, 0]]]
    assert (found.partial_sums.tolist(), found.bias) == ([2], -1)
    dark = origin(model, trace(model, image), 0, 0, 0, 0)
    assert (dark.value, dark.partial_sums.tolist(), dark.top, dark.left) == (0, [0], -1, -1)


@pytest.mark.parametrize(
    "place", [(0, 0, 14, 0), (0, 0, 0, 14), (0, 0, -1, 0), (0, 16, 0, 0), (2, 0, 0, 0), (-1, 0, 0, 0)]
)
def test_no_such_pixel(place):
    model = random_model(CNNConfig())
    traced = trace(model, np.zeros((28, 28), np.float32))
    with pytest.raises(IndexError):
        origin(model, traced, *place)


def test_trace_keeps_no_hold_on_the_image():
    image = np.zeros((28, 28), np.float64)
    traced = trace(random_model(CNNConfig()), image)
    assert traced.image.dtype == np.float32
    image[:] = 5
    assert traced.image.max() == 0


def test_model_that_trains_can_be_traced():
    model = build_model(CNNConfig(), 0)
    traced = trace(model, np.ones((28, 28), np.float32))
    assert origin(model, traced, 1, 3, 2, 2).value == traced.layers[1].maps[3, 2, 2]


def test_linear_baseline_has_nothing_to_look_into():
    with pytest.raises(OCRError, match=r"no layers to look into\. Choose a convolutional network\.$"):
        trace(LinearClassifier(), np.zeros((28, 28), np.float32))
