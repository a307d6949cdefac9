"""Maps that follow on each other, and confusion matrices as files."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import numpy as np
from PIL import Image

from ocr import CNN, CNNConfig
from ocr.inspection.confusion_files import confusion_png, confusion_svg
from ocr.inspection.digit_map import layer_values, principal_components
from ocr.inspection.map_course import map_course


def test_the_last_map_is_its_networks_own_and_earlier_ones_are_turned_to_it(few):
    import torch

    models = []
    for seed in range(3):
        torch.manual_seed(seed)
        models.append(CNN(CNNConfig(filters=(3, 4), fc_size=8)).eval())
    images, told = few.test.ink(slice(None)), []
    course = map_course(models, images, "Layer 2", told.append)
    assert course.shape == (3, 50, 2)
    assert told == [1 / 3, 2 / 3, 1.0]
    np.testing.assert_allclose((course**2).sum(2).mean(1), 1, rtol=1e-4)
    values = layer_values(models[-1], images, "Layer 2")
    own = principal_components(values, 2).place(values)
    np.testing.assert_allclose(course[-1], own / np.sqrt((own**2).sum(1).mean()), atol=1e-4)
    moved = ((course[0] - course[1]) ** 2).sum()
    for angle in np.linspace(0, 2 * np.pi, 9)[1:-1]:
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        assert ((course[0] @ turn - course[1]) ** 2).sum() >= moved - 1e-3


def test_the_same_network_twice_moves_nothing(few):
    model = CNN(CNNConfig(filters=(3, 4), fc_size=8)).eval()
    course = map_course([model, model], few.test.ink(slice(None)), "Pixels")
    np.testing.assert_allclose(course[0], course[1], atol=1e-4)


def test_a_confusion_matrix_as_svg_and_png():
    confusion = np.diag(np.full(10, 90))
    confusion[4, 9] = 10
    root = ET.fromstring(confusion_svg(confusion))
    words = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert words.count("90") == 10
    assert words.count("10") == 1
    shares = [element.text for element in ET.fromstring(confusion_svg(confusion, shares=True)).iter()]
    assert shares.count("10.0%") == 1
    assert shares.count("90.0%") == 1
    assert shares.count("100.0%") == 9
    picture = np.asarray(Image.open(io.BytesIO(confusion_png(confusion))).convert("L"))
    side = picture.shape[0] // 11
    cells = {(i, j): picture[(i + 1) * side + 40, (j + 1) * side + 40] for i in range(10) for j in range(10)}
    assert min(cells, key=cells.__getitem__) == (4, 9)
