"""A batch in lanes: the gradients of the whole batch, and the same bits however many lanes are computed at a time."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier

import pytest
import torch

from ocr import CNNConfig, TrainConfig, Trainer
from ocr.files import load_tensors, save_tensors
from ocr.network import device
from ocr.network.deep import DeepConfig
from ocr.network.linear import LinearConfig
from ocr.network.side_by_side import side_by_side, torch_threads
from ocr.training.lanes import lanes_for
from ocr.training.recipe import Augmentation

RECIPE = TrainConfig(
    network=CNNConfig(filters=(3, 4), fc_size=8), iterations=40, batch_size=70, learning_rate=1e-3, seed=5
)
RECIPES = {
    "written out": replace(RECIPE, label_smoothing=0.1, ema_decay=0.9),
    "by autograd": replace(
        RECIPE, network=LinearConfig(), optimizer="sgd", learning_rate=0.1, augmentation=Augmentation()
    ),
    "with teachers": replace(RECIPE, distillation_weight=0.5, synthetic_share=0.25),
}


def trained(config, data, threads, iterations=4):
    """Its trainer, on so many of torch's threads."""
    with torch_threads(threads):
        trainer = Trainer(config, data, "cpu")
        list(trainer.train(iterations))
    return trainer


def same(one, other):
    tensors, others = one.state()[0], other.state()[0]
    return all(torch.equal(value, others[name]) for name, value in tensors.items())


@pytest.mark.parametrize("recipe", RECIPES)
def test_lanes_train_what_the_whole_batch_does(few, recipe, monkeypatch):
    monkeypatch.setattr(device, "_cpu_has_bfloat16", lambda: False)  # its rounding is larger than any fault
    whole, two = trained(RECIPES[recipe], few, 1), trained(RECIPES[recipe], few, 2)
    assert [len(trainer._gradients.lanes.models) for trainer in (whole, two)] == [1, 2]
    tensors, others = whole.state()[0], two.state()[0]
    start = Trainer(RECIPES[recipe], few, "cpu").state()[0]
    for name, value in tensors.items():
        way = (value - start[name]).norm() if name in start else value.norm()
        assert (value - others[name]).norm() <= 0.005 * way + 1e-6, name


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_run_in_lanes_goes_on_bit_for_bit_with_any_number_of_threads(few, recipe, tmp_path):
    whole = trained(RECIPES[recipe], few, 2, 6)
    save_tensors(tmp_path / "state", *trained(RECIPES[recipe], few, 2, 3).state())
    for threads in (1, 2):
        with torch_threads(threads):
            trainer = Trainer(RECIPES[recipe], few, "cpu")
            trainer.restore(*load_tensors(tmp_path / "state"))
            list(trainer.train(3))
        assert same(trainer, whole)


def test_where_rows_depend_on_one_another_there_is_one_lane(few):
    with torch_threads(2):
        for changes in ({"dropout": 0.1}, {"network": DeepConfig()}, {"batch_size": 63}):
            config = replace(RECIPE, **changes)
            assert lanes_for(Trainer(config, few, "cpu").model, config) == 1
    with torch_threads(5):
        assert lanes_for(Trainer(RECIPE, few, "cpu").model, RECIPE) == 2


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 9])
def test_pieces_come_back_in_their_order_and_torchs_threads_stay(threads):
    before = torch.get_num_threads()
    inside = side_by_side(lambda piece: (piece, torch.get_num_threads()), range(4), threads)
    assert [piece for piece, _ in inside] == [0, 1, 2, 3]
    assert {each for _, each in inside} == {max(1, threads // 4)}
    assert torch.get_num_threads() == before


def test_pieces_are_worked_on_at_the_same_time():
    together = Barrier(3, timeout=30)
    assert sorted(side_by_side(lambda piece: together.wait(), range(3), 3)) == [0, 1, 2]


@pytest.mark.parametrize("bad", [0, 1])
def test_what_one_piece_raises_is_raised(bad):
    def work(piece):
        if piece == bad:
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        side_by_side(work, range(2), 2)
