"""The process that trains a run: however it ends, nothing is lost, and going on is as if it never had."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from ocr import OCRError, TrainConfig, Trainer, load_checkpoint, save_checkpoint
from ocr.network.checkpoint import temperature
from ocr.network.linear import LinearConfig
from ocr.reading.calibration import calibrate
from ocr.runs import folder
from ocr.runs.folder import create_run
from ocr.runs.lock import lock_holder
from ocr.runs.process import execute
from ocr.runs.run import write_status
from ocr.runs.status import FAILED, FINISHED, INTERRUPTED, PAUSED, STOPPED
from ocr.training.recipe import learning_rate
from tests import PROJECT
from tests.measure.faults import torture
from tests.trained import assert_same_weights, finish


def test_going_on_is_as_if_never_stopped(tiny, few):
    run = create_run("parts", tiny, "tutorial")
    for iterations in (1, 0, 99):
        finish(run, few, iterations)
    whole = Trainer(tiny, few)
    list(whole.train(100))
    assert_same_weights(run, whole.model.state_dict())
    assert [report.iteration for report in run.metrics()] == [0, 1, 2, 5, 10, 20, 50, 100]
    finish(run, few, 7)  # on beyond what the recipe meant
    assert (run.status().iteration, run.status().target) == (107, 107)


def test_stop_comes_after_the_iteration(tiny, few):
    run = create_run("stopping", tiny, "fast")
    for progress in execute(run, few):
        if progress.iteration == 5:
            run.request_stop()
    assert (run.status().state, run.status().iteration, run.status().target) == (STOPPED, 6, 100)
    assert load_checkpoint(run.path).info["iteration"] == 6
    finish(run, few)  # the request is spent
    assert (run.status().state, run.status().iteration) == (FINISHED, 100)


@pytest.mark.parametrize("iterations", [6, 12])
def test_however_it_ends_it_is_fitted_how_far_it_can_be_believed(tiny, few, monkeypatch, iterations):
    monkeypatch.setattr("ocr.reading.calibration.DRAWN", 50)
    run = create_run("calibrated", replace(tiny, iterations=12, calibrated=True), "fast")
    shares = []
    say = "ocr.runs.process.write_status"
    monkeypatch.setattr(say, lambda run, now: shares.append(now.share) or write_status(run, now))
    for report in execute(run, few):
        assert temperature(load_checkpoint(run.path)) == 1
        if report.iteration == 5 and iterations == 6:
            run.request_stop()
    assert run.status().iteration == iterations
    told = [share for share in shares if share is not None]  # how far it is fitted, as it goes
    assert len(told) > 5
    assert told == sorted(told)
    assert (told[0], told[-1], run.status().share) == (0, 1, None)
    trainer = Trainer(run.config(), few)
    list(trainer.train(iterations))
    expected = trainer.checkpoint()
    calibrate(expected, few)
    assert temperature(load_checkpoint(run.path)) == temperature(expected) != 1
    assert_same_weights(run, expected.model.state_dict())


def test_stop_left_by_a_killed_process_does_not_stop_the_next(tiny, few):
    run = create_run("stale", tiny, "fast")
    run.requests_path.write_text('["stop", null]\n')
    finish(run, few)
    assert run.status().state == FINISHED


def test_stop_asked_for_as_soon_as_it_is_seen_training_is_heard(tiny, few, monkeypatch):
    """A viewer sees the lock before the data is loaded."""
    run = create_run("early", tiny, "fast")
    asked = []

    def ask(*arguments):
        write_status(*arguments)
        if not asked and run.status().live:
            asked.append(run.request_stop())

    monkeypatch.setattr("ocr.runs.process.write_status", ask)
    finish(run, few)
    assert asked
    assert (run.status().state, run.status().iteration) == (STOPPED, 0)


def test_diverged_run_is_failed_and_keeps_its_last_good_weights(tiny, few, monkeypatch):
    monkeypatch.setattr("ocr.training.recipe.check_learning_rate", lambda rate: None)
    config = replace(tiny, network=LinearConfig(), optimizer="sgd", learning_rate=1e38)
    run = create_run("wild", config, "linear")
    with pytest.raises(OCRError, match="Training diverged"):
        finish(run, few)
    assert run.status().state == FAILED
    assert "Training diverged" in run.status().message
    assert load_checkpoint(run.path).info["iteration"] == run.metrics()[-1].iteration


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


def test_diverging_after_another_learning_rate_keeps_the_weights_before_it(few):
    run = create_run("hasty", TrainConfig(iterations=60, batch_size=8, learning_rate=1e-3), "tutorial")

    def hurry():
        for report in execute(run, few):
            if report.iteration == 20:
                run.set_learning_rate(1.0)

    with pytest.raises(OCRError, match=r"^Training diverged: before iteration \d+ the loss rose to [\d,]+, where gu"):
        hurry()
    assert run.rate_changes() == [(21, 1.0)]
    assert run.status().state == FAILED
    last = run.metrics()[-1]
    assert last.training_loss < 3
    assert load_checkpoint(run.path).info["iteration"] == last.iteration
    # It goes on with a lower rate: started paused, so that there is time to set it.
    with InThread(run, few, paused=True) as thread:
        thread.until(lambda: run.status().paused)
        run.set_learning_rate(None)
        thread.until(lambda: run.rate_changes()[-1][1] is None)
        run.play()
    assert (run.status().state, run.status().iteration) == (FINISHED, 60)


class InThread:
    """Trains a run in another thread, so that it can wait while this one asks things of it."""

    def __init__(self, run, data, **settings):
        self.reports = []
        self.thread = threading.Thread(target=lambda: self.reports.extend(execute(run, data, **settings)))
        self.run = run

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *problem):
        if problem[0]:
            self.run.request_stop()
        self.thread.join()

    def until(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            assert self.thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.002)


def replayed(config, data, changes, iterations):
    """A trainer that was never stopped, with the same changes of the learning rate."""
    trainer = Trainer(config, data)
    for start, rate in changes:
        list(trainer.train(start - trainer.iteration))
        trainer.set_learning_rate(rate)
    list(trainer.train(iterations - trainer.iteration))
    return trainer


def test_paused_run_steps_exactly_and_plays_on(tiny, few):
    run = create_run("patient", tiny, "tutorial")
    with InThread(run, few, paused=True) as thread:
        thread.until(lambda: run.status().paused)
        status = run.status()
        assert (status.state, status.iteration, status.target, status.live) == (PAUSED, 0, 100, True)
        assert lock_holder(run.path.parent) == "patient"
        for steps, reached in ((1, 1), (3, 4), (2, 6)):
            run.step(steps)
            thread.until(lambda reached=reached: run.status().paused and run.status().iteration == reached)
            assert load_checkpoint(run.path).info["iteration"] == reached
            assert run.metrics()[-1].validation_accuracy is not None
        seconds = run.metrics()[-1].seconds
        run.set_learning_rate(0.02)
        thread.until(lambda: run.rate_changes() == [(6, 0.02)])  # kept at once
        time.sleep(1)
        run.step()
        thread.until(lambda: run.status().iteration == 7)
        assert run.metrics()[-1].seconds - seconds < 1  # waiting is not training
        for call in (folder.delete_run, folder.reset_run, lambda run: folder.rename_run(run, "other")):
            with pytest.raises(OCRError, match=r"^patient is training\. Stop it first\.$"):
                call(run)
        run.play()
    assert (run.status().state, run.status().iteration) == (FINISHED, 100)
    assert [report.iteration for report in run.metrics()] == [0, 1, 2, 4, 5, 6, 7, 10, 20, 50, 100]
    assert {report.learning_rate for report in run.metrics() if report.iteration > 6} == {0.02}
    assert_same_weights(run, replayed(tiny, few, [(6, 0.02)], 100).model.state_dict())


def test_steps_beyond_the_target_move_it_and_a_stop_ends_the_waiting(tiny, few):
    run = create_run("further", replace(tiny, iterations=3), "tutorial")
    with InThread(run, few) as thread:
        thread.until(lambda: run.status().live)
        run.pause()
        thread.until(lambda: run.status().paused)
        run.step(10)
        thread.until(lambda: run.status().iteration == run.status().target > 9)
        run.request_stop()
    status = run.status()
    assert (status.state, status.iteration) == (FINISHED, status.target)


@pytest.mark.parametrize("seconds", [0.0, float("inf")])
def test_changes_of_the_learning_rate_survive_stops_and_kills(tiny, few, monkeypatch, seconds):
    """With a report after each iteration, or only at the milestones."""
    monkeypatch.setattr(sys.modules["ocr.training.trainer"], "REPORT_SECONDS", seconds)
    config = replace(tiny, one_cycle=True)
    run = create_run("changing", config, "fast")
    for report in execute(run, few):
        if report.iteration == 5:
            run.set_learning_rate(0.01)
        if report.iteration == 20:
            break  # its process is gone without a word
    assert run.rate_changes() == [(6, 0.01)]
    for report in execute(run, few):
        if report.iteration == 50:
            run.set_learning_rate(0.02)
            run.set_learning_rate(None)  # the last word counts
    assert run.rate_changes() == [(6, 0.01), (51, None)]
    whole = replayed(config, few, run.rate_changes(), 100)
    assert_same_weights(run, whole.model.state_dict())
    rates = {report.iteration: report.learning_rate for report in run.metrics()}
    assert rates[5] == learning_rate(config, 4)
    assert rates[20] == rates[50] == 0.01
    assert rates[100] == learning_rate(config, 99)


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


def test_requests_that_nobody_here_wrote_are_left_out(tiny, few):
    run = create_run("open", tiny, "fast")
    for report in execute(run, few):
        if report.iteration == 10:
            with open(run.requests_path, "a") as file:
                file.write('stop\nnull\n[]\n["dance", 1]\n["step", "many"]\n["learning rate", 7]\n["learning rate", ')
    assert (run.status().state, run.status().iteration, run.rate_changes()) == (FINISHED, 100, [])


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


# From here on real processes.


@pytest.fixture
def spawn(offline):
    """Starts `python -m ocr train`, offline, so on the bundled digits; ends what is left of it."""
    processes = []

    def start(*arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "ocr", "train", *arguments]
        process = subprocess.Popen(
            command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_until(condition, process, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_sigterm_stops_cleanly_and_resume_alone_finishes(tiny, digits, spawn):
    config = replace(tiny, iterations=1_500)
    run = create_run("terminated", config, "fast")
    process = spawn("--run", "terminated", "--resume", "--iterations", "1200")
    wait_until(lambda: len(run.metrics()) > 3, process)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    status = run.status()
    assert (status.state, status.target) == (STOPPED, 1_200)
    assert 5 <= status.iteration < 1_200
    assert "Stopped. Weights: " in out
    assert run.metrics()[-1].iteration == status.iteration == load_checkpoint(run.path).info["iteration"]
    finish(run, digits)
    assert (run.status().state, run.status().iteration) == (FINISHED, 1_200)
    whole = Trainer(config, digits)
    list(whole.train(1_200))
    assert_same_weights(run, whole.model.state_dict())


@pytest.mark.timeout(400)
def test_killed_at_random_moments_it_ends_with_the_same_weights(tiny, offline):
    """The short version of `python -m tests.measure.faults 100`."""
    offline.parent.joinpath("runs").mkdir()
    result = torture(replace(tiny, iterations=800, ema_decay=0.9, learning_rate=1e-3), 4, random.Random())
    assert result["kills"] == sum(result["ways"].values()) == 4
    assert set(result["states_after_kill"]) <= {INTERRUPTED, FINISHED}
    assert (result["unreadable_files"], result["problems"]) == (0, [])
    assert result["most_iterations_lost"] <= 100
    assert (result["identical"], result["reports_identical"]) == (True, True)


def test_process_whose_folder_is_deleted_says_so_and_ends(tiny, offline, spawn):
    run = create_run("vanishing", replace(tiny, iterations=10**6), "fast")
    process = spawn("--run", "vanishing", "--resume")
    wait_until(lambda: len(run.metrics()) > 3, process)
    while run.path.exists():  # it may be writing a file just when the folder is empty
        shutil.rmtree(run.path, ignore_errors=True)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert f"Error: Files in {run.path} were deleted or moved while it trained, and so it ended.\n" in err
    assert not run.path.exists()
