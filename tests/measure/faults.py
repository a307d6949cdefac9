"""Kills a trainer again and again, the tutorial's recipe on real MNIST: `.venv/bin/python -m tests.measure.faults [N]`.

Each time the process dies by kill -9 at a random moment: while it starts, trains, waits paused, or right after its
learning rate was changed. After each kill every file must be readable and the status must say "interrupted"; in the
end the weights must be those of a run that was never killed, bit for bit. Prints one line of JSON.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any
from unittest.mock import patch

import torch
from tqdm import tqdm

from ocr import OCRError, TrainConfig, Trainer, load_checkpoint, preset
from ocr.files import load_tensors
from ocr.runs import folder
from ocr.runs.folder import create_run, start
from ocr.runs.run import Run, aim
from ocr.runs.status import FINISHED

WAYS = {"starting": 0.2, "training": 0.5, "paused": 0.1, "another learning rate": 0.2}  # and how often
RATES = (None, 3e-5, 3e-4, 1e-3)
TRAINING_SECONDS = 0.8  # the longest that a process is left alive once it trains
ODOMETER = "OCR_TEST_ODOMETER"
EXACT = ("training_accuracy", "training_loss", "learning_rate")  # of a report; the rest depends on the clock
VALIDATION = ("validation_accuracy", "validation_loss")  # where the time allowed it


class Watched(subprocess.Popen):  # type: ignore[type-arg]
    """The trainer's process as the app starts it, with an odometer: how many iterations it has really done."""

    last: Watched

    def __init__(self, command: list[str], **settings: Any) -> None:
        super().__init__([command[0], "-m", "tests.measure.faults", *command[3:]], **settings)
        Watched.last = self  # only now is there a process to kill


def train_with_odometer() -> None:
    """`python -m ocr train`, which notes each iteration where a kill does not wipe it out."""
    from ocr.__main__ import main

    with open(os.environ[ODOMETER], "r+b") as file:
        memory = mmap.mmap(file.fileno(), 8)
    step = Trainer.step

    def counted(trainer: Trainer, *arguments: Any) -> None:
        step(trainer, *arguments)
        memory[:] = trainer.iteration.to_bytes(8, "little")

    with patch.object(Trainer, "step", counted):
        main()


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it came true; not if the process ended before."""
    deadline = time.monotonic() + seconds
    while not condition():
        if Watched.last.poll() is not None:
            return False
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.002)
    return True


def begin(run: Run, iterations: int | None = None, paused: bool = False) -> threading.Thread:
    """Starts the run's process and does not wait until it is ready."""
    before = getattr(Watched, "last", None)

    def starting() -> None:
        with suppress(OCRError):  # it is killed before it is ready
            start(run, iterations, paused)

    thread = threading.Thread(target=starting)
    thread.start()
    while getattr(Watched, "last", None) is before:
        time.sleep(0.001)
    return thread


def kill_in(way: str, run: Run, chance: random.Random, more: int | None, start_seconds: float) -> float:
    """Starts the run's process, which took `start_seconds` the last time, and kills it in a way of `WAYS`.

    Gives how long the start took this time.
    """
    began = time.monotonic()
    thread = begin(run, more)
    if way == "starting":
        time.sleep(chance.uniform(0, start_seconds))
    else:
        thread.join()
        start_seconds, told = time.monotonic() - began, len(run.metrics())
        wait_until(lambda: len(run.metrics()) > told)
        with suppress(OCRError):  # it has just finished
            if way == "paused":
                run.pause()
                wait_until(lambda: run.status().paused)
            if way == "another learning rate":
                time.sleep(chance.uniform(0, TRAINING_SECONDS / 2))
                run.set_learning_rate(chance.choice(RATES))
        time.sleep(chance.uniform(0, TRAINING_SECONDS))
    Watched.last.kill()
    Watched.last.wait()
    thread.join()
    return start_seconds


