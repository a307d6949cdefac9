"""Why a network says what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ocr import trace
from ocr.inspection.attribution import minimal_perturbation, occlusion, saliency
from ocr.inspection.receptive_field import pooled_field
from ocr.inspection.traces import evidence, partial_convolution


@pytest.fixture
def image():
    return np.random.default_rng(1).random((28, 28)).astype(np.float32)


def test_saliency_is_the_slope_of_the_logit(small_model, image):
    slopes = saliency(small_model, image, 4, copies=1, noise=0)
    step = np.zeros_like(image)
    step[10, 12] = 1e-2
    above, below = (trace(small_model, image + sign * step).logits[4] for sign in (1, -1))
    assert slopes[10, 12] == pytest.approx((above - below) / 2e-2, abs=1e-3)


def test_smoothed_slopes_are_the_mean_over_noisy_copies_and_less_rough(small_model, image):
    exact = saliency(small_model, image, 4, copies=1, noise=0)
    assert np.allclose(saliency(small_model, image, 4, copies=5, noise=0), exact, atol=1e-6)
    smooth = saliency(small_model, image, 4)
    assert np.array_equal(smooth, saliency(small_model, image, 4))

    def roughness(slopes):
        return np.abs(np.diff(slopes)).mean() / np.abs(slopes).mean()

    assert roughness(smooth) < roughness(exact)


def test_occlusion_is_the_fall_of_the_probability(small_model, image):
    falls = occlusion(small_model, image, 2, size=3)
    wiped = image.copy()
    wiped[0:2, 26:28] = 0  # the square around the corner pixel, cut off at the edge

    def probability(of):
        logits = trace(small_model, of).logits.astype(float)
        return np.exp(logits[2]) / np.exp(logits).sum()

    assert falls[0, 27] == pytest.approx(probability(image) - probability(wiped), abs=1e-5)
    assert np.abs(occlusion(small_model, np.zeros((28, 28), np.float32), 2)).max() == 0


def test_the_least_change_is_read_as_asked_stays_within_range_and_is_no_further_than_needed(small_model, image):
    order = np.argsort(-trace(small_model, image).logits)
    changed = minimal_perturbation(small_model, image, int(order[1]))
    assert changed is not None
    assert trace(small_model, changed).logits.argmax() == order[1]
    assert changed.min() >= 0
    assert changed.max() <= 1
    nearer = image + 0.99 * (changed - image)
    assert trace(small_model, nearer).logits.argmax() == order[0]


@pytest.mark.parametrize("digit", range(10))
def test_evidence_and_biases_make_the_logit(small_model, image, digit):
    found = evidence(small_model, trace(small_model, image), digit)
    assert found.contributions.shape == (4, 7, 7)
    assert found.contributions.sum() + found.constant == pytest.approx(found.logit, abs=1e-5)


@pytest.mark.parametrize("layer", [0, 1])
def test_partial_convolutions_and_the_bias_make_the_map(small_model, image, layer):
    traced = trace(small_model, image)
    inputs = small_model.convs[layer].weight.shape[1]
    total = sum(partial_convolution(small_model, traced, layer, 1, source) for source in range(inputs))
    assert np.allclose(total + float(small_model.convs[layer].bias[1]), traced.layers[layer].convolved[1], atol=1e-5)


@pytest.mark.parametrize(("layer", "row", "column"), [(0, 5, 6), (0, 0, 13), (1, 3, 3), (1, 6, 0)])
def test_the_receptive_field_is_exactly_what_a_pixel_depends_on(small_model, image, layer, row, column):
    inputs = torch.from_numpy(image)[None, None].requires_grad_()
    x = inputs
    for conv in list(small_model.convs)[: layer + 1]:
        x = torch.nn.functional.avg_pool2d(conv(x), 2)  # averages, so that all four places of a pool count
    (gradient,) = torch.autograd.grad(x[0, :, row, column].sum(), inputs)
    rows, columns = np.nonzero(gradient[0, 0].numpy())
    field = pooled_field(small_model.config, layer)
    for found, first in ((rows, field.first(row)), (columns, field.first(column))):
        assert (found.min(), found.max()) == (max(0, first), min(28, first + field.size) - 1)
