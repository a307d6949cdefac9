"""The benchmark: what it counts, what it compares, and that its figures are those of what it ran."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ocr import Trainer, evaluate, preset
from ocr.benchmark import measure as module
from ocr.benchmark.one_epoch_reference import train_one_epoch
from ocr.benchmark.tensorflow_turns import SCRIPT
from ocr.training.recipe import PRESETS

MACHINE = {"processor", "cores", "threads", "torch", "device", "bfloat16"}


@pytest.fixture
def quick(tiny, monkeypatch, offline):
    """Recipes, counts and data small enough for seconds."""
    monkeypatch.setitem(PRESETS, "fast", replace(tiny, iterations=25, learning_rate=1e-2, one_cycle=True))
    monkeypatch.setitem(PRESETS, "tutorial", replace(tiny, iterations=10))
    for name, value in {"TIMED_ITERATIONS": 4, "WARM_UP": 1, "READINGS": 3, "TARGETS": (0.02, 0.999)}.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module, "TUTORIAL_TEST_ACCURACY", {0: 0.098, 1: 0.1, 7: 0.74})


@pytest.fixture
def other_python(tmp_path) -> Path:
    """In place of a Python with TensorFlow: notes each line in `asked` and answers it with half a second."""
    path, asked = tmp_path / "python", tmp_path / "asked"
    answer = '{"seconds": 0.5, "version": "9.9"}'
    path.write_text(f"#!/bin/sh\nwhile read count; do echo $count >> {asked}; echo '{answer}'; done\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_document_and_the_same_for_people(quick, cli, other_python, digits, monkeypatch):
    monkeypatch.delattr(torch.optim.lr_scheduler, "OneCycleLR")  # the one-epoch recipe needs it, in another process
    torch.manual_seed(7)
    code, out, err = cli(
        "benchmark", "--json", "--repeats", 2, "--test", "--tutorial", "--tensorflow", other_python, "--device", "cpu"
    )
    assert code == 0
    assert "Throughput, turn 2 of 2" in err
    found = json.loads(out, parse_constant=pytest.fail)
    assert found["machine"].keys() == MACHINE
    assert found["machine"]["torch"] == torch.__version__
    assert found["machine"]["processor"]
    assert found["load_average"].keys() == {"before", "after"}
    assert found["import_seconds"] > 0.1
    assert "bundled digits" in found["data"]["source"]
    assert found["inference"].keys() == {"network_ms", "read_ms"}
    assert min(found["inference"].values()) > 0

    speed = found["throughput"]
    assert speed["images_per_second"] == pytest.approx(sum(speed["repeats"]) / 2)
    assert speed["tensorflow"]["images_per_second"] == 4 * 8 / 0.5
    assert speed["tensorflow"]["ratio"] == pytest.approx(speed["images_per_second"] / 64)
    assert speed["tensorflow"]["version"] == "9.9"
    assert (other_python.parent / "asked").read_text().split() == ["0", "4", "4"]  # its start is in no turn

    turns = found["one_epoch"]
    assert (turns["split"], turns["seeds"]) == ("test", [1_000, 1_001])
    reference = turns["one_epoch_reference"]
    assert len(reference["accuracies"]) == len(reference["repeats"]) == 2
    for name, iterations in (("fast", 25), ("short", 12)):
        assert turns[name]["iterations"] == iterations
        for seed, accuracy in zip(turns["seeds"], turns[name]["accuracies"], strict=True):
            trainer = Trainer(preset("fast", seed=seed, iterations=iterations), digits, "cpu")
            list(trainer.train(iterations))
            assert accuracy == evaluate(trainer.checkpoint().model, digits.test).accuracy
        assert turns[name]["accuracy"] == pytest.approx(sum(turns[name]["accuracies"]) / 2)
        assert turns[name]["ratio"] == pytest.approx(turns[name]["seconds"] / reference["seconds"])

    assert found["seconds_to"]["0.999"] == {"seconds": None, "repeats": [None, None]}
    reached = found["seconds_to"]["0.02"]
    assert 0 < reached["seconds"] == pytest.approx(sum(reached["repeats"]) / 2)

    reports = found["tutorial"]
    assert [report["iteration"] for report in reports] == [0, 1, 7]
    assert [report["tutorials_test_accuracy"] for report in reports] == [0.098, 0.1, 0.74]
    assert reports[0]["seconds"] == 0 < reports[1]["seconds"] < reports[2]["seconds"]

    monkeypatch.setattr("ocr.commands.machine.run_benchmark", lambda *options: found)
    code, out, _ = cli("benchmark")
    assert code == 0
    for text in (
        f"torch {torch.__version__} on cpu",
        "times TensorFlow 9.9's 64 images/s",
        "Preset fast: ",
        "The same, shorter: ",
        " s for 12 iterations, ",
        "% of the test images (mean of 2 seeds)",
        "times the published one-epoch recipe's ",
        "Training to 99.9% of the validation images: not reached",
        "The tutorial's recipe after 7 iterations: ",
    ):
        assert text in out


def test_without_options_the_test_images_are_not_looked_at(quick, cli, monkeypatch, digits):
    def unread(model, split, *rest):
        assert split is not digits.test
        assert len(split) == len(digits.validation) != len(digits.test)
        return evaluate(model, split, *rest)

    monkeypatch.setattr(module, "evaluate", unread)
    monkeypatch.setattr(module, "import_seconds", lambda: 1.0)  # reads nothing, and takes seconds
    code, out, _ = cli("benchmark", "--json", "--repeats", 1)
    assert code == 0
    found = json.loads(out)
    assert found["one_epoch"]["split"] == "validation"
    assert found["one_epoch"]["one_epoch_reference"]["accuracy"] is None
    assert "tensorflow" not in found["throughput"]
    assert "tutorial" not in found


def test_a_middle_run_that_never_got_there():
    assert module._median([1.0, None, 3.0]) == 3.0
    assert module._median([1.0, None, None]) is None
    assert module._median([1.0, None]) is None


def test_the_one_epoch_recipe_learns_repeatably(digits):
    _, accuracy = train_one_epoch(digits, 3, "cpu", test=True)
    assert accuracy is not None
    assert accuracy > 0.3  # six batches
    state = torch.random.get_rng_state()
    assert train_one_epoch(digits, 3, "cpu", test=True)[1] == accuracy
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_python_without_tensorflow_gives_a_sentence(quick, cli, tmp_path):
    code, out, err = cli("benchmark", "--repeats", 1, "--tensorflow", sys.executable)
    assert (code, out) == (2, "")
    assert f"Error: {sys.executable} does not run TensorFlow. Make one that does: python3 -m venv" in err
    code, out, err = cli("benchmark", "--repeats", 1, "--tensorflow", tmp_path / "none")
    assert (code, out) == (2, "")
    assert f"Error: {tmp_path / 'none'} cannot be run: No such file or directory. Give the path of a Python." in err


def test_tensorflow_itself():
    """Where OCR_TENSORFLOW names a Python that has it."""
    python = os.environ.get("OCR_TENSORFLOW")
    if not python:
        pytest.skip("OCR_TENSORFLOW does not name a Python with TensorFlow")
    command = [python, "-I", str(SCRIPT)]
    result = subprocess.run(command, input="2\n4\n", capture_output=True, text=True, timeout=100, check=True)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == 2
    assert all(answer["seconds"] > 0 and answer["version"] for answer in answers)
