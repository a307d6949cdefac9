"""Runs as folders and processes: whatever happens to them, nothing is lost and somebody says what happened."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from ocr import OCRError, Trainer, load_checkpoint, runner, runs
from ocr import checkpoint as checkpoint_module
from ocr.runner import execute
from ocr.runs import FAILED, FINISHED, INTERRUPTED, STOPPED, TRAINING, create_run, find_run, list_runs

PROJECT = Path(__file__).parent.parent


def finish(run, data, iterations=None):
    return list(execute(run, data, iterations))


def weights_of(run):
    return load_checkpoint(run.path).model.state_dict()


def assert_same_weights(run, other):
    one = weights_of(run)
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


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


def test_runs_are_listed_newest_first(tiny, monkeypatch):
    assert list_runs() == []
    for number, name in enumerate(["b", "c", "a"]):
        run = create_run(name, tiny, "fast")
        description = run.description() | {"created": f"2024-01-0{number + 1}T00:00:00+00:00"}
        (run.path / "config.json").write_text(json.dumps(description))
    (run.path.parent / "not a run").mkdir()
    assert [run.name for run in list_runs()] == ["a", "c", "b"]
    assert runs.free_name("a") == "a-1"
    create_run("a-1", tiny, "fast")
    assert runs.free_name("a") == "a-2"


def test_taken_name_is_refused(tiny):
    create_run("name", tiny, "fast")
    with pytest.raises(OCRError, match=r"^There is already a run name\. Go on with it by --resume, or"):
        create_run("name", tiny, "fast")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../out", "a/b", "/tmp/x", "a\\b", ".hidden", "-rf", "a b", "a\n", "ä", "x" * 65, "a\0"]
)
def test_name_that_could_leave_the_folder_is_refused(tiny, name, runs_folder):
    for call in (lambda: find_run(name), lambda: create_run(name, tiny, "fast")):
        with pytest.raises(OCRError, match="cannot name a run: use up to 64 letters, digits, dots, dashes and"):
            call()
    assert not runs_folder.exists()


def test_missing_or_damaged_run_gives_a_sentence(tiny, few):
    with pytest.raises(OCRError, match="There is no readable run nothing in"):
        finish(find_run("nothing"), few)
    run = create_run("damaged", tiny, "fast")
    (run.path / "config.json").write_text('{"recipe": {"model"')
    with pytest.raises(OCRError, match="There is no readable run damaged in"):
        finish(run, few)
    assert [found.name for found in list_runs()] == ["damaged"]


def test_stop_file_stops_after_the_iteration(tiny, few):
    run = create_run("stopping", tiny, "fast")
    for progress in execute(run, few):
        if progress.iteration == 5:
            run.request_stop()
    assert (run.status().state, run.status().iteration, run.status().target) == (STOPPED, 6, 100)
    assert load_checkpoint(run.path).info["iteration"] == 6
    finish(run, few)  # the request is spent
    assert (run.status().state, run.status().iteration) == (FINISHED, 100)


def test_stop_left_by_a_killed_process_does_not_stop_the_next(tiny, few):
    run = create_run("stale", tiny, "fast")
    run.requests_path.write_text('["stop", null]\n')
    finish(run, few)
    assert run.status().state == FINISHED


def test_stop_asked_for_as_soon_as_it_is_seen_training_is_heard(tiny, few, monkeypatch):
    """A viewer sees the lock before the data is loaded."""
    run = create_run("early", tiny, "fast")
    write_status, asked = runner.write_status, []

    def ask(*arguments):
        write_status(*arguments)
        if not asked and run.status().live:
            asked.append(run.request_stop())

    monkeypatch.setattr(runner, "write_status", ask)
    finish(run, few)
    assert asked
    assert (run.status().state, run.status().iteration) == (STOPPED, 0)


def test_second_run_is_told_who_trains(tiny, few, monkeypatch):
    monkeypatch.setattr(runs, "LOCK_PATIENCE", 0.05)
    first, second = create_run("first", tiny, "fast"), create_run("second", tiny, "fast")
    training = execute(first, few)
    next(training)
    assert first.status().live
    assert runs.lock_holder(first.path.parent) == "first"
    sentence = r"^first is training, and one run trains at a time\. Stop it or wait until it has finished\.$"
    for call in (lambda: finish(second, few), lambda: finish(first, few), lambda: runs.start(second)):
        with pytest.raises(OCRError, match=sentence):
            call()
    assert second.status().state == STOPPED
    assert first.status().live
    list(training)
    assert runs.lock_holder(first.path.parent) is None
    finish(second, few)
    assert second.status().state == FINISHED


def test_run_that_trains_is_not_deleted(tiny, few):
    run = create_run("kept", tiny, "fast")
    training = execute(run, few)
    next(training)
    with pytest.raises(OCRError, match=r"^kept is training\. Stop it first\.$"):
        runs.delete_run(run)
    assert run.exists()
    list(training)
    runs.delete_run(run)
    assert not run.path.exists()
    assert list_runs() == []


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
    process = os.getpid() if pid == "own" else 1
    lie = {"state": TRAINING, "iteration": 10, "target": 100, "message": "", "pid": process}
    (run.path / "status.json").write_text(json.dumps(lie | {"process_started": runner.PROCESS_STARTED}))
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


def test_diverged_run_is_failed_and_keeps_its_last_good_weights(tiny, few):
    config = replace(tiny, model="linear", optimizer="sgd", learning_rate=1e38)
    run = create_run("wild", config, "linear")
    with pytest.raises(OCRError, match="Training diverged"):
        finish(run, few)
    assert run.status().state == FAILED
    assert "Training diverged" in run.status().message
    assert load_checkpoint(run.path).info["iteration"] == run.metrics()[-1].iteration


def test_damaged_state_gives_a_sentence_and_keeps_the_weights(tiny, few):
    run = create_run("state", tiny, "fast")
    finish(run, few, 10)
    state = run.path / "trainer.safetensors"
    state.write_bytes(state.read_bytes()[:-100])
    with pytest.raises(OCRError, match=r"trainer\.safetensors is not a readable safetensors file"):
        finish(run, few)
    assert load_checkpoint(run.path).info["iteration"] == 10
    assert len(run.metrics()) == 5


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

    monkeypatch.setattr(checkpoint_module.os, "replace", counting)
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


def test_folder_that_cannot_be_written_gives_a_sentence(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("OCR_RUNS_DIR", str(tmp_path / "file" / "runs"))
    with pytest.raises(OCRError) as error:
        create_run("nowhere", tiny, "fast")
    assert str(error.value) == (
        f"The run nowhere cannot be written in {tmp_path}/file/runs: Not a directory. "
        "Free some space or set OCR_RUNS_DIR to a folder that can be written; what was saved before is safe."
    )


def test_full_disk_gives_a_sentence_and_earlier_files_stay_good(tiny, few, monkeypatch):
    run = create_run("full", tiny, "fast")
    finish(run, few, 10)

    def full(_handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(checkpoint_module.os, "fsync", full)
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
        broken.setattr(checkpoint_module.os, "fsync", filling)
        with pytest.raises(OCRError, match="No space left on device"):
            finish(run, few)
    assert run.status().state == INTERRUPTED
    load_checkpoint(run.path)
    finish(run, few)
    whole = Trainer(tiny, few)
    list(whole.train(100))
    assert_same_weights(run, whole.model.state_dict())


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


def test_killed_at_random_moments_it_ends_with_the_same_weights(tiny, digits, spawn):
    config = replace(tiny, iterations=800, average=0.9)
    whole = Trainer(config, digits)
    reports = list(whole.train(800))
    moments = random.Random()
    for attempt in range(3):
        run = create_run(f"killed-{attempt}", config, "fast")
        process = spawn("--run", run.name, "--resume")
        wait_until(lambda run=run: run.status().live, process)
        assert runs.lock_holder(run.path.parent) == run.name
        delay = moments.uniform(0, 1.5)
        time.sleep(delay)
        process.kill()
        process.wait()
        assert run.status().state in (INTERRUPTED, FINISHED), delay
        assert runs.lock_holder(run.path.parent) is None
        if run.checkpoint_path.exists():
            load_checkpoint(run.path)
        finish(run, digits)
        assert_same_weights(run, whole.evaluation_model().state_dict())
        assert [report.iteration for report in run.metrics()] == [report.iteration for report in reports], delay
        assert run.status().state == FINISHED


def test_started_process_outlives_its_starter_and_the_second_is_refused(tiny, offline):
    run = create_run("started", replace(tiny, iterations=10**6), "fast")
    try:
        runs.start(run)
        status = run.status()
        assert status.live  # as soon as it is started it says so
        assert os.getsid(status.pid) != os.getsid(0)  # closing the terminal does not reach it
        other = create_run("other", tiny, "fast")
        with pytest.raises(OCRError, match=r"^started is training, and one run trains at a time"):
            runs.start(other)
        with pytest.raises(OCRError, match=r"Stop it first\."):
            runs.delete_run(run)
    finally:
        run.request_stop()
        deadline = time.monotonic() + 30
        while runs.lock_holder(run.path.parent) and time.monotonic() < deadline:
            time.sleep(0.02)
    assert run.status().state == STOPPED
    assert "Stopped. Weights:" in (run.path / "log.txt").read_text()


def test_start_that_fails_says_why(tiny, offline):
    run = create_run("failing", tiny, "fast")
    config = (run.path / "config.json").read_text()
    (run.path / "config.json").write_text(config.replace('"adam"', '"lion"'))
    with pytest.raises(OCRError, match=r"^This recipe does not work: optimizer must be one of adam, sgd\.$"):
        runs.start(run)


def test_the_last_words_of_a_process_are_its_runs_message(tiny, few):
    run = create_run("speaking", tiny, "fast")
    finish(run, few, 2)
    lie = json.loads((run.path / "status.json").read_text()) | {"state": TRAINING}
    (run.path / "status.json").write_text(json.dumps(lie))
    (run.path / "log.txt").write_text("Error: old\nTraining\nError: The disk is full.\n")
    assert run.status().message == "Its process ended: The disk is full. Resume it to go on."
    (run.path / "log.txt").write_text("Error: old\nTraining\n")
    assert "killed, or the machine went down" in run.status().message
