"""The training loop: its schedule, its order, its exactness, and that it learns."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from ocr import (
    CNNConfig,
    Data,
    OCRError,
    Split,
    TrainConfig,
    Trainer,
    evaluate,
    preset,
    train,
)
from ocr.data.split import normalise
from ocr.files import load_tensors, save_tensors
from ocr.network.deep import DeepConfig
from ocr.network.device import choose_device
from ocr.network.linear import LinearConfig
from ocr.training.batches import Batches
from ocr.training.recipe import Augmentation, learning_rate
from ocr.training.report import MILESTONES
from tests.training.exact import RECIPES, assert_same, weights


def rates_of(trainer: Trainer) -> list[float]:
    """The learning rates that the optimiser gets from now on."""
    rates, step = [], trainer._optimizer.step
    trainer._optimizer.step = lambda rate: (rates.append(rate), step(rate))
    return rates


def test_rate_is_constant_without_a_cycle_and_the_optimizer_gets_it(tiny, few):
    assert {learning_rate(tiny, i) for i in (0, 50, 99, 10**6)} == {1e-3}
    config = replace(tiny, one_cycle=True)
    trainer = Trainer(config, few)
    rates = rates_of(trainer)
    for progress in trainer.train(12):
        if progress.iteration:
            assert rates[-1] == progress.learning_rate == learning_rate(config, progress.iteration - 1)
    assert rates == [learning_rate(config, iteration) for iteration in range(12)]


def test_every_epoch_shows_every_image_once_and_batches_fill_from_the_next(tiny, few, monkeypatch):
    count = 37
    data = replace(few, train=Split(few.train.images[:count], few.train.labels[:count]))
    trainer = Trainer(tiny, data)
    seen, positions = [], trainer.batches._positions
    monkeypatch.setattr(
        trainer.batches, "_positions", lambda iteration: (seen.append(positions(iteration)), seen[-1])[1]
    )
    list(trainer.train(37))  # 37 batches of 8 are 8 epochs of 37
    assert {len(chosen) for chosen in seen} == {8}
    epochs = torch.cat(seen).view(8, count)
    for epoch in epochs:
        assert sorted(epoch.tolist()) == list(range(count))
    assert len({tuple(epoch.tolist()) for epoch in epochs}) == 8
    assert not torch.equal(epochs[0], torch.arange(count))


def test_batch_larger_than_the_data(tiny, few):
    data = replace(few, train=Split(few.train.images[:5], few.train.labels[:5]))
    batches = Batches(replace(tiny, batch_size=12), data.train, None, torch.device("cpu"))
    assert batches._positions(0).bincount().sort().values.tolist() == [2, 2, 2, 3, 3]


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("first", [1, 50])
def test_stopping_and_going_on_changes_no_bit(tiny, few, tmp_path, recipe, first):
    config = replace(tiny, **RECIPES[recipe])
    whole = Trainer(config, few)
    list(whole.train(100))
    part = Trainer(config, few)
    list(part.train(first))
    save_tensors(tmp_path / "state", *part.state())
    torch.manual_seed(99)  # whatever else used the random state meanwhile
    resumed = Trainer(config, few)
    resumed.restore(*load_tensors(tmp_path / "state"))
    assert resumed.iteration == first
    list(resumed.train(100 - first))
    assert_same(weights(resumed), weights(whole))
    assert_same(resumed.model.state_dict(), whole.model.state_dict())
    assert_same(resumed.state()[0], whole.state()[0])
    list(part.train(100 - first))
    assert_same(weights(part), weights(whole))


def test_a_teacher_resumes_exactly_and_reads_with_its_average_statistics(tiny, few, tmp_path):
    config = replace(tiny, network=DeepConfig(), ema_decay=0.9, dropout=0.3)
    trainer, part, resumed = (Trainer(config, few) for _ in range(3))
    list(trainer.train(20))
    list(part.train(15))
    save_tensors(tmp_path / "state", *part.state())
    resumed.restore(*load_tensors(tmp_path / "state"))
    list(resumed.train(5))
    assert_same(weights(resumed), weights(trainer))
    assert_same(resumed.model.state_dict(), trainer.model.state_dict())
    average, latest = trainer.evaluation_model(), trainer.model
    assert not torch.equal(average.norms[0].running_var, latest.norms[0].running_var)
    assert (average.norms[0].running_var - 1).abs().min() > 0
    images = normalise(few.test.images)
    together, alone = average(images), torch.cat([average(image[None]) for image in images])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)  # nothing depends on the rest of the batch


def test_a_state_that_counts_the_steps_of_each_parameter_goes_on_exactly(tiny, few):
    """As states did until 2026-11-25."""
    whole, part, resumed = (Trainer(tiny, few) for _ in range(3))
    list(whole.train(20))
    list(part.train(15))
    tensors, values = part.state()
    parameters = len(list(part.model.parameters()))
    resumed.restore(tensors | {f"optimizer.{number}.step": torch.tensor(15.0) for number in range(parameters)}, values)
    list(resumed.train(5))
    assert_same(weights(resumed), weights(whole))


def test_the_default_networks_training_resumes_exactly(few, tmp_path):
    """Its filters have several input channels: here the layout of the optimizer's memory shows."""
    config = TrainConfig(iterations=12, learning_rate=1e-3)
    whole, part, resumed = (Trainer(config, few) for _ in range(3))
    list(whole.train(12))
    list(part.train(1))
    save_tensors(tmp_path / "state", *part.state())
    resumed.restore(*load_tensors(tmp_path / "state"))
    list(resumed.train(11))
    assert_same(weights(resumed), weights(whole))


