"""Accuracy, confusion, calibration and mistakes of six samples, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from ocr import CNNConfig, Evaluation, Split, evaluate
from ocr.network.models import build_model, compute_logits


def row(**chances: float) -> list[float]:
    """Probabilities: of `d3` for digit 3 and so on."""
    return [chances.get(f"d{digit}", 0.0) for digit in range(10)]


@pytest.fixture
def six() -> Evaluation:
    probabilities = [
        row(d0=0.98, d6=0.02),  # right
        row(d1=0.70, d7=0.30),  # wrong: a 7
        row(d2=0.97, d3=0.03),  # right
        row(d9=0.99, d4=0.01),  # wrong: a 4
        row(d4=0.61, d9=0.39),  # right
        row(d9=0.68, d4=0.32),  # wrong: a 4
    ]
    return Evaluation(np.array(probabilities, np.float32), np.array([0, 7, 2, 4, 4, 4]))


def test_accuracy_is_with_its_counts(six):
    assert (six.count, six.correct, six.accuracy) == (6, 3, 0.5)
    assert six.predictions.tolist() == [0, 1, 2, 9, 4, 9]


def test_confusion_has_the_true_class_in_rows(six):
    expected = np.zeros((10, 10), int)
    expected[0, 0] = expected[2, 2] = expected[4, 4] = 1
    expected[7, 1] = 1
    expected[4, 9] = 2
    np.testing.assert_array_equal(six.confusion(), expected)
    assert six.confusion().sum() == six.count


def test_calibration_error(six):
    # Bins of a fifteenth. 0.97, 0.98, 0.99 share the last: mean confidence 0.98, two of three right.
    # 0.61 is in the bin from 9/15 = 0.6 on, and right; 0.68 and 0.70 share the next, both wrong.
    expected = 3 / 6 * abs(0.98 - 2 / 3) + 1 / 6 * abs(0.61 - 1) + 2 / 6 * 0.69
    assert six.calibration_error() == pytest.approx(expected, abs=1e-6)


def test_calibration_error_of_certainty():
    certain = np.eye(10, dtype=np.float32)
    assert Evaluation(certain, np.arange(10)).calibration_error() == 0
    assert Evaluation(certain, (np.arange(10) + 1) % 10).calibration_error() == 1


def test_most_confident_mistakes_come_first(six):
    assert six.mistakes.tolist() == [3, 1, 5]


def test_loss_is_mean_cross_entropy(six):
    expected = -sum(math.log(p) for p in (0.98, 0.30, 0.97, 0.01, 0.61, 0.32)) / 6
    assert six.loss == pytest.approx(expected, rel=1e-5)


class Counting(nn.Module):
    """Says of each image the digit that its first pixel spells, and remembers the sizes of batches."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.sizes.append(len(images))
        digit = (images[:, 0, 0, 0] * 255).round().long()
        return nn.functional.one_hot(digit, 10).to(torch.float64) * 3


def test_evaluate_keeps_the_order_over_batches():
    labels = np.arange(2_345) % 10
    images = np.zeros((2_345, 28, 28), np.uint8)
    images[:, 0, 0] = labels
    model = Counting()
    result = evaluate(model, Split(images, labels))
    assert result.predictions.tolist() == labels.tolist()
    assert model.sizes == [125] * 18 + [95]
    assert result.probabilities.dtype == np.float32
    np.testing.assert_allclose(result.probabilities.sum(1), 1, atol=1e-6)
    assert result.probabilities.max() == pytest.approx(math.exp(3) / (math.exp(3) + 9), rel=1e-6)


def test_temperature_divides_the_logits():
    images = np.zeros((1, 28, 28), np.uint8)
    cooled = evaluate(Counting(), Split(images, np.zeros(1, int)), temperature=1.5)
    assert cooled.probabilities[0, 0] == pytest.approx(math.exp(2) / (math.exp(2) + 9), rel=1e-6)


def test_compute_logits_keeps_no_graph_and_changes_no_mode(digits):
    model = build_model(CNNConfig(), 0).train()
    images = torch.rand(3, 1, 28, 28)
    logits = compute_logits(model, images)
    assert not logits.requires_grad
    assert model.training
    torch.testing.assert_close(logits, model(images).detach())
