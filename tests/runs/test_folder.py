"""The folder of runs: they are created, listed, started, renamed, reset and deleted, and none that trains is harmed."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import portalocker
import pytest

from ocr import OCRError, Trainer, load_checkpoint
from ocr.runs import folder
from ocr.runs.folder import create_run, find_run, list_runs, start
from ocr.runs.lock import lock_holder
from ocr.runs.process import execute
from ocr.runs.run import Run
from ocr.runs.status import FINISHED, STOPPED
from tests import PROJECT
from tests.trained import assert_same_weights, finish


def test_a_run_that_is_gone_cannot_be_renamed(small_run):
    folder.delete_run(small_run)
    with pytest.raises(OCRError, match=r"^There is no run small any more"):
        folder.rename_run(small_run, "other")


def test_runs_are_listed_newest_first(tiny, monkeypatch):
    assert list_runs() == []
    for number, name in enumerate(["b", "c", "a"]):
        run = create_run(name, tiny, "fast")
        description = run.description() | {"created": f"2024-01-0{number + 1}T00:00:00+00:00"}
        (run.path / "config.json").write_text(json.dumps(description))
    (run.path.parent / "not a run").mkdir()
    assert [run.name for run in list_runs()] == ["a", "c", "b"]
    assert folder.free_name("a") == "a-1"
    create_run("a-1", tiny, "fast")
    assert folder.free_name("a") == "a-2"


@pytest.mark.parametrize("created", [None, 7, [], {"at": 1}])
def test_a_run_with_no_date_is_listed_with_the_others(tiny, created):
    for name in ("undated", "good"):
        run = create_run(name, tiny, "fast")
        if name == "undated":
            (run.path / "config.json").write_text(json.dumps(run.description() | {"created": created}))
    assert {run.name for run in list_runs()} == {"undated", "good"}


def test_taken_name_is_refused(tiny):
    create_run("name", tiny, "fast")
    with pytest.raises(OCRError, match=r"^There is already a run name\. Go on with that one, or choose another"):
        create_run("name", tiny, "fast")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../out", "a/b", "/tmp/x", "a\\b", ".hidden", "-rf", "a b", "a\n", "ä", "x" * 65, "a\0"]
)
def test_name_that_could_leave_the_folder_is_refused(tiny, name, runs_folder):
    for call in (lambda: find_run(name), lambda: create_run(name, tiny, "fast")):
        with pytest.raises(OCRError, match="cannot name a run: use up to 64 letters, digits, dots, dashes and"):
            call()
    assert not runs_folder.exists()


def test_folder_that_cannot_be_written_gives_a_sentence(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("OCR_RUNS_DIR", str(tmp_path / "file" / "runs"))
    with pytest.raises(OCRError) as error:
        create_run("nowhere", tiny, "fast")
    assert str(error.value) == (
        f"The run nowhere cannot be written in {tmp_path}/file/runs: Not a directory. "
        "Free some space or set OCR_RUNS_DIR to a folder that can be written; what was saved before is safe."
    )


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(30, "Read-only file system")])
def test_folder_that_may_not_be_written_starts_nothing(tiny, few, error, monkeypatch):
    run = create_run("readonly", tiny, "fast")

    def refuse(*_):
        raise error

    monkeypatch.setattr(os, "replace", refuse)
    for call in (lambda: finish(run, few), lambda: folder.start(run), lambda: folder.reset_run(run)):
        with pytest.raises(OCRError, match=rf"^The run readonly cannot be written in .*: {error.strerror}\. Free some"):
            call()
    assert lock_holder(run.path.parent) is None
    assert run.status().state == STOPPED


def test_second_run_is_told_who_trains(tiny, few, monkeypatch):
    monkeypatch.setattr(folder.lock, "PATIENCE", 0.05)
    first, second = create_run("first", tiny, "fast"), create_run("second", tiny, "fast")
    training = execute(first, few)
    next(training)
    assert first.status().live
    assert lock_holder(first.path.parent) == "first"
    sentence = r"^first is training, and one run trains at a time\. Stop it or wait until it has finished\.$"
    for call in (lambda: finish(second, few), lambda: finish(first, few), lambda: folder.start(second)):
        with pytest.raises(OCRError, match=sentence):
            call()
    assert second.status().state == STOPPED
    assert first.status().live
    list(training)
    assert lock_holder(first.path.parent) is None
    finish(second, few)
    assert second.status().state == FINISHED


def test_run_that_trains_is_not_deleted(tiny, few):
    run = create_run("kept", tiny, "fast")
    training = execute(run, few)
    next(training)
    with pytest.raises(OCRError, match=r"^kept is training\. Stop it first\.$"):
        folder.delete_run(run)
    assert run.exists()
    list(training)
    folder.delete_run(run)
    assert not run.path.exists()
    assert list_runs() == []


def test_renamed_run_keeps_everything(tiny, few, runs_folder):
    run = create_run("old", tiny, "fast")
    finish(run, few, 5)
    create_run("taken", tiny, "fast")
    with pytest.raises(OCRError, match=r"^There is already a run taken\. Choose another name\.$"):
        folder.rename_run(run, "taken")
    with pytest.raises(OCRError, match="cannot name a run"):
        folder.rename_run(run, "../out")
    renamed = folder.rename_run(run, "new")
    assert renamed == find_run("new")
    assert not run.exists()
    finish(renamed, few, 95)
    whole = Trainer(tiny, few)
    list(whole.train(100))
    assert_same_weights(renamed, whole.model.state_dict())


def test_reset_run_starts_from_the_identical_weights(tiny, few):
    run = create_run("again", tiny, "fast")
    finish(run, few, 7)
    first, config = load_checkpoint(run.snapshots()[0]).model.state_dict(), run.path / "config.json"
    before = config.read_bytes()
    (run.path / "own.jsonl").touch()  # what fine-tuning begins with is no result of it
    folder.reset_run(run)
    assert (run.status().state, run.status().iteration, run.status().target) == (STOPPED, 0, 100)
    assert (run.metrics(), run.snapshots(), config.read_bytes()) == ([], {}, before)
    assert sorted(os.listdir(run.path)) == ["config.json", "own.jsonl", "snapshots", "status.json"]
    finish(run, few, 1)
    assert_same_weights(Run(run.snapshots()[0]), first)


# From here on real processes.


def wait_for(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.timeout(300)
def test_run_outlives_the_server_that_started_it_and_others_find_and_steer_it(tiny, offline):
    run = create_run("started", replace(tiny, iterations=10**6), "fast")
    script = (
        "import time; from ocr.runs import folder; folder.start(folder.find_run('started')); print(1); time.sleep(600)"
    )
    server = subprocess.Popen([sys.executable, "-uc", script], cwd=PROJECT, stdout=subprocess.PIPE)
    assert server.stdout
    with server:
        assert server.stdout.read(1) == b"1"
        server.kill()
    assert run in [found for found in list_runs() if found.status().live]
    pid = run.status().pid
    assert os.getsid(pid) not in (os.getsid(0), server.pid)  # closing the terminal does not reach it
    try:
        other = create_run("other", tiny, "fast")
        with pytest.raises(OCRError, match=r"^started is training, and one run trains at a time"):
            folder.start(other)
        with pytest.raises(OCRError, match=r"Stop it first\."):
            folder.delete_run(run)
        os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: run.status().message == f"Its process is suspended. It goes on after: kill -CONT {pid}")
        assert run.status().live
        os.kill(pid, signal.SIGCONT)
        wait_for(lambda: not run.status().message)
        run.pause()
        wait_for(lambda: run.status().paused)
        used = Path(f"/proc/{pid}/stat").read_text().split()[13:15]
        time.sleep(1)
        ticks = sum(map(int, Path(f"/proc/{pid}/stat").read_text().split()[13:15])) - sum(map(int, used))
        assert ticks <= 0.1 * os.sysconf("SC_CLK_TCK")  # waiting costs next to nothing
        os.kill(pid, signal.SIGTERM)
        started = time.monotonic()
        wait_for(lambda: not run.status().live)
        assert time.monotonic() - started < 5
    finally:
        run.request_stop()
        wait_for(lambda: lock_holder(run.path.parent) is None)
    assert run.status().state == STOPPED
    wait_for(lambda: "Stopped. Weights:" in (run.path / "log.txt").read_text())  # its last words


def test_start_that_fails_says_why(tiny, offline):
    run = create_run("failing", tiny, "fast")
    config = (run.path / "config.json").read_text()
    (run.path / "config.json").write_text(config.replace('"adam"', '"lion"'))
    with pytest.raises(OCRError, match=r"^This recipe does not work: the optimizer must be one of adam, adamw, sgd\.$"):
        folder.start(run)


def test_a_drive_without_locks_is_told_of_as_that(tiny, few, monkeypatch):
    def no_locks(*_):
        raise portalocker.LockException(OSError(errno.ENOLCK, "No locks available"))

    run = create_run("remote", tiny, "tutorial")
    monkeypatch.setattr("portalocker.lock", no_locks)
    assert lock_holder(run.path.parent) is None
    with pytest.raises(OCRError, match=r"cannot lock files, .* Set OCR_RUNS_DIR to a folder on another drive\.$"):
        next(execute(run, few, 1))


def test_a_started_process_finds_the_folders_of_the_one_that_starts_it(tiny, monkeypatch, tmp_path):
    """It works in another folder, where a relative path would mean another place."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OCR_DATA_DIR", "digits")
    seen = {}

    class Started(subprocess.Popen):
        def __init__(self, command, env, **settings):
            seen.update(env)
            super().__init__([sys.executable, "-c", ""], env=env, **settings)
            self.wait()

    monkeypatch.setattr("ocr.runs.folder.subprocess.Popen", Started)
    start(create_run("elsewhere", tiny, "tutorial"))
    assert seen["OCR_DATA_DIR"] == str(tmp_path / "digits")
