"""The network against hand-made weights, numpy and torch's own functions."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ocr import CNN, CNNConfig, LinearClassifier
from ocr.network.cnn import pool_relu
from ocr.network.models import build_model, count_parameters, empty_model
from ocr.training.batches import Part
from ocr.training.dropout import make_dropout


def test_default_network_has_the_tutorials_parameters():
    # 16·25+16 + 36·16·25+36 + 128·1764+128 + 10·128+10
    assert count_parameters(CNN()) == 416 + 14_436 + 225_920 + 1_290 == 242_062


@pytest.mark.parametrize(
    ("config", "map_sizes", "features"),
    [
        (CNNConfig(), (14, 7), 1764),
        (CNNConfig(filters=(4, 6, 8), filter_sizes=(5, 3, 3), fc_size=9, classes=3), (14, 7, 4), 8 * 16),
        (CNNConfig(filters=(4,), filter_sizes=(4,)), (14,), 4 * 196),
        (CNNConfig(image_size=29, filters=(4, 5), filter_sizes=(2, 6)), (15, 8), 5 * 64),
        (CNNConfig(image_size=1, image_channels=3), (1, 1), 36),
    ],
)
def test_shapes(config, map_sizes, features):
    model = CNN(config)
    x = torch.rand(2, config.image_channels, config.image_size, config.image_size)
    assert (config.map_sizes, config.features) == (map_sizes, features)
    assert model(x).shape == (2, config.classes)
    for conv, size, filters in zip(model.convs, map_sizes, config.filters, strict=True):
        x = pool_relu(conv(x))
        assert x.shape == (2, filters, size, size)
    assert model.fc1.in_features == features == x.flatten(1).shape[1]


def test_initial_weights_are_truncated_normal_and_biases_constant():
    model = build_model(CNNConfig(), seed=3).requires_grad_(False)
    weights = torch.cat([value.flatten() for name, value in model.named_parameters() if name.endswith("weight")])
    biases = torch.cat([value for name, value in model.named_parameters() if name.endswith("bias")])
    assert len(weights) == 242_062 - 190
    assert (biases == 0.05).all()
    assert len(biases) == 190
    assert weights.abs().max() <= 0.1
    assert weights.abs().max() > 0.0999
    assert abs(float(weights.mean())) < 5e-4
    # A normal cut off at two of its sd has 0.8796 of it left.
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    left = math.sqrt(1 - 2 * 2 * density / math.erf(2 / math.sqrt(2)))
    assert float(weights.std()) == pytest.approx(0.05 * left, rel=0.005)


def test_seed_decides_the_weights_and_nothing_else_is_touched():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    one, same, other = (build_model(CNNConfig(), seed) for seed in (7, 7, 8))
    assert torch.equal(torch.rand(3), expected)
    for name, value in one.state_dict().items():
        assert torch.equal(value, same.state_dict()[name])
        assert name.endswith("bias") or not torch.equal(value, other.state_dict()[name])


@pytest.mark.parametrize("beside", [partial(build_model, CNNConfig(), 8), partial(empty_model, CNNConfig())])
def test_a_network_that_is_built_beside_others_has_the_same_weights(monkeypatch, beside):
    """A server builds them for everybody who asks, each in a thread: in between, another thread may run."""
    alone, draw = build_model(CNNConfig(), 7).state_dict(), torch.nn.init.trunc_normal_
    monkeypatch.setattr(
        torch.nn.init, "trunc_normal_", lambda *args, **options: (time.sleep(0.01), draw(*args, **options))
    )
    with ThreadPoolExecutor(4) as pool:
        one, *_ = [pool.submit(build_model, CNNConfig(), 7), *(pool.submit(beside) for _ in range(3))]
    assert all(torch.equal(values, alone[name]) for name, values in one.result().state_dict().items())


def hand_made(filter_size: int) -> CNN:
    """One conv layer of one filter on 6 x 6 pixels, all its weights and biases 0."""
    model = CNN(CNNConfig(image_size=6, filters=(1,), filter_sizes=(filter_size,), fc_size=2, classes=2))
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    return model.requires_grad_(False)


IMAGE = np.arange(36, dtype=np.float32).reshape(6, 6) / 36


def convolved(model: CNN) -> np.ndarray:
    return model.convs[0](torch.from_numpy(IMAGE)[None, None])[0, 0].numpy()


def test_identity_filter_gives_the_image_back():
    model = hand_made(5)
    model.convs[0].weight[0, 0, 2, 2] = 1
    np.testing.assert_array_equal(convolved(model), IMAGE)


def test_filter_with_its_one_on_the_right_sees_the_right_neighbour():
    # Cross-correlation, as deep learning's convolution is: the map's pixel is its right neighbour's, the ground 0.
    model = hand_made(3)
    model.convs[0].weight[0, 0, 1, 2] = 1
    expected = np.zeros_like(IMAGE)
    expected[:, :-1] = IMAGE[:, 1:]
    np.testing.assert_array_equal(convolved(model), expected)


def test_even_filter_reaches_one_further_right_and_down():
    model = hand_made(2)
    model.convs[0].weight[0, 0, 1, 1] = 1
    expected = np.zeros_like(IMAGE)
    expected[:-1, :-1] = IMAGE[1:, 1:]
    np.testing.assert_array_equal(convolved(model), expected)


def test_box_filter_and_bias_sum_the_neighbourhood():
    model = hand_made(3)
    model.convs[0].weight[:] = 1
    model.convs[0].bias[:] = -2
    padded = np.pad(IMAGE, 1)
    expected = [[padded[r : r + 3, c : c + 3].sum() - 2 for c in range(6)] for r in range(6)]
    np.testing.assert_allclose(convolved(model), expected, atol=1e-6)


def test_pooling_takes_the_largest_then_relu():
    values = torch.tensor([[-4.0, -3.0, 1.0], [-2.0, -1.0, -5.0], [7.0, 3.0, -9.0]])[None, None]
    assert pool_relu(values)[0, 0].tolist() == [[0, 1], [7, 0]]  # rounds 3 up to 2 pools a side


@pytest.mark.parametrize("shape", [(2, 3, 6, 8), (2, 3, 7, 8), (2, 3, 6, 5), (2, 3, 1, 1)])
def test_pooling_without_gradients_gives_the_same(shape):
    values = torch.randn(*shape).to(memory_format=torch.channels_last)
    with torch.no_grad():
        pooled = pool_relu(values)
    assert torch.equal(pooled, pool_relu(values))


def test_forward_is_conv_pool_relu_twice_and_two_full_layers():
    model = build_model(CNNConfig(), seed=2).requires_grad_(False)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for parameter in model.parameters():
            parameter.uniform_(-0.3, 0.3)  # biases that differ, and values below 0
        x = torch.rand(4, 1, 28, 28)
    y = x
    for conv in model.convs:
        y = F.conv2d(F.pad(y, (2, 2, 2, 2)), conv.weight, conv.bias)
        n, c, h, w = y.shape
        y = y.view(n, c, h // 2, 2, w // 2, 2).amax((3, 5)).clamp(min=0)
    y = (y.reshape(4, -1) @ model.fc1.weight.T + model.fc1.bias).clamp(min=0)
    y = y @ model.fc2.weight.T + model.fc2.bias
    torch.testing.assert_close(model(x), y, atol=1e-5, rtol=1e-5)


def test_dropout_drops_only_when_asked():
    model, x = build_model(CNNConfig(), 1).requires_grad_(False), torch.rand(2, 1, 28, 28)
    assert torch.equal(model(x), model(x))
    assert torch.equal(model.eval()(x), model.train()(x))
    drop = make_dropout(0.5, Part(0, 2, 2))
    assert not torch.equal(model(x, drop), model(x, drop))


def test_linear_classifier_is_one_product_from_zeros():
    model = LinearClassifier()
    assert count_parameters(model) == 7_850
    x = torch.rand(3, 1, 28, 28)
    assert (model(x) == 0).all()
    torch.nn.init.normal_(model.fc.weight)
    torch.nn.init.normal_(model.fc.bias)
    torch.testing.assert_close(model(x), x.reshape(3, 784) @ model.fc.weight.T + model.fc.bias)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"filters": (16, 0)}, "whole number above 0"),
        ({"image_size": 28.0}, "whole number above 0"),
        ({"classes": True}, "whole number above 0"),
        ({"filters": (16,)}, "got 1 numbers of filters"),
        ({"filters": (), "filter_sizes": ()}, "each convolutional layer needs"),
    ],
)
def test_impossible_sizes_are_refused(changes, text):
    with pytest.raises(ValueError, match=text):
        CNNConfig(**changes)
    assert CNNConfig(filters=[16, 36], filter_sizes=[5, 5]) == CNNConfig()
