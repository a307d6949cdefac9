"""What is lost without filters is what is lost without their weights."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from ocr import CNN, Checkpoint, CNNConfig, Split, evaluate, trace
from ocr.data.split import normalise
from ocr.inspection.knock_out import KnockOut, accuracy_as_filters_go, knock_out_each, orders, switch_off


@pytest.fixture
def model() -> CNN:
    torch.manual_seed(0)
    return CNN(CNNConfig(filters=(3, 4), fc_size=8)).eval()


def blinded(model: CNN, layer: int, channel: int) -> CNN:
    """A copy whose filter never answers: its map is 0 after ReLU."""
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.convs[layer].weight[channel] = 0
        other.convs[layer].bias[channel] = 0
    return other


def test_a_network_with_filters_switched_off(model, few):
    images = normalise(few.test.images)
    before = model(images)
    switched = switch_off(Checkpoint(model, {"name": "small"}), {0: [2], 1: [1]})
    torch.testing.assert_close(switched.model(images), blinded(blinded(model, 0, 2), 1, 1)(images))
    assert switched.info == {"name": "small"}
    assert torch.equal(model(images), before)
    maps = trace(switched.model, few.test.ink(0)).layers
    assert not maps[0].maps[2].any()
    assert not maps[1].maps[1].any()
    assert torch.equal(switch_off(Checkpoint(model), {}).model(images), before)


def test_each_filter_in_turn(model, few):
    found = list(knock_out_each(model, few.test))
    assert [(each.layer, each.channel) for each in found] == [(0, i) for i in range(3)] + [(1, i) for i in range(4)]
    everything = evaluate(model, few.test)
    for each in found:
        without = evaluate(blinded(model, each.layer, each.channel), few.test)
        expected = everything.confusion().diagonal() - without.confusion().diagonal()
        assert each.lost.tolist() == expected.tolist()
        assert each.total == everything.correct - without.correct


def test_filters_go_one_after_the_other(model, few):
    split = Split(few.test.images[:20], few.test.labels[:20])
    order = [(1, 3), (0, 1)]
    first = blinded(model, 1, 3)
    expected = [evaluate(each, split).correct for each in (model, first, blinded(first, 0, 1))]
    assert accuracy_as_filters_go(model, split, order).tolist() == expected


def test_three_orders():
    found = [KnockOut(0, i, np.full(10, lost)) for i, lost in enumerate((3, -1, 0, 2))]
    by_name = orders(found)
    assert by_name["Least valuable first"] == [(0, 1), (0, 2), (0, 3), (0, 0)]
    assert by_name["Most valuable first"] == by_name["Least valuable first"][::-1]
    assert sorted(by_name["At random"]) == [(0, i) for i in range(4)]
