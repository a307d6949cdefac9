"""The folder of all runs: which there are, and how one is created, started, renamed, reset and deleted.

runs/<name>/    one run, see `run`
runs/.lock      held by the one process that trains; names its run
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ocr.data.mnist import data_dir
from ocr.data.user_digits import user_digits_dir
from ocr.errors import OCRError
from ocr.files import PROJECT, folder_setting, write_atomically
from ocr.runs import lock
from ocr.runs.problems import explain_disk
from ocr.runs.run import Run, aim, line_of, write_description, write_status
from ocr.runs.status import STOPPED, TRAINING, Request, Status
from ocr.training.recipe import TrainConfig

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NAME_RULE = "up to 64 letters, digits, dots, dashes and underscores"
ATTEMPTS = 20  # at a name that others may take in the same moment


def runs_dir() -> Path:
    """Give the folder of all runs: `OCR_RUNS_DIR`, or `runs/` in the project."""
    return folder_setting("OCR_RUNS_DIR", "runs")


def list_runs(folder: Path | None = None) -> list[Run]:
    """List all runs, the newest first.

    Args:
        folder: The folder of runs, which need not exist; None for the usual one.

    Returns:
        The runs.
    """
    folder = folder or runs_dir()
    runs = [Run(path) for path in folder.iterdir()] if folder.is_dir() else []
    return sorted((run for run in runs if run.exists()), key=lambda run: (run.created(), run.name), reverse=True)


def find_run(name: str) -> Run:
    """Give the run of a name, whether it exists or not.

    Args:
        name: The name.

    Returns:
        The run.

    Raises:
        OCRError: The name cannot be a folder's.
    """
    if not NAME.fullmatch(name):
        raise OCRError(f"{name!r} cannot name a run: use {NAME_RULE}.")
    return Run(runs_dir() / name)


def free_name(stem: str) -> str:
    """Give the first of the names `stem-1`, `stem-2`, ... that no run has."""
    number = 1
    while (runs_dir() / f"{stem}-{number}").exists():
        number += 1
    return f"{stem}-{number}"


def unused(name: str) -> Run:
    """Give the run of a name that is still free.

    Args:
        name: The name.

    Returns:
        The run, of which there is nothing yet.

    Raises:
        OCRError: The name is taken or impossible.
    """
    run = find_run(name)
    if run.path.is_dir() and any(run.path.iterdir()):  # what a half-deleted run left behind counts too
        raise _taken(name)
    return run


def _taken(name: str) -> OCRError:
    """Give the sentence for a name that a run has already."""
    return OCRError(f"There is already a run {name}. Go on with that one, or choose another name.")


def create_run(name: str, config: TrainConfig, preset: str, owner: str = "", private: bool = False) -> Run:
    """Create a run's folder with its recipe. Of two who create one of the same name at once, one does.

    Args:
        name: The run's name.
        config: The recipe.
        preset: What people call the recipe, such as a key of `PRESETS`.
        owner: Whose run it is, in whatever way the caller tells people apart; "" is nobody's.
        private: Whether only its owner is to see it.

    Returns:
        The run, which does not train yet.

    Raises:
        OCRError: The name is taken or impossible, or the folder cannot be written.
    """
    run = unused(name)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    description: dict[str, Any] = {"recipe": config.to_dict(), "preset": preset, "created": created}
    if owner:
        description |= {"owner": owner, "private": private}
    with explain_disk(run):
        run.path.mkdir(parents=True, exist_ok=True)
        try:
            (run.path / "snapshots").mkdir()  # which one process alone can
        except FileExistsError:
            raise _taken(name) from None
        write_description(run, description)
        _write_untrained(run, config)
    return run


def create_next(stem: str, config: TrainConfig, preset: str, owner: str = "", private: bool = False) -> Run:
    """Create a run under the first free name of a stem; where somebody is quicker to take it, under the next one.

    Args:
        stem: What the name begins with, see `free_name`.
        config: The recipe.
        preset: As in `create_run`.
        owner: As there.
        private: As there.

    Returns:
        The run, which does not train yet.

    Raises:
        OCRError: The folder cannot be written, or others are quicker again and again.
    """
    for _ in range(ATTEMPTS):
        name = free_name(stem)
        try:
            return create_run(name, config, preset, owner, private)
        except OCRError:
            if not find_run(name).path.exists():
                raise
    raise OCRError("Others create runs faster than this one finds a name. Try again, or type a name.")


def start(run: Run, iterations: int | None = None, paused: bool = False, asked: Sequence[Request] = ()) -> None:
    """Start a process of its own that trains a run, by the command that a person would use.

    Args:
        run: The run.
        iterations: How many more; None finishes what the run was last asked for.
        paused: Whether it waits for `Run.play` or `Run.step` before its first iteration.
        asked: What it is asked to do first. It is paused then, and so does that and nothing else.

    Raises:
        OCRError: A run is training already, the folder cannot be written, or the process ended at once.
    """
    lock.refuse_second(run.path.parent)
    paused = paused or bool(asked)
    command = [sys.executable, "-m", "ocr", "train", "--run", run.name, "--resume", *(["--paused"] if paused else [])]
    with explain_disk(run), hold_lock(run) as held, open(run.path / "log.txt", "wb") as log:
        # From here on it is training: what it is asked for is kept, and the process is given the lock.
        write_atomically(run.requests_path, b"".join(line_of(*request) for request in asked))
        write_status(run, Status(TRAINING, *aim(run, iterations), "Starting."))
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=os.environ | _settings(run) | {lock.HANDLE: str(held.fileno())},
            pass_fds=[held.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # closing the terminal or the server does not reach it
        )
    threading.Thread(target=process.wait, daemon=True).start()  # so that no zombie is left of it
    deadline = time.monotonic() + 30
    while run.status().pid != process.pid:  # importing torch takes a second or two
        if process.poll() is not None or time.monotonic() > deadline:
            break  # on a very busy machine it goes on starting
        time.sleep(0.05)
    if process.poll():
        raise OCRError(run.last_error() or f"Training did not start. See {run.path / 'log.txt'}.")


@contextmanager
def hold_lock(run: Run) -> Iterator[IO[str]]:
    """Hold the lock of the folder of runs while this is open: the one that was given, or else a new one.

    With a new one, the run's requests are emptied, and the log of the process before is removed.

    Args:
        run: The run that is to be trained.

    Yields:
        The open lock file.

    Raises:
        OCRError: Another process holds the lock.
    """
    file = lock.given()
    if file:
        with file:
            yield file
        return
    with lock.hold(run.path.parent, run.name) as file:
        (run.path / "log.txt").unlink(missing_ok=True)  # of the process before
        write_atomically(run.requests_path, b"")  # from here on others may ask
        yield file


def rename_run(run: Run, name: str) -> Run:
    """Give a run's folder another name.

    Args:
        run: The run.
        name: Its new name.

    Returns:
        The run under its new name.

    Raises:
        OCRError: It is training or gone, the name is taken or impossible, or the folder cannot be renamed.
    """
    renamed = Run(run.path.parent / find_run(name).name)
    _refuse_live(run)
    if not run.path.exists():
        raise OCRError(f"There is no run {run.name} any more: it was renamed or deleted.")
    if renamed.path.exists():
        raise OCRError(f"There is already a run {name}. Choose another name.")
    with explain_disk(run):
        run.path.rename(renamed.path)
    return renamed


def reset_run(run: Run) -> None:
    """Take a run back to iteration 0: what its recipe begins with stays, all that came of training goes.

    Args:
        run: The run.

    Raises:
        OCRError: It is training, has no readable recipe, or the folder cannot be written.
    """
    config = run.config()
    _refuse_live(run)
    with explain_disk(run):
        # The state goes first: without it, whatever else is left counts for nothing.
        for name in ("trainer.safetensors", "checkpoint.safetensors", "metrics.jsonl", "requests.jsonl", "log.txt"):
            (run.path / name).unlink(missing_ok=True)
        for path in run.snapshots().values():
            path.unlink()
        shutil.rmtree(run.board_path, ignore_errors=True)
        if run.initial_path.is_file() and not run.user_digits_path.is_file():  # it came with weights to read with
            write_atomically(run.checkpoint_path, run.initial_path.read_bytes())
        _write_untrained(run, config)


def delete_run(run: Run) -> None:
    """Remove a run's folder for good.

    Args:
        run: The run.

    Raises:
        OCRError: It is training, or the folder cannot be removed.
    """
    _refuse_live(run)
    with explain_disk(run):
        while run.path.exists():
            with suppress(FileNotFoundError):  # somebody else deletes it as well
                shutil.rmtree(run.path)


def _write_untrained(run: Run, config: TrainConfig) -> None:
    """Write that a run has not been started yet."""
    write_status(run, Status(STOPPED, 0, config.iterations, "Not started yet."))


def _refuse_live(run: Run) -> None:
    """Check that no process trains a run."""
    if run.status().live:
        raise OCRError(f"{run.name} is training. Stop it first.")


def _settings(run: Run) -> dict[str, str]:
    """Give the folders as the started process must find them, which works in another folder than this one."""
    return {
        "OCR_RUNS_DIR": str(run.path.parent.resolve()),
        "OCR_DATA_DIR": str(data_dir()),
        "OCR_OWN_DIR": str(user_digits_dir()),
    }