def test_seed_decides_everything(tiny, few):
    config = replace(tiny, **RECIPES["everything"])
    results = []
    for seed in (1, 1, 2):
        torch.manual_seed(len(results))
        trainer = Trainer(replace(config, seed=seed), few)
        list(trainer.train(20))
        results.append(weights(trainer))
    assert_same(results[0], results[1])
    assert not torch.equal(results[0]["fc1.weight"], results[2]["fc1.weight"])


def test_chance_is_another_in_every_iteration(tiny, few):
    trainer, seeds = Trainer(tiny, few), []
    for _ in range(5):
        list(trainer.train(1))
        seeds.append(torch.initial_seed())
    assert len(set(seeds)) == 5


@pytest.mark.parametrize("part", ["augmentation", "dropout", "ema_decay", "label_smoothing", "weight_decay", "betas"])
def test_every_part_of_a_recipe_takes_part(tiny, few, part):
    results = []
    plain = replace(tiny, optimizer="adamw")  # which without weight decay is Adam
    for config in (plain, replace(plain, **{part: RECIPES["everything"][part]})):
        trainer = Trainer(config, few)
        list(trainer.train(3))
        results.append(weights(trainer))
    assert not torch.equal(results[0]["fc1.weight"], results[1]["fc1.weight"])


def test_state_of_another_network_is_refused(tiny, few):
    other = Trainer(replace(tiny, network=CNNConfig(filters=(3, 5), fc_size=8)), few)
    list(other.train(1))
    for tensors, values in (other.state(), (other.state()[0], {}), ({}, {"iteration": 1, "seconds": 1.0})):
        with pytest.raises(OCRError, match=r"saved state does not fit its recipe\. Start a new run instead\."):
            Trainer(tiny, few).restore(tensors, values)


def test_a_run_goes_on_with_its_own_data_only(tiny, few):
    trainer = Trainer(tiny, few)
    list(trainer.train(1))
    fewer = replace(few, train=Split(few.train.images[:100], few.train.labels[:100]))
    with pytest.raises(OCRError, match=r"trained on bundled digits \(200 images\), and here is bundled digits \(100\)"):
        Trainer(tiny, fewer).restore(*trainer.state())


