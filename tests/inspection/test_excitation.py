"""When filters are active, which are alike, and the image that excites one most."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ocr import CNN, CNNConfig, load_checkpoint
from ocr.data.split import normalise
from ocr.inspection.excitation import activity, most_exciting_image, near_copies, similarity


@pytest.fixture
def model() -> CNN:
    """Layer 1: an upright edge, the same at another strength, its opposite, and one that never answers."""
    model = CNN(CNNConfig(filters=(4, 2), fc_size=4)).eval()
    edge = torch.tensor([-1.0, -1.0, 0.0, 1.0, 1.0]).expand(5, 5) / 10
    with torch.no_grad():
        model.convs[0].weight[:, 0] = torch.stack([edge, edge * 3, -edge, torch.zeros(5, 5)])
        model.convs[0].bias[:] = torch.tensor([0.0, 0.0, 0.0, -1.0])
    return model


def test_activity_counts_what_is_above_zero(model, few):
    found = activity(model, few.test, 0)
    with torch.inference_mode():
        maps = model.apply_layers(normalise(few.test.images), last=1).numpy()
    np.testing.assert_allclose(found.share, (maps.max((2, 3)) > 0).mean(0), atol=1e-6)
    np.testing.assert_allclose(found.places, (maps > 0).mean((0, 2, 3)), atol=1e-6)
    np.testing.assert_allclose(found.by_class[:, 3], maps.max((2, 3))[few.test.labels == 3].mean(0), rtol=1e-5)
    assert found.dead.tolist() == [False, False, False, True]


def test_alike_are_those_of_one_direction(model):
    cosines = similarity(model, 0)
    np.testing.assert_allclose(np.diag(cosines)[:3], 1, atol=1e-6)
    assert cosines[0, 2] == pytest.approx(-1)
    assert near_copies(model, 0) == [(0, 1, pytest.approx(1))]


def test_the_image_that_excites_an_edge_is_an_edge(model):
    found = most_exciting_image(model, 0, 0, strongest=1.0)
    assert found.image.dtype == np.float32
    assert 0 <= found.image.min() <= found.image.max() <= 1
    assert found.image[12:17, 15:17].mean() > 0.8  # ink on the right of the middle
    assert found.image[12:17, 12:14].mean() < 0.1
    assert found.image[:8].mean() < 0.05  # and none where the filter does not look
    assert found.value == pytest.approx(1, abs=0.15)
    again = most_exciting_image(model, 0, 0, strongest=1.0)
    np.testing.assert_array_equal(found.image, again.image)


def test_of_the_shipped_network_it_excites_more_than_noise_does():
    shipped = load_checkpoint().model
    found = most_exciting_image(shipped, 1, 4, strongest=2.0)
    noise = torch.rand((50, 1, 28, 28), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        values = shipped.convs[1](shipped.apply_layers(noise, last=1))[:, 4]
    assert found.value > float(values.max())
