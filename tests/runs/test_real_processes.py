"""The process that trains a run, as the app and the command line start it."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from ocr import Trainer, load_checkpoint
from ocr.runs.folder import create_run
from ocr.runs.status import FINISHED, INTERRUPTED, STOPPED
from tests import PROJECT
from tests.measure.faults import torture
from tests.trained import assert_same_weights, finish


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
