"""What the version before 2026-11-29 wrote still opens, says what it said then, and goes on.

`files_of_2026_11/` was written by that version on the bundled digits: the runs `half` (every setting that has another
name today, stopped at 10 of 20 iterations), `line` (linear), `plain` and `own-1` (fine-tuned from `plain`), digits of
one's own, and what the runs' weights said of the first eight test images. The familiarity of `own-1` was left out.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from ocr import CNNConfig, Data, LinearConfig, Split, load_checkpoint, predict
from ocr.data.user_digits import load_user_digits
from ocr.files import ASSETS, load_tensors, save_tensors
from ocr.network.checkpoint import FAMILIARITY, TEACHERS, temperature
from ocr.network.deep import DeepCNN, DeepConfig
from ocr.network.models import kind_of
from ocr.runs.finetune import starting_point
from ocr.runs.folder import find_run, list_runs
from ocr.runs.process import execute
from ocr.runs.status import FINISHED, STOPPED
from ocr.training.recipe import TrainConfig

FILES = Path(__file__).parent / "files_of_2026_11"
RUNS = {"half": 10, "line": 5, "plain": 5, "own-1": 20}  # how many iterations each has made
SMALL = CNNConfig(filters=(3, 4), fc_size=8)


@pytest.fixture
def old_runs(runs_folder) -> Path:
    """A copy of the runs, as this machine's runs."""
    shutil.copytree(FILES / "runs", runs_folder)
    return runs_folder


@pytest.fixture
def old_data(digits) -> Data:
    """The digits that they were trained on."""
    train, validation, test = (
        Split(split.images[:count], split.labels[:count])
        for split, count in ((digits.train, 100), (digits.validation, 40), (digits.test, 40))
    )
    return replace(digits, train=train, validation=validation, test=test)


@pytest.mark.parametrize("name", RUNS)
def test_every_run_opens(old_runs, name):
    run, reached = find_run(name), RUNS[name]
    status = run.status()
    assert (status.state, status.iteration) == (STOPPED if name == "half" else FINISHED, reached)
    assert run.metrics()[0].iteration == 0
    assert run.metrics()[-1].iteration == reached
    assert load_checkpoint(run.path).info["iteration"] == reached
    assert run.rate_changes() == []
    assert len(run.snapshots()) == {"half": 2, "own-1": 2, "plain": 1, "line": 0}[name]
    for iteration, path in run.snapshots().items():
        assert load_checkpoint(path).info["iteration"] == iteration
    assert {run.name for run in list_runs()} == set(RUNS)


def test_recipes_have_todays_names(old_runs):
    half = find_run("half").config()
    assert (half.optimizer, half.weight_decay, half.ema_decay, half.network) == ("adamw", 0.01, 0.9, SMALL)
    assert (half.dropout, half.label_smoothing, half.calibrated, half.one_cycle, half.seed) == (
        0.25,
        0.1,
        True,
        True,
        5,
    )
    assert half.augmentation is not None
    assert half.augmentation.rotation == 7
    line, plain, own = (find_run(name).config() for name in ("line", "plain", "own-1"))
    assert (line.model, line.network, line.optimizer) == ("linear", LinearConfig(), "sgd")
    assert (plain.optimizer, plain.weight_decay, plain.network) == ("adam", 0, SMALL)
    assert (own.user_digits_share, own.synthetic_share, own.ema_decay, own.optimizer) == (0.0625, 0, 0.98, "adamw")


@pytest.mark.parametrize("name", RUNS)
def test_weights_read_what_they_read_then(old_runs, digits, name):
    expected = json.loads((FILES / "readings.json").read_text())[name]
    assert len(expected) == 8
    predictions = predict(load_checkpoint(find_run(name).path), list(digits.test.ink(slice(0, 8))))
    # Processors differ a little, and the figures have five digits.
    np.testing.assert_allclose([each.probabilities for each in predictions], expected, atol=2e-4)
    assert (temperature(load_checkpoint(find_run(name).path)) != 1) == (name in ("half", "own-1"))


def test_a_run_that_was_stopped_goes_on(old_runs, old_data, monkeypatch):
    monkeypatch.setattr("ocr.reading.calibration.DRAWN", 50)
    run = find_run("half")
    reports = list(execute(run, old_data))
    assert reports[0].iteration > 10
    assert [report.iteration for report in run.metrics()] == [0, 1, 2, 5, 10, 20]
    assert (run.status().state, run.status().iteration) == (FINISHED, 20)


def test_a_fine_tuning_knows_its_digits_and_goes_on(old_runs, old_data, quick_accepting, monkeypatch):
    monkeypatch.setattr("ocr.reading.calibration.DRAWN", 50)
    run = find_run("own-1")
    start, kept = starting_point(run), load_user_digits(run.user_digits_path).digits
    assert len(kept) == 12
    assert [kept.index(digit) for digit in start.held_out] == [4, 9]  # of ten or more every fifth
    assert [digit for digit in kept if digit not in start.held_out] == start.trained_on
    assert start.learnt == sorted(digit.id for digit in start.trained_on)
    list(execute(run, old_data, iterations=2))
    assert (run.status().state, run.status().iteration) == (FINISHED, 22)
    assert sorted(load_checkpoint(run.path).info["learnt"]) == start.learnt


def test_own_digits_load(tmp_path, monkeypatch):
    monkeypatch.setenv("OCR_OWN_DIR", str(FILES / "own"))
    found = load_user_digits()
    assert found.problems == []
    assert [digit.label for digit in found.digits] == [7, 2, 1, 0, 4] * 2 + [7, 2]


@pytest.mark.parametrize("path", [TEACHERS[0], FAMILIARITY], ids=["teacher", "familiarity"])
def test_a_deep_network_that_is_described_by_a_cnns_sizes_loads(tmp_path, path):
    tensors, description = load_tensors(path)
    classes = description["network"]["classes"]
    save_tensors(tmp_path / "old", tensors, description | {"network": asdict(CNNConfig(classes=classes))})
    model = load_checkpoint(tmp_path / "old", any_images=True).model
    assert isinstance(model, DeepCNN)
    assert model.config == DeepConfig(classes=classes)


def test_shipped_files_are_described_as_they_would_be_today():
    paths = sorted(ASSETS.glob("*.safetensors"))
    assert len(paths) == 7
    for path in paths:
        _, description = load_tensors(path)
        config = load_checkpoint(path, any_images=True).model.config
        recipe = TrainConfig.from_dict(description["info"]["recipe"])
        since = {"synthetic_distillation_weight": 0.0}  # a setting that is newer than some of them
        description["info"]["recipe"] = since | description["info"]["recipe"]
        info = description["info"] | {"recipe": recipe.to_dict()}
        today = {"kind": kind_of(config), "network": asdict(config), "info": info}
        assert description == json.loads(json.dumps(today)), path.name
        assert recipe.network == config
