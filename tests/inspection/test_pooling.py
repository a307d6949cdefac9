"""Pooling, ReLU, shifts, softmax and cross-entropy: by hand and against torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ocr.inspection.pooling import changed_share, negative_pool, pool, relu, shift
from ocr.inspection.softmax import cross_entropies, work_softmax
from ocr.network.cnn import pool_relu


def test_pool_then_relu_is_relu_then_pool_and_what_the_network_does():
    maps = np.random.default_rng(0).normal(size=(16, 28, 28)).astype(np.float32)
    np.testing.assert_array_equal(relu(pool(maps)), pool(relu(maps)))
    np.testing.assert_array_equal(relu(pool(maps)), pool_relu(torch.from_numpy(maps)[None])[0])


def test_pool_keeps_the_largest_of_four():
    assert pool(np.array([[[1, 2, -5, -4], [3, 0, -3, -9]]])).tolist() == [[[3, -3]]]


def test_a_pool_of_negative_values_is_found():
    maps = np.array([[1, -2, -5, -4], [-3, -1, -3, -9]], np.float32)
    assert negative_pool(maps).tolist() == [[-5, -4], [-3, -9]]
    assert negative_pool(np.abs(maps)) is None


def test_a_shift_moves_and_leaves_blank():
    image = np.array([[1, 2], [3, 4]], np.float32)
    assert shift(image, 1, 0).tolist() == [[0, 1], [0, 3]]
    assert shift(image, -1, 1).tolist() == [[0, 0], [2, 0]]
    assert shift(image, 0, 0).tolist() == image.tolist()
    assert changed_share(image, shift(image, 1, 0)) == pytest.approx((1 + 1 + 3 + 1) / (10 + 4))
    assert changed_share(np.zeros(3), np.ones(3)) == 1
    assert changed_share(np.zeros(3), np.zeros(3)) == 0


@pytest.mark.parametrize("temperature", [0.2, 1.0, 7.5])
def test_softmax_and_cross_entropy_are_torchs(temperature):
    logits = np.random.default_rng(2).normal(scale=9, size=10).astype(np.float32)
    divided = torch.from_numpy(logits) / temperature
    np.testing.assert_allclose(work_softmax(logits, temperature).shares, F.softmax(divided, 0), atol=1e-5)
    expected = [float(F.cross_entropy(divided[None], torch.tensor([digit]))) for digit in range(10)]
    np.testing.assert_allclose(cross_entropies(logits, temperature), expected, atol=1e-5)


def test_softmax_does_not_overflow():
    worked = work_softmax(np.array([2000.0, 0.0]))
    assert worked.shares.tolist() == [1, 0]
    assert np.isfinite(cross_entropies(np.array([2000.0, 0.0]))).all()
