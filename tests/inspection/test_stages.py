"""The stages of the network and the fields of its values."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import CNNConfig, trace
from ocr.inspection.receptive_field import ReceptiveField, convolved_field
from ocr.inspection.stages import stages, total_parameters
from ocr.network.models import count_parameters


def test_stages_follow_the_network(small_model):
    image = np.zeros((28, 28), np.float32)
    row = stages(small_model, trace(small_model, image), np.full(10, 0.1, np.float32))
    assert [stage.shape for stage in row[1:6]] == [(3, 28, 28), (3, 14, 14), (4, 14, 14), (4, 7, 7), (196,)]
    assert [stage.parameters for stage in row if stage.weights] == [78, 304, 1576, 90]
    assert total_parameters(row) == count_parameters(small_model) == 2_048


def test_fields_worked_out_by_hand():
    config = CNNConfig()
    assert convolved_field(config, 0) == ReceptiveField(-2, 5, 1)
    assert convolved_field(config, 1) == ReceptiveField(-6, 14, 2)


@pytest.mark.parametrize(("layer", "row", "column"), [(0, 10, 12), (1, 6, 7)])
def test_a_value_depends_on_its_field_and_on_nothing_else(small_model, layer, row, column):
    field = convolved_field(small_model.config, layer)
    top, left = (field.start + field.step * at for at in (row, column))
    inside = np.zeros((28, 28), bool)
    inside[top : top + field.size, left : left + field.size] = True
    image = np.random.default_rng(1).random((28, 28), np.float32)
    value = trace(small_model, image).layers[layer].convolved[:, row, column]
    wiped = trace(small_model, np.where(inside, image, 0)).layers[layer].convolved[:, row, column]
    np.testing.assert_allclose(wiped, value, atol=1e-6)
    inside[top : top + field.size, left] = False
    narrower = trace(small_model, np.where(inside, image, 0)).layers[layer].convolved[:, row, column]
    assert np.abs(narrower - value).max() > 1e-4
