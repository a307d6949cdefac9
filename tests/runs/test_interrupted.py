"""A run that is killed, or whose disk or folder goes: nothing is lost, and going on is as if it never had."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from ocr import OCRError, Trainer, load_checkpoint, save_checkpoint
from ocr.runs import folder
from ocr.runs.folder import create_run
from ocr.runs.process import execute
from ocr.runs.status import FAILED, FINISHED, INTERRUPTED, STOPPED
from tests.trained import assert_same_weights, finish


class Killed(BaseException):
    """Stands in for kill -9: nothing catches it."""


def test_killed_between_any_two_writes_it_resumes_exactly(tiny, few, monkeypatch):
    """Every file a run writes is replaced or appended; the process may die right before each of them."""
    config = replace(tiny, iterations=3)
    whole = Trainer(config, few)
    reports = list(whole.train(3))
    replace_file, writes, deadly = os.replace, [0], [0]

    def counting(*arguments):
        writes[0] += 1
        if writes[0] == deadly[0]:
            raise Killed
        replace_file(*arguments)

    monkeypatch.setattr(os, "replace", counting)
    for number in range(1, 100):
        deadly[0] = 0
        run = create_run(f"run-{number}", config, "fast")
        writes[0], deadly[0] = 0, number
        try:
            finish(run, few)
            break
        except Killed:
            deadly[0] = 0
        assert run.status().state in (INTERRUPTED, STOPPED)
        finish(run, few)
        assert_same_weights(run, whole.model.state_dict())
        assert [report.iteration for report in run.metrics()] == [report.iteration for report in reports]
        assert list(run.snapshots()) == [0, 1, 2]
        assert (run.status().state, run.status().iteration) == (FINISHED, 3)
    assert number > 15  # it was killed at so many places before it got through


def test_full_disk_gives_a_sentence_and_earlier_files_stay_good(tiny, few, monkeypatch):
    run = create_run("full", tiny, "fast")
    finish(run, few, 10)

    def full(_handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OCRError, match=r"The run full cannot be written in .*: No space left on device\. Free"):
            finish(run, few)
    assert load_checkpoint(run.path).info["iteration"] == 10
    assert [report.iteration for report in run.metrics()] == [0, 1, 2, 5, 10]
    assert not [name for name in os.listdir(run.path) if name.startswith(".")]
    finish(run, few, 90)
    whole = Trainer(tiny, few)
    list(whole.train(100))
    assert_same_weights(run, whole.model.state_dict())


def test_disk_that_fills_up_while_training_is_an_interruption_that_resumes_exactly(tiny, few, monkeypatch):
    run = create_run("filling", tiny, "fast")
    sync, written = os.fsync, [0]

    def filling(handle):
        written[0] += 1
        if written[0] > 12:
            raise OSError(28, "No space left on device")
        sync(handle)

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", filling)
        with pytest.raises(OCRError, match="No space left on device"):
            finish(run, few)
    # Not even the status could be written, nor the sentence printed: a viewer sees what is left to see.
    status = run.status()
    assert (status.state, status.message[:48]) == (INTERRUPTED, "Its process ended: killed, or the machine went d")
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1_234_567}))
        sentence = "Its process ended: the disk is full, with 1.2 MB free. Resume it to go on."
        assert run.status().message == sentence
    load_checkpoint(run.path)
    finish(run, few)
    whole = Trainer(tiny, few)
    list(whole.train(100))
    assert_same_weights(run, whole.model.state_dict())


@pytest.mark.parametrize("what", ["weights", "metrics"])
def test_disk_too_full_for_something_is_a_run_that_says_so(tiny, few, what, monkeypatch):
    """What it began to write is taken back, and so there is room for the sentence."""
    run = create_run("brim", tiny, "fast")
    finish(run, few, 10)

    def full(path, checkpoint):
        if what == "weights" and checkpoint.info["iteration"] == 50:
            raise OSError(28, "No space left on device")
        save_checkpoint(path, checkpoint)

    monkeypatch.setattr("ocr.runs.process.save_checkpoint", full)
    training = execute(run, few, 90)
    assert next(training).iteration == 20
    metrics = run.path / "metrics.jsonl"
    kept = metrics.read_text()
    if what == "metrics":
        metrics.unlink()
        metrics.symlink_to("/dev/full")  # to the system, a file on a disk without room
    with pytest.raises(OCRError, match=r"^The run brim cannot be written in .*: No space left on device\. Free some"):
        list(training)
    status = run.status()
    assert (status.state, status.iteration, status.target) == (FAILED, 20, 100)
    assert "No space left on device" in status.message
    if what == "metrics":
        metrics.unlink()
        metrics.write_text(kept)
    monkeypatch.setattr("ocr.runs.process.save_checkpoint", save_checkpoint)
    finish(run, few)
    whole = Trainer(tiny, few)
    reports = list(whole.train(100))
    assert_same_weights(run, whole.model.state_dict())
    assert [report.iteration for report in run.metrics()] == [report.iteration for report in reports]


@pytest.mark.parametrize("folder", ["run", "all"])
def test_deleted_folder_ends_its_process_and_stays_deleted(tiny, few, folder, runs_folder):
    run = create_run("deleted", tiny, "fast")
    training = execute(run, few)
    next(training)
    shutil.rmtree(run.path if folder == "run" else runs_folder)
    with pytest.raises(
        OCRError, match=r"^Files in .*deleted were deleted or moved while it trained, and so it ended\.$"
    ):
        list(training)
    assert not run.path.exists()
    assert run.status().message == "There is no run deleted any more: its folder is gone."
    assert not run.status().live
    assert run.metrics() == []
    with pytest.raises(OCRError, match=r"^deleted is not training\. Start it first\.$"):
        run.pause()
    create_run("deleted", tiny, "fast")  # nothing is in the way


def test_replaced_lock_ends_the_process_before_it_writes(tiny, few):
    run, other = create_run("first", tiny, "fast"), create_run("other", tiny, "fast")
    training = execute(run, few)
    next(training)
    (run.path.parent / ".lock").unlink()
    assert run.status().state == INTERRUPTED
    finish(other, few)  # nothing keeps it from training there now
    with pytest.raises(OCRError, match=r"^The lock file in .* was replaced while first trained\."):
        list(training)
    assert [report.iteration for report in run.metrics()] == [0]
    finish(run, few)
    assert run.status().state == FINISHED


def test_weights_that_are_no_numbers_are_never_saved(tiny, few, monkeypatch):
    """The last update breaks a weight; the losses so far are numbers."""
    run = create_run("broken", tiny, "fast")
    step = Trainer.step

    def breaking(trainer, *arguments):
        step(trainer, *arguments)
        if trainer.iteration == 20:
            with torch.no_grad():
                trainer.model.convs[1].bias[2] = float("nan")

    monkeypatch.setattr(Trainer, "step", breaking)
    with pytest.raises(
        OCRError, match=r"^Training diverged: at iteration 20 the loss or a weight is no longer a number"
    ):
        finish(run, few)
    status = run.status()
    assert (status.state, status.iteration) == (FAILED, 10)
    assert "The weights of the last report are kept" in status.message
    assert load_checkpoint(run.path).info["iteration"] == 10
    assert list(run.snapshots()) == [0, 1, 2, 5, 10]
    monkeypatch.setattr(Trainer, "step", step)
    finish(run, few)
    assert run.status().state == FINISHED


def test_reports_after_a_kill_are_those_of_a_run_never_killed(tiny, few):
    whole = create_run("whole", replace(tiny, iterations=350), "fast")
    finish(whole, few)
    run = create_run("killed", replace(tiny, iterations=350), "fast")
    for last in (0, 1, 50, 200, 201):
        for report in execute(run, few):
            if report.iteration == last:
                break
    finish(run, few)
    names = ("iteration", "training_accuracy", "training_loss", "learning_rate")
    told = [[[getattr(report, name) for name in names] for report in each.metrics()] for each in (run, whole)]
    assert told[0] == told[1]
    validated = {report.iteration: report.validation_loss for report in whole.metrics()}
    for report in run.metrics():
        assert None in (report.validation_loss, validated[report.iteration]) or (
            report.validation_loss == validated[report.iteration]
        )
    assert all(one.seconds <= another.seconds for one, another in pairwise(run.metrics()))


def test_what_was_asked_for_outlives_a_kill_during_the_start(tiny, few, monkeypatch):
    run = create_run("early", tiny, "fast")
    finish(run, few, 5)

    def killed():
        raise Killed  # while it loads its data

    with pytest.raises(Killed):
        list(execute(run, killed, 37))
    assert (run.status().state, run.status().iteration, run.status().target) == (INTERRUPTED, 5, 42)
    dead = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    popen = subprocess.Popen
    monkeypatch.setattr(folder.subprocess, "Popen", lambda command, **settings: popen(dead, **settings))
    with pytest.raises(OCRError, match=r"^Training did not start\. See .*log\.txt\.$"):
        folder.start(run, 50)
    assert (run.status().state, run.status().iteration, run.status().target) == (INTERRUPTED, 5, 55)
    finish(run, few)
    assert (run.status().state, run.status().iteration) == (FINISHED, 55)


def test_half_written_files_of_a_killed_process_are_swept_away(tiny, few):
    run = create_run("swept", tiny, "fast")
    finish(run, few, 2)
    for path in (run.path / "status.json", run.state_path, run.snapshots()[2]):
        path.with_name(f".{path.name}.{uuid.uuid4().hex}").write_bytes(b"half")
    (run.path / ".mine").touch()
    assert len(list(run.path.rglob(".*"))) == 4
    finish(run, few, 2)
    assert [path.name for path in run.path.rglob(".*")] == [".mine"]
