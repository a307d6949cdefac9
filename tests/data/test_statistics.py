"""Counts, means and what stands out, of images that are known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ocr import Split
from ocr.data.statistics import COMPONENTS, class_statistics, strangeness, stroke_width, total_ink


def bar(width: int, column: int = 10) -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[2:26, column : column + width] = 255
    return image


def test_counts_means_and_spreads():
    split = Split(np.stack([bar(2), bar(4), bar(3)]), np.array([1, 1, 7]))
    figures = class_statistics(split)
    assert figures.count.tolist() == [0, 2, 0, 0, 0, 0, 0, 1, 0, 0]
    assert figures.mean[1, 5, 9:15].tolist() == [0, 1, 1, 0.5, 0.5, 0]
    assert figures.spread[1, 5, 9:15].tolist() == [0, 0, 0, 0.5, 0.5, 0]
    assert not figures.mean[0].any()
    assert not figures.spread[7].any()


def test_ink_and_width_of_strokes():
    split = Split(np.stack([bar(2), bar(4), np.zeros((28, 28), np.uint8)]), np.array([1, 1, 1]))
    assert total_ink(split).tolist() == [48, 96, 0]
    assert stroke_width(split) == pytest.approx([2 * 48 / 52, 2 * 96 / 56, 0], rel=0.03)  # outlines with their ends


def test_strange_is_what_the_main_directions_of_a_class_do_not_explain():
    images = np.random.default_rng(0).integers(0, 255, (120, 28, 28)).astype(np.uint8)
    labels = np.repeat([4, 7], 60)
    distances = strangeness(Split(images, labels))
    sevens = images[60:].reshape(60, -1) / 255
    usual = PCA(COMPONENTS, svd_solver="full").fit(sevens)
    left = sevens - usual.inverse_transform(usual.transform(sevens))
    assert distances[60:] == pytest.approx(np.linalg.norm(left, axis=1), rel=1e-3)
    assert strangeness(Split(images[:1], labels[:1])).tolist() == [0]
