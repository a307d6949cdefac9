"""Filters one by one, with numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ocr import trace
from ocr.inspection.filters import filter_statistics, patches_behind, rank_activations
from ocr.inspection.receptive_field import ReceptiveField, patch


def test_figures_of_a_filter_worked_out_by_hand(small_model):
    small_model.convs[0].weight[1] = torch.tensor([-3.0, *[0.0] * 23, 4.0]).reshape(1, 5, 5)
    known = filter_statistics(small_model, 0)
    assert (known.low[1], known.high[1], known.norm[1]) == (-3, 4, 5)
    assert known.mean[1] == pytest.approx(1 / 25)
    assert known.bias[1] == pytest.approx(0.05)


def test_the_strongest_answers_are_the_products_with_their_patches(small_model, few):
    answers = rank_activations(small_model, few.test, layer=0, count=4).most
    patches = patches_behind(small_model, few.test, answers, layer=0, channel=2)
    weights, bias = small_model.convs[0].weight[2, 0].numpy(), float(small_model.convs[0].bias[2])
    np.testing.assert_allclose((patches * weights).sum((1, 2)) + bias, answers.values[2], atol=1e-5)
    convolved = [trace(small_model, image / 255).layers[0].convolved[2].max() for image in few.test.images]
    np.testing.assert_allclose(answers.values[2], np.sort(convolved)[::-1][:4], atol=1e-5)


def test_a_patch_over_the_edge_has_no_ink_there():
    image = np.arange(1, 785).reshape(28, 28)
    corner = patch(image, ReceptiveField(-2, 5, 1), 0, 0)
    assert corner[:2].sum() == corner[:, :2].sum() == 0
    np.testing.assert_array_equal(corner[2], [0, 0, 1, 2, 3])
