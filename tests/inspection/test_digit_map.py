"""Where images lie on the map: components as scikit-learn's, groups that stay together, and one more among them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from ocr import CNN, CNNConfig
from ocr.inspection.digit_map import (
    layer_names,
    layer_values,
    nearest,
    neighbour_layout,
    place_among,
    principal_components,
)


@pytest.fixture
def groups() -> np.ndarray:
    """Three groups of 20 around corners of a space of 6 dimensions."""
    generator = np.random.default_rng(0)
    return np.repeat(10 * np.eye(6)[:3], 20, axis=0).astype(np.float32) + generator.normal(size=(60, 6)).astype("f4")


def test_each_layer_has_its_values():
    model = CNN(CNNConfig(filters=(3, 4), fc_size=7)).eval()
    images = np.random.default_rng(0).random((5, 28, 28), np.float32)
    assert layer_names(model) == ["Pixels", "Layer 1", "Layer 2", "Fully connected"]
    shapes = [layer_values(model, images, name).shape for name in layer_names(model)]
    assert shapes == [(5, 784), (5, 3 * 14 * 14), (5, 4 * 7 * 7), (5, 7)]
    np.testing.assert_array_equal(layer_values(model, images, "Pixels")[1], images[1].ravel())
    with torch.inference_mode():
        features = model.features(torch.from_numpy(images)[:, None])
        np.testing.assert_allclose(layer_values(model, images, "Layer 2"), features, atol=1e-6)
        np.testing.assert_allclose(layer_values(model, images, "Fully connected"), model.hidden(features), atol=1e-6)


@pytest.mark.parametrize("gives_up", [False, True])
def test_components_are_scikit_learns_also_where_torch_gives_up(groups, gives_up, monkeypatch):
    def fail(matrix: torch.Tensor) -> None:
        raise torch.linalg.LinAlgError("The algorithm failed to converge")

    if gives_up:
        monkeypatch.setattr(torch.linalg, "eigh", fail)
    components, expected = principal_components(groups, 4), PCA(4).fit(groups)
    assert components.shares == pytest.approx(expected.explained_variance_ratio_, rel=1e-4)
    overlap = components.directions.T @ expected.components_.T
    np.testing.assert_allclose(abs(overlap), np.eye(4), atol=1e-3)
    places = components.place(groups)
    np.testing.assert_allclose(places.mean(0), 0, atol=1e-4)
    assert places.shape == (60, 4)
    assert principal_components(groups[:3], 30).directions.shape == (6, 3)


@pytest.mark.parametrize("which", [[0] * 6, [0] * 5 + [1], list(range(8))], ids=["one image", "two", "eight"])
@pytest.mark.parametrize("width", [784, 1])
def test_a_few_images_and_a_layer_of_one_value_have_a_map(few, which, width):
    values = few.test.ink(which).reshape(len(which), width, -1).sum(2)
    components = principal_components(values, 2)
    assert np.isfinite(components.shares).all()
    places = components.place(values)
    assert places.shape == (len(which), 2)
    if which[0] == which[1]:
        np.testing.assert_allclose(places[0], places[1], atol=1e-4)
    layout = neighbour_layout(values)
    assert layout.shape == (len(which), 2)
    assert np.isfinite(layout).all()


def test_neighbours_stay_neighbours_and_a_new_image_comes_to_its_own(groups):
    layout = neighbour_layout(groups)
    assert layout.shape == (60, 2)
    middles = layout.reshape(3, 20, 2).mean(1)
    to_middles = np.linalg.norm(layout[:, None] - middles, axis=2)
    assert (to_middles.argmin(1) == np.repeat(np.arange(3), 20)).all()
    one = groups[25] + 0.01
    assert nearest(groups, one)[0] == 25
    assert (nearest(groups, one, 15) // 20 == 1).all()
    assert np.linalg.norm(place_among(layout, groups, one) - middles, axis=1).argmin() == 1