def unreadable(run: Run) -> list[str]:
    """Files of a run that cannot be read, or that hold more than one cut line. Temporary ones start with a dot."""
    names = []
    for path in run.path.rglob("*"):
        if path.is_dir() or path.name.startswith(".") or path.name == "log.txt":
            continue
        try:
            if path.suffix == ".safetensors":
                load_tensors(path)
                if path != run.state_path:
                    load_checkpoint(path)
            elif ".tfevents." in path.name:
                from tensorboard.backend.event_processing.event_file_loader import EventFileLoader  # it wrote them

                list(EventFileLoader(str(path)).Load())
            elif path.suffix == ".jsonl":
                for line in path.read_text().splitlines(keepends=True)[:-1]:
                    json.loads(line)
            else:
                json.loads(path.read_text())
        except (OSError, ValueError, OCRError) as error:
            names.append(f"{path.name}: {error}")
    return names


def never_killed(run: Run, name: str) -> Run:
    """The same recipe, with the same changes of the learning rate, in one process that lives until it is done."""
    whole = create_run(name, run.config(), "tutorial")
    begin(whole, run.status().iteration, paused=True).join()
    for iteration, rate in [*run.rate_changes(), (run.status().iteration, None)]:
        reached = whole.status().iteration
        if iteration > reached:
            whole.step(iteration - reached)
        assert wait_until(lambda: whole.status().paused and whole.status().iteration == iteration, 600)  # noqa: B023
        if iteration < run.status().iteration:
            whole.set_learning_rate(rate)
    whole.request_stop()
    Watched.last.wait()
    return whole


def same_state(run: Run, other: Run) -> bool:
    """Whether two runs' weights, and all that going on from there needs, are equal bit for bit."""
    for path in ("checkpoint.safetensors", "trainer.safetensors"):
        one, another = (load_tensors(each.path / path)[0] for each in (run, other))
        if one.keys() != another.keys() or not all(torch.equal(value, another[key]) for key, value in one.items()):
            return False
    return True


def same_reports(run: Run, other: Run) -> bool:
    """Whether both say the same of each iteration that both report, but for time and what time decides."""
    others = {report.iteration: asdict(report) for report in other.metrics()}
    for report in map(asdict, run.metrics()):
        another = others.get(report["iteration"])
        names = EXACT if not another or None in (report[VALIDATION[0]], another[VALIDATION[0]]) else EXACT + VALIDATION
        if another and any(report[name] != another[name] for name in names):
            return False
    return True


def torture(config: TrainConfig, kills: int, chance: random.Random) -> dict[str, Any]:
    """Trains a recipe in the current runs folder, killing it so often; what came of it."""
    started = time.monotonic()
    run = create_run("killed", config, "tutorial")
    odometer = run.path.parent / "odometer"
    odometer.write_bytes(bytes(8))
    ways: Counter[str] = Counter()
    states: Counter[str] = Counter()
    damaged: list[str] = []
    lost = [0]
    start_seconds = 3.0
    with patch.dict(os.environ, {ODOMETER: str(odometer)}), patch.object(folder.subprocess, "Popen", Watched):
        for _ in tqdm(range(kills), unit="kill"):
            finished = run.status().state == FINISHED
            way = chance.choices(list(WAYS), list(WAYS.values()))[0]
            start_seconds = kill_in(way, run, chance, 1_000 if finished else None, start_seconds)
            ways[way] += 1
            states[run.status().state] += 1
            damaged += unreadable(run)
            done = int.from_bytes(odometer.read_bytes(), "little")
            lost.append(done - aim(run, None)[0])
        begin(run).join()
        Watched.last.wait()
        damaged += unreadable(run)
        left = [path.name for path in run.path.rglob(".*")]
        whole = never_killed(run, "whole")
    return {
        "kills": kills,
        "ways": dict(ways),
        "states_after_kill": dict(states),
        "unreadable_files": len(damaged),
        "problems": damaged[:5] + left[:5],
        "most_iterations_lost": max(lost),
        "iterations": run.status().iteration,
        "learning_rate_changes": len(run.rate_changes()),
        "identical": same_state(run, whole),
        "reports_identical": same_reports(run, whole),
        "seconds": round(time.monotonic() - started),
    }


def main(kills: int) -> None:
    """Prints the figures; with real MNIST where OCR_DATA_DIR or data/ has it."""
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, {"OCR_RUNS_DIR": folder}):
        recipe = replace(preset("tutorial"), iterations=30 * kills)
        print(json.dumps(torture(recipe, kills, random.Random())))


if __name__ == "__main__":
    if sys.argv[1:2] == ["train"]:
        train_with_odometer()
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