def test_reports_come_at_the_milestones_with_the_status_lines_and_at_the_end(tiny, few):
    reports = list(Trainer(tiny, few).train(303))
    assert [report.iteration for report in reports] == [0, 1, 2, 5, 10, 20, 50, 100, 101, 200, 201, 301, 303]
    assert MILESTONES[:7] == (1, 2, 5, 10, 20, 50, 100)
    lines = [report.status_line for report in reports if report.status_line]
    for line, iteration in zip(lines, (1, 101, 201, 301), strict=True):
        report = next(report for report in reports if report.iteration == iteration)
        percent = f"{report.training_accuracy:.1%}"
        assert line == f"Optimization Iteration: {iteration:6d}, Training Accuracy: {percent:>6}"
    first, last = reports[0], reports[-1]
    assert (first.training_accuracy, first.training_loss) == (None, None)
    assert None not in (first.validation_accuracy, last.validation_accuracy, last.validation_loss)
    assert all(one.seconds <= next_one.seconds for one, next_one in pairwise(reports))
    assert all(report.images_per_second > 0 for report in reports[1:])


def test_figures_of_a_report_are_what_they_say(tiny, few):
    """Before any training step moves them, losses are cross-entropies of the untrained network."""
    config = replace(tiny, batch_size=200, learning_rate=1e-12)
    trainer = Trainer(config, few)
    reports = list(trainer.train(1))
    for split, accuracy, loss in (
        (few.validation, reports[0].validation_accuracy, reports[0].validation_loss),
        (few.train, reports[1].training_accuracy, reports[1].training_loss),
    ):
        result = evaluate(trainer.evaluation_model(), split)
        assert accuracy == pytest.approx(result.accuracy, abs=0.011)  # bfloat16 may tip one image
        assert loss == pytest.approx(result.loss, abs=2e-3)


def test_stop_is_asked_after_each_iteration(tiny, few):
    asked = iter([False] * 6 + [True])
    reports = list(Trainer(tiny, few).train(100, lambda: next(asked)))
    assert [report.iteration for report in reports] == [0, 1, 2, 5, 7]
    assert reports[-1].validation_accuracy is not None


def test_diverging_says_so(tiny, few, monkeypatch):
    monkeypatch.setattr("ocr.training.recipe.check_learning_rate", lambda rate: None)
    config = replace(tiny, optimizer="sgd", network=LinearConfig(), learning_rate=1e38)
    with pytest.raises(OCRError, match=r"^Training diverged: at iteration \d+ the loss .* lower learning rate\.$"):
        list(Trainer(config, few).train(100))


@pytest.mark.parametrize("where", ["weight", "memory", "average"])
def test_state_that_is_no_number_is_told_before_it_is_reported(tiny, few, where):
    trainer = Trainer(replace(tiny, ema_decay=0.9), few)
    for report in trainer.train(10):
        if report.iteration == 5:
            broken = {
                "weight": trainer.model.fc1.bias,
                "memory": trainer._optimizer.state["exp_avg_sq"][-1],
                "average": trainer._average.model.fc1.bias,
            }[where]
            break
    assert (report.iteration, trainer.iteration) == (5, 5)
    with torch.no_grad():
        broken[0] = float("inf")
    with pytest.raises(
        OCRError, match=r"^Training diverged: at iteration 6 the loss or a weight is no longer a number"
    ):
        list(trainer.train(1))


def test_a_loss_out_of_all_bounds_is_divergence(tiny, few):
    trainer = Trainer(tiny, few)
    list(trainer.train(50))
    trainer._recent.extend([torch.tensor([180.0, 0.0]), torch.tensor([20.0, 0.1])])
    reports = list(trainer.train(1))  # some batches may be bad
    assert len(reports) == 1
    trainer._recent.append(torch.tensor([50.0, 0.0]))
    with pytest.raises(
        OCRError, match=r"before iteration 52 the loss rose to 2\d, where guessing costs 2\.3\. The wei"
    ):
        list(trainer.train(1))


def test_slow_machine_reports_by_the_clock_and_its_weights_are_the_same(tiny, few, monkeypatch):
    whole, timed = Trainer(tiny, few), Trainer(tiny, few)
    list(whole.train(30))
    monkeypatch.setattr(sys.modules["ocr.training.trainer"], "REPORT_SECONDS", 0.0)
    reports = list(timed.train(30))
    assert [report.iteration for report in reports] == list(range(31))
    assert_same(weights(timed), weights(whole))
    assert all(report.images_per_second > 0 for report in reports[1:])


