"""What an evaluation says beyond accuracy, worked out by hand or by scikit-learn and SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

from ocr import Evaluation
from ocr.reading.scores import (
    class_scores,
    compare,
    coverage,
    doubtful_labels,
    most_uncertain,
    together,
    wilson_interval,
)


def evaluated(labels: list[int], predictions: list[int], confidence: list[float] | None = None) -> Evaluation:
    """Each image is read as its prediction with a confidence, and the rest goes to the next digit."""
    probabilities = np.zeros((len(labels), 10), np.float32)
    rows = np.arange(len(labels))
    sure = np.array(confidence or [0.9] * len(labels), np.float32)
    probabilities[rows, predictions] = sure
    probabilities[rows, (np.array(predictions) + 1) % 10] = 1 - sure
    return Evaluation(probabilities, np.array(labels))


@pytest.mark.parametrize(("correct", "count"), [(0, 5), (5, 5), (9_958, 10_000), (1, 3)])
def test_the_interval_is_wilsons(correct, count):
    expected = binomtest(correct, count).proportion_ci(0.95, method="wilson")
    assert wilson_interval(correct, count) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_each_class_has_the_scores_of_scikit_learn():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 9, 300)  # no 9 at all
    predictions = np.where(generator.random(300) < 0.7, labels, generator.integers(0, 8, 300))  # 8 never by chance
    scores = class_scores(evaluated(labels.tolist(), predictions.tolist()))
    expected = precision_recall_fscore_support(labels, predictions, labels=range(10), zero_division=0)
    for found, true in zip((scores.precision, scores.recall, scores.f1, scores.count), expected, strict=True):
        assert found == pytest.approx(true)


def test_bins_of_confidence():
    bins = evaluated([1, 2, 3, 3], [1, 2, 3, 5], [1.0, 0.72, 0.78, 0.74]).reliability(4)
    assert bins.edges.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert bins.count.tolist() == [0, 0, 2, 2]
    assert bins.confidence[2:] == pytest.approx([0.73, 0.89])
    assert bins.accuracy[2:] == pytest.approx([0.5, 1.0])
    assert math.isnan(bins.accuracy[0])


def test_fewer_are_read_if_more_confidence_is_asked_for():
    evaluation = evaluated([1, 2, 3, 4], [1, 2, 5, 4], [0.99, 0.8, 0.7, 0.6])
    assert [(c.kept, c.right) for c in (coverage(evaluation, t) for t in (0.0, 0.65, 0.75, 1.0))] == [
        (4, 3),
        (3, 2),
        (2, 2),
        (0, 0),
    ]
    assert coverage(evaluation, 0.75).accuracy == 1
    assert math.isnan(coverage(evaluation, 1.0).accuracy)


def test_the_closest_race_is_the_most_uncertain():
    assert most_uncertain(evaluated([1, 2, 3], [1, 2, 3], [0.9, 0.55, 0.7])).tolist() == [1, 2, 0]


def test_labels_that_networks_agree_against_are_doubtful():
    labels = [0, 1, 2, 3]
    first = evaluated(labels, [0, 5, 7, 9], [0.9, 0.9, 0.8, 0.9])
    second = evaluated(labels, [0, 5, 7, 3], [0.6, 0.99, 0.9, 0.95])
    assert doubtful_labels(together([first, second])).tolist() == [
        1,
        2,
    ]  # the second reads the 3 as surely as the first the 9
    assert doubtful_labels(first).tolist() == [1, 3, 2]
    assert not len(doubtful_labels(evaluated(labels, labels)))


def test_two_networks_differ_where_one_of_them_errs():
    labels = [0, 1, 2, 3, 4, 5]
    first = evaluated(labels, [0, 1, 2, 3, 9, 9])
    second = evaluated(labels, [9, 1, 9, 9, 4, 9])
    comparison = compare(first, second)
    assert comparison.only_first.tolist() == [0, 2, 3]
    assert comparison.only_second.tolist() == [4]
    assert comparison.neither.tolist() == [5]
    assert comparison.p_value == pytest.approx(10 / 16)  # 3 or more of one kind among 4 tosses: 5 of 16, twice
    assert compare(first, first).p_value == 1
