"""Kernels made by hand: sizes, windows and sums, against torch and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ocr import CNN
from ocr.inspection.kernels import BAR, KERNELS, PADDINGS, SIZE, bar_answers, convolve, first_place, output_size, window


@pytest.mark.parametrize(
    ("stride", "padding", "size"),
    [(1, "SAME", 28), (2, "SAME", 14), (3, "SAME", 10), (1, "VALID", 24), (2, "VALID", 12), (3, "VALID", 8)],
)
def test_size_of_the_result(stride, padding, size):
    assert output_size(28, 5, stride, padding) == size
    assert convolve(np.zeros((28, 28)), np.zeros((5, 5)), stride, padding).shape == (size, size)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", PADDINGS)
def test_every_value_is_the_sum_of_its_window_times_the_kernel(stride, padding):
    random = np.random.default_rng(0)
    image, kernel = random.random((28, 28)).astype(np.float32), random.normal(size=(5, 5)).astype(np.float32)
    result, start = convolve(image, kernel, stride, padding), first_place(28, 5, stride, padding)
    sums = [
        [(window(image, 5, start + stride * r, start + stride * c) * kernel).sum() for c in range(len(result))]
        for r in range(len(result))
    ]
    np.testing.assert_allclose(result, sums, atol=1e-5)


def test_stride_1_is_torchs_same_and_valid():
    random = np.random.default_rng(1)
    image, kernel = random.random((28, 28)).astype(np.float32), random.normal(size=(5, 5)).astype(np.float32)
    x, weights = torch.from_numpy(image)[None, None], torch.from_numpy(kernel)[None, None]
    for padding in PADDINGS:
        expected = F.conv2d(x, weights, padding=padding.lower())[0, 0]
        np.testing.assert_allclose(convolve(image, kernel, 1, padding), expected, atol=1e-5)


def test_starts_answer_to_what_they_are_called():
    assert all(kernel.shape == (SIZE, SIZE) for kernel in KERNELS.values())
    across = np.zeros((28, 28), np.float32)
    across[BAR[0] : BAR[1], 5:23] = 1
    for lying, upright in (("Upper edge", "Left edge"), ("Horizontal line", "Vertical line")):
        assert convolve(across, KERNELS[lying]).max() > 2 * convolve(across, KERNELS[upright])[:, 8:20].max()
    assert np.unravel_index(convolve(across, KERNELS["Upper edge"]).argmax(), (28, 28))[0] == BAR[0] - 1
    assert convolve(np.ones((28, 28)), KERNELS["Mean"], padding="VALID") == pytest.approx(1, abs=1e-6)


def test_filters_answer_to_the_bar_that_lies_as_they_do():
    model = CNN().eval().requires_grad_(False)
    model.convs[0].weight[:2] = torch.from_numpy(np.stack([KERNELS["Horizontal line"], KERNELS["Vertical line"]]))[
        :, None
    ]
    across, down = bar_answers(model)[:2]
    assert across[0] > 2 * across[1]
    assert down[1] > 2 * down[0]
