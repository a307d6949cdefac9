"""Harm to images: none at its neutral strength, what it should be at others; accuracies as `evaluate` gives them."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import Split, evaluate, load_checkpoint
from ocr.inspection.robustness import KINDS, harmed, measure_robustness

NEUTRAL = {"Size": 1.0}
BY_NAME = {kind.name: kind for kind in KINDS}


@pytest.fixture
def bar() -> np.ndarray:
    """An upright bar, 2 pixels broad and 12 high, its middle in that of the image."""
    image = np.zeros((1, 28, 28), np.float32)
    image[0, 8:20, 13:15] = 1
    return image


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_there_is_a_strength_without_harm_and_others_stay_within_0_and_1(kind, bar):
    every = harmed(bar, kind)
    assert every.dtype == np.float32
    assert every.shape == (len(kind.strengths), 1, 28, 28)
    assert every.min() >= 0
    assert every.max() <= 1 + 1e-6
    assert list(kind.strengths) == sorted(kind.strengths)
    neutral = kind.strengths.index(NEUTRAL.get(kind.name, 0.0))
    np.testing.assert_allclose(every[neutral], bar, atol=1e-5)
    assert abs(every[-1] - bar).max() > 0.1


def test_what_each_does(bar):
    def at(name: str, strength: float) -> np.ndarray:
        return BY_NAME[name].harm(bar, strength)[0]

    np.testing.assert_allclose(at("Shift", 4.0)[:, 17:19], bar[0, :, 13:15], atol=1e-5)
    np.testing.assert_allclose(at("Rotation", 90.0), bar[0].T, atol=1e-4)  # lies, about its middle
    assert at("Size", 0.5).sum() == pytest.approx(bar.sum() / 4, rel=0.05)
    assert at("Blur", 2.0).sum() == pytest.approx(bar.sum(), rel=0.01)
    assert (at("Thickness", 1.0)[14] > 0).sum() == 4
    assert not at("Thickness", -1.0).any()
    np.testing.assert_allclose(at("Thickness", 0.5)[14, 12:16], [0.5, 1, 1, 0.5])
    np.testing.assert_allclose(at("Inversion", 1.0), 1 - bar[0])
    full = np.ones((3, 28, 28), np.float32)
    covered = BY_NAME["Occlusion"].harm(full, 7.0)
    assert (covered == 0).sum((1, 2)).tolist() == [49, 49, 49]
    assert full.all()
    assert len({image.tobytes() for image in covered}) > 1  # not always the same place
    assert 0.5 < BY_NAME["Noise"].harm(full * 0.5, 0.1).std() / 0.1 < 1.5


def test_unharmed_images_are_read_as_they_are(few):
    model, split = load_checkpoint().model, Split(few.test.images[:20], few.test.labels[:20])
    measured = list(measure_robustness(model, split))
    assert [(m.kind, m.strength) for m in measured] == [(kind.name, s) for kind in KINDS for s in kind.strengths]
    expected = evaluate(model, split).correct
    for found in measured:
        assert found.count == 20
        if found.strength == NEUTRAL.get(found.kind, 0.0):
            assert found.correct == expected
    by_strength = {(m.kind, m.strength): m.correct for m in measured}
    assert by_strength["Blur", 3.0] < expected
    assert by_strength["Inversion", 1.0] < expected
