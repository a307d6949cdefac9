"""A run's folder: whatever happens to its files, it says what happened."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, replace
from itertools import pairwise

import pytest
import torch

from ocr import OCRError, Trainer, load_checkpoint
from ocr.network.linear import LinearConfig
from ocr.runs.folder import create_run, find_run, list_runs
from ocr.runs.process import PROCESS_STARTED, execute
from ocr.runs.status import FINISHED, INTERRUPTED, STOPPED, TRAINING
from ocr.runs.weights import initial_checkpoint
from tests.trained import assert_same_weights, finish


def test_snapshots_that_somebody_deletes_in_the_moment_they_are_listed_are_none(small_run, monkeypatch):
    def scan(folder):
        raise FileNotFoundError(folder)

    monkeypatch.setattr("os.scandir", scan)
    assert small_run.snapshots() == {}


def test_a_folder_that_may_not_be_opened_is_no_run(small_run, monkeypatch):
    """A drive that the runs have for themselves has such a one, lost+found."""
    (small_run.path.parent / "lost+found").mkdir()
    look = os.stat

    def refused(path, *args, **options):
        if "lost+found/" in str(path):
            raise PermissionError(path)
        return look(path, *args, **options)

    monkeypatch.setattr("os.stat", refused)
    assert list_runs() == [small_run]


def test_run_is_created_trained_and_found(tiny, few, runs_folder):
    run = create_run("first", tiny, "tutorial")
    assert (run.path, run.name, run.exists()) == (runs_folder / "first", "first", True)
    assert run.config() == tiny
    assert run.description()["preset"] == "tutorial"
    assert (run.status().state, run.status().target, run.metrics(), run.snapshots()) == (STOPPED, 100, [], {})
    reports = finish(run, few)
    assert run.metrics() == reports
    assert [report.iteration for report in reports] == [0, 1, 2, 5, 10, 20, 50, 100]
    assert list(run.snapshots()) == [0, 1, 2, 5, 10, 20, 50, 100]
    status = run.status()
    assert (status.state, status.iteration, status.target, status.live) == (FINISHED, 100, 100, False)
    assert status.pid == os.getpid()
    whole = Trainer(tiny, few)
    list(whole.train(100))
    assert_same_weights(run, whole.model.state_dict())
    assert load_checkpoint(run.checkpoint_path).info["iteration"] == 100
    assert load_checkpoint(run.snapshots()[0]).info["iteration"] == 0
    start = Trainer(tiny, few).model.state_dict()
    assert torch.equal(load_checkpoint(run.snapshots()[0]).model.convs[0].weight, start["convs.0.weight"])
    assert not [name for name in os.listdir(run.path) if name.startswith(".")]


@pytest.mark.parametrize("changes", [{}, {"network": LinearConfig()}])
def test_a_run_knows_its_initial_weights_before_it_has_begun(tiny, few, changes):
    run = create_run("fresh", replace(tiny, **changes), "tutorial")
    before = initial_checkpoint(run).model.state_dict()
    list(execute(run, few, iterations=1))
    first = load_checkpoint(run.snapshots()[0]).model.state_dict()
    assert all(torch.equal(before[name], first[name]) for name in first)


def test_missing_or_damaged_run_gives_a_sentence(tiny, few):
    with pytest.raises(OCRError, match="There is no readable run nothing in"):
        finish(find_run("nothing"), few)
    run = create_run("damaged", tiny, "fast")
    (run.path / "config.json").write_text('{"recipe": {"model"')
    with pytest.raises(OCRError, match="There is no readable run damaged in"):
        finish(run, few)
    assert [found.name for found in list_runs()] == ["damaged"]


@pytest.mark.parametrize("content", ["[]", "null", "3", '"recipe"', pytest.param("[" * 100_000, id="deep"), "{"])
def test_a_config_that_is_no_object_is_that_of_a_damaged_run(tiny, content):
    run, good = create_run("damaged", tiny, "fast"), create_run("good", tiny, "fast")
    (run.path / "config.json").write_text(content)
    for ask in (run.description, run.config):
        with pytest.raises(OCRError, match="There is no readable run damaged in"):
            ask()
    assert list_runs() == [good, run]


def test_half_written_last_line_is_left_out(tiny, few):
    run = create_run("half", tiny, "fast")
    reports = finish(run, few, 10)
    line = json.dumps(asdict(reports[-1])) + "\n"
    metrics = run.path / "metrics.jsonl"
    for rest in (line[:1], line[:50], line[:-2], '{"iteration": 11}\n', "null\n", "\x00\x00", "é"):
        metrics.write_text("".join(json.dumps(asdict(report)) + "\n" for report in reports) + rest)
        assert run.metrics() == reports, rest
    with open(metrics, "ab") as file:
        file.write(b"\xff\xfe")
    assert run.metrics() == reports
    finish(run, few, 10)  # nothing is glued to the half line
    assert [report.iteration for report in run.metrics()] == [0, 1, 2, 5, 10, 20]


@pytest.mark.parametrize("pid", ["own", "reused"])
def test_dead_run_is_interrupted_whatever_its_status_file_says(tiny, few, pid):
    run = create_run("dead", tiny, "fast")
    finish(run, few, 10)
    # A process with this pid lives, and started when the file says: only the lock tells the truth.
    lie = {"state": TRAINING, "iteration": 10, "target": 100, "message": "", "pid": os.getpid() if pid == "own" else 1}
    (run.path / "status.json").write_text(json.dumps(lie | {"process_started": PROCESS_STARTED}))
    status = run.status()
    assert (status.state, status.live, status.iteration, status.target) == (INTERRUPTED, False, 10, 100)
    assert status.message == "Its process ended: killed, or the machine went down. Resume it to go on."
    finish(run, few)
    assert (run.status().state, run.status().iteration) == (FINISHED, 100)


@pytest.mark.parametrize("content", [None, "", "{", "[1]", '{"state": "training", "colour": 1}', "null"])
def test_damaged_status_is_an_interruption(tiny, few, content):
    run = create_run("status", tiny, "fast")
    finish(run, few, 3)
    (run.path / "status.json").unlink()
    if content is not None:
        (run.path / "status.json").write_text(content)
    assert run.status().state == INTERRUPTED
    assert "status file is missing or damaged" in run.status().message
    finish(run, few, 3)
    assert (run.status().state, run.status().iteration) == (FINISHED, 6)


def test_damaged_state_gives_a_sentence_and_keeps_the_weights(tiny, few):
    run = create_run("state", tiny, "fast")
    finish(run, few, 10)
    state = run.path / "trainer.safetensors"
    state.write_bytes(state.read_bytes()[:-100])
    with pytest.raises(
        OCRError, match=r"^state cannot go on: trainer\.safetensors, where it stood, is damaged\. Its w"
    ):
        finish(run, few)
    assert load_checkpoint(run.path).info["iteration"] == 10
    assert len(run.metrics()) == 5


def test_clock_that_jumps_decides_nothing(tiny, few, monkeypatch):
    run = create_run("timeless", tiny, "fast")
    training, jumps = execute(run, few), iter([0.0, 4e9, 1e9])
    next(training)
    for jump in jumps:
        monkeypatch.setattr(time, "time", lambda jump=jump: jump)
        os.utime(run.path / "status.json", (jump, jump))
        next(training)
        assert run.status().state == TRAINING
    training.close()
    assert run.status().state == INTERRUPTED
    finish(run, few)
    assert all(one.seconds <= another.seconds for one, another in pairwise(run.metrics()))
    assert run.status().state == FINISHED


def test_who_is_not_training_is_asked_nothing(tiny, few):
    run = create_run("idle", tiny, "fast")
    finish(run, few, 3)
    for ask in (run.pause, run.play, run.step, lambda: run.set_learning_rate(0.1)):
        with pytest.raises(OCRError, match=r"^idle is not training\. Start it first\.$"):
            ask()
    run.request_stop()  # it may have finished just before
    for rate in (0, -0.1, 1.01, float("nan"), float("inf")):
        with pytest.raises(OCRError, match=r"^A learning rate is a number above 0 and at most 1\.$"):
            run.set_learning_rate(rate)
    with pytest.raises(OCRError, match=r"^A step is at least one iteration\.$"):
        run.step(0)
    finish(run, few, 3)
    assert (run.status().state, run.status().iteration) == (FINISHED, 6)


def test_the_last_words_of_a_process_are_its_runs_message(tiny, few):
    run = create_run("speaking", tiny, "fast")
    finish(run, few, 2)
    lie = json.loads((run.path / "status.json").read_text()) | {"state": TRAINING}
    (run.path / "status.json").write_text(json.dumps(lie))
    (run.path / "log.txt").write_text("Error: old\nTraining\nError: The disk is full.\n")
    assert run.status().message == "Its process ended: The disk is full. Resume it to go on."
    (run.path / "log.txt").write_text("Traceback\n  ...\ntorch.OutOfMemoryError: Not enough memory.\n")
    assert run.status().message == "Its process ended: Not enough memory. Resume it to go on."
    (run.path / "log.txt").write_text("Error: old\nTraining\n")
    assert "killed, or the machine went down" in run.status().message