def test_learning_rate_is_set_for_the_iterations_from_now_on(tiny, few):
    config = replace(tiny, one_cycle=True)
    trainer = Trainer(config, few)
    for rate in (0.5, 0.01, 0.02):
        trainer.set_learning_rate(rate)
    trainer.set_learning_rate(0.02)  # as it is
    rates = rates_of(trainer)
    list(trainer.train(5))
    assert rates == [0.02] * 5
    trainer.set_learning_rate(None)
    list(trainer.train(5))
    assert rates[5:] == [learning_rate(config, iteration) for iteration in range(5, 10)]
    assert trainer.rate_changes == [(0, 0.02), (5, None)]
    for rate in (0.0, -1.0, 1.5, math.nan, math.inf):
        with pytest.raises(OCRError, match=r"^A learning rate is a number above 0 and at most 1\.$"):
            trainer.set_learning_rate(rate)
    assert trainer.rate_changes == [(0, 0.02), (5, None)]


def test_figures_after_going_on_are_those_of_never_having_stopped(tiny, few):
    whole, part, resumed = (Trainer(tiny, few) for _ in range(3))
    report = list(whole.train(150))[-1]
    list(part.train(120))
    resumed.restore(*part.state())
    again = list(resumed.train(30))[-1]
    assert (again.training_loss, again.training_accuracy) == (report.training_loss, report.training_accuracy)


def test_label_smoothing_leaves_less_certainty(tiny, few):
    plain, _ = train(replace(tiny, iterations=200, learning_rate=5e-3), few)
    smooth, _ = train(replace(tiny, iterations=200, learning_rate=5e-3, label_smoothing=0.4), few)
    certainty = [evaluate(result.model, few.train).probabilities.max(1).mean() for result in (plain, smooth)]
    assert certainty[0] > certainty[1] + 0.1


def test_with_smoothed_labels_the_reported_loss_is_still_that_of_the_labels(tiny, few):
    plain, smooth = (list(Trainer(replace(tiny, label_smoothing=share), few).train(1))[-1] for share in (0, 0.4))
    assert smooth.training_loss == plain.training_loss  # of the same weights and batch


def test_average_follows_the_weights(tiny, few):
    trainer = Trainer(replace(tiny, ema_decay=0.9), few)
    list(trainer.train(1))
    start = Trainer(replace(tiny, ema_decay=0.9), few).model.state_dict()
    for name, value in trainer.evaluation_model().state_dict().items():
        # After one iteration the decay is min(0.9, 1 / 11).
        expected = start[name] + (trainer.model.state_dict()[name] - start[name]) * (10 / 11)
        torch.testing.assert_close(value, expected, atol=1e-7, rtol=0)
    assert_same(trainer.checkpoint().model.state_dict(), trainer.evaluation_model().state_dict())


def test_it_learns(digits):
    """The bundled digits, 1,297 to learn from, in a few seconds."""
    config = replace(preset("fast"), iterations=150, batch_size=64)
    checkpoint, reports = train(config, digits)
    assert reports[0].validation_accuracy < 0.3
    assert reports[-1].validation_accuracy > 0.85
    assert reports[-1].training_loss < reports[1].training_loss / 3
    assert evaluate(checkpoint.model, digits.validation).accuracy == pytest.approx(
        reports[-1].validation_accuracy, abs=1e-6
    )
    assert checkpoint.info["iteration"] == 150
    assert TrainConfig.from_dict(checkpoint.info["recipe"]) == config
    assert not any(parameter.requires_grad for parameter in checkpoint.model.parameters())


def test_training_leaves_the_data_alone(tiny, few):
    before = few.train.images.copy()
    train(replace(tiny, iterations=5, augmentation=Augmentation()), few)
    np.testing.assert_array_equal(few.train.images, before)


def test_device_that_is_not_there_gives_a_sentence():
    assert choose_device("cpu").type == "cpu"
    for name in ("cuda:93", "toaster"):
        with pytest.raises(OCRError, match=rf"^The device '{name}' cannot be used here\. Take 'cpu' or 'auto'\.$"):
            choose_device(name)


def test_data_says_whether_it_is_mnist(few):
    assert not few.is_mnist
    assert Data("MNIST", "", few.train, few.validation, few.test).is_mnist
