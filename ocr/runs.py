"""A training run as a folder and a process, so that whoever watches it can neither stop nor lose it.

    runs/<name>/config.json             the recipe and the data it was started with
                metrics.jsonl           one line a report, see `train.Progress`
                status.json             state, pid, process start time, how far it is meant to go, a message
                checkpoint.safetensors  weights to read with
                trainer.safetensors     all that going on exactly needs
                initial.safetensors     for fine-tuning: the weights it started from
                own.jsonl               for fine-tuning: the user's digits at that moment
                snapshots/              weights at 0, 1, 2, 5, 10, 20, 50, ... iterations
                log.txt                 what the process printed
    runs/.lock                          held by the one process that trains; names its run

Files are replaced atomically or append-only. Whether a run is training is not what a file says but who holds
the lock: the system frees it however the process ends, so that neither a kill nor a reused pid nor a changed
clock can make a dead run look alive.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import portalocker

from ocr.calibrate import calibrate, recalibrate
from ocr.checkpoint import load_checkpoint, load_tensors, save_checkpoint, save_tensors, write_atomically
from ocr.data import Data
from ocr.errors import OCRError
from ocr.own import hold_out, read_own, to_split
from ocr.train import MILESTONES, Progress, TrainConfig, Trainer

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PROJECT = Path(__file__).parent.parent
PROCESS_STARTED = time.time()
LOCK_PATIENCE = 1.0  # seconds; a viewer's look at the lock holds it for microseconds

# States of a run. Its process writes the first four; "interrupted" is what a viewer concludes.
TRAINING, FINISHED, STOPPED, FAILED, INTERRUPTED = "training", "finished", "stopped", "failed", "interrupted"


def runs_dir() -> Path:
    """The folder of all runs: `OCR_RUNS_DIR`, or `runs/` in the project."""
    return Path(os.environ.get("OCR_RUNS_DIR") or PROJECT / "runs")


@dataclass(frozen=True)
class Status:
    """Where a run stands; `target` is the iteration it is meant to reach."""

    state: str
    iteration: int = 0
    target: int = 0
    message: str = ""
    pid: int = 0
    process_started: float = 0.0

    @property
    def live(self) -> bool:
        return self.state == TRAINING


@dataclass(frozen=True)
class Run:
    """A run's folder. Reading never changes it, and may go on while another process writes."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def checkpoint_path(self) -> Path:
        return self.path / "checkpoint.safetensors"

    @property
    def initial_path(self) -> Path:
        return self.path / "initial.safetensors"

    @property
    def own_path(self) -> Path:
        return self.path / "own.jsonl"

    def exists(self) -> bool:
        return (self.path / "config.json").is_file()

    def description(self) -> dict[str, Any]:
        """What `config.json` says: recipe, preset, data, created (ISO 8601, UTC).

        Errors:
            OCRError: there is no such run, or its config.json is damaged.
        """
        try:
            return json.loads((self.path / "config.json").read_text())
        except (OSError, ValueError) as error:
            raise OCRError(f"There is no readable run {self.name} in {self.path.parent}.") from error

    def config(self) -> TrainConfig:
        """The run's recipe; see `description` for errors."""
        return TrainConfig.from_dict(self.description().get("recipe", {}))

    def metrics(self) -> list[Progress]:
        """Every report so far; a half-written last line is left out."""
        try:
            lines = (self.path / "metrics.jsonl").read_text(errors="replace").splitlines()
        except OSError:
            return []
        reports = []
        for line in lines:
            try:
                reports.append(Progress(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return reports

    def status(self) -> Status:
        """Where the run stands now; "interrupted" if its process is gone without having said so."""
        try:
            status = Status(**json.loads((self.path / "status.json").read_text()))
        except (OSError, ValueError, TypeError):
            status = Status(INTERRUPTED, message="Its status file is missing or damaged.")
        if status.live and lock_holder(self.path.parent) != self.name:
            # It may have finished between the two looks, and then says so itself.
            again = _read_json(self.path / "status.json")
            if again.get("state") not in (None, TRAINING):
                return Status(**again)
            reason = self.last_error() or "killed, or the machine went down."
            message = f"Its process ended: {reason} Resume it to go on."
            return Status(INTERRUPTED, status.iteration, status.target, message)
        return status

    def last_error(self) -> str:
        """The sentence that the run's last process ended with, if it ended with one."""
        try:
            lines = (self.path / "log.txt").read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1].removeprefix("Error: ") if lines and lines[-1].startswith("Error: ") else ""

    def snapshots(self) -> dict[int, Path]:
        """Checkpoint files by iteration, in order."""
        paths = (self.path / "snapshots").glob("*.safetensors")
        return dict(sorted((int(path.stem), path) for path in paths if path.stem.isdigit()))

    def request_stop(self) -> None:
        """Asks the run's process to save and stop; it does so after the iteration it is in."""
        (self.path / "stop").touch()


def list_runs(folder: Path | None = None) -> list[Run]:
    """All runs, the newest first."""
    folder = folder or runs_dir()
    runs = [Run(path) for path in folder.iterdir() if (path / "config.json").is_file()] if folder.is_dir() else []
    created = {run: _read_json(run.path / "config.json").get("created", "") for run in runs}
    return sorted(runs, key=lambda run: (created[run], run.name), reverse=True)


def find_run(name: str) -> Run:
    """The run of a name, whether it exists or not.

    Errors:
        OCRError: the name cannot be a folder's.
    """
    if not NAME.fullmatch(name):
        raise OCRError(f"{name!r} cannot name a run: use up to 64 letters, digits, dots, dashes and underscores.")
    return Run(runs_dir() / name)


def free_name(stem: str) -> str:
    """`stem-1`, `stem-2`, ...: the first that no run has."""
    number = 1
    while (runs_dir() / f"{stem}-{number}").exists():
        number += 1
    return f"{stem}-{number}"


def lock_holder(folder: Path) -> str | None:
    """The name of the run that a process is training in a runs folder, or None."""
    try:
        with open(folder / ".lock") as file:
            try:
                portalocker.lock(file, portalocker.LockFlags.SHARED | portalocker.LockFlags.NON_BLOCKING)
            except portalocker.LockException:
                return file.read().strip() or "another run"
    except OSError:
        pass
    return None


@contextmanager
def _lock(run: Run) -> Iterator[None]:
    with open(run.path.parent / ".lock", "a+") as file:
        deadline = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
                break
            except portalocker.LockException:
                if time.monotonic() > deadline:
                    holder = lock_holder(run.path.parent) or "another run"
                    raise OCRError(
                        f"{holder} is training, and one run trains at a time. Stop it or wait until it has finished."
                    ) from None
                time.sleep(0.02)
        file.truncate(0)
        (run.path / "stop").unlink(missing_ok=True)  # of a process that was killed; from here on others may ask
        file.write(run.name)
        file.flush()
        yield


def create_run(name: str, config: TrainConfig, preset: str) -> Run:
    """A new run's folder with its recipe.

    Errors:
        OCRError: the name is taken or impossible, or the folder cannot be written.
    """
    run = find_run(name)
    if run.path.is_dir() and any(run.path.iterdir()):  # what a half-deleted run left behind counts too
        raise OCRError(f"There is already a run {name}. Go on with it by --resume, or choose another name.")
    created = datetime.now(UTC).isoformat(timespec="seconds")
    description = {"recipe": config.to_dict(), "preset": preset, "created": created}
    with _explain_disk(run):
        (run.path / "snapshots").mkdir(parents=True, exist_ok=True)
        _write_json(run.path / "config.json", description)
        _write_status(run, Status(STOPPED, 0, config.iterations, "Not started yet."))
    return run


def execute(run: Run, data: Data, iterations: int | None = None, device: str = "auto") -> Iterator[Progress]:
    """Trains a run in this process, from where it stands, saving with each report.

    `iterations` is how many more; None finishes what the run was last asked for.

    Errors:
        OCRError: another run trains, the folder cannot be written, the saved state is damaged, or training diverged.
    """
    config = run.config()
    with _explain_disk(run), _lock(run):
        before = run.status()
        _write_status(run, Status(TRAINING, before.iteration, before.target, "", os.getpid(), PROCESS_STARTED))
        trainer = _trainer(run, data, device)
        _restore(run, trainer)
        target = before.target or config.iterations
        if iterations is not None:
            target = trainer.iteration + iterations
        stop_signal = _StopSignal()

        def say(state: str, message: str = "") -> None:
            _write_status(run, Status(state, trainer.iteration, target, message, os.getpid(), PROCESS_STARTED))

        def should_stop() -> bool:
            return stop_signal.received or (run.path / "stop").exists()

        try:
            say(TRAINING)
            with stop_signal:
                for progress in trainer.train(max(0, target - trainer.iteration), should_stop):
                    _save(run, trainer, progress)
                    say(TRAINING)
                    yield progress
            if config.calibrated and trainer.iteration >= config.iterations:
                say(TRAINING, "Trained. Fitting how far its readings can be believed takes another minute or two.")
                checkpoint = trainer.checkpoint()
                calibrate(checkpoint, data)
                save_checkpoint(run.checkpoint_path, checkpoint)
            if config.own:
                checkpoint = trainer.checkpoint()
                recalibrate(checkpoint, data)
                save_checkpoint(run.checkpoint_path, checkpoint)
            say(FINISHED if trainer.iteration >= target else STOPPED)
        except OCRError as error:
            say(FAILED, str(error))
            raise
        finally:
            (run.path / "stop").unlink(missing_ok=True)


def start(run: Run, iterations: int | None = None) -> None:
    """Starts a process of its own that trains the run, by the command that a person would use.

    Errors:
        OCRError: a run is training already, or the folder cannot be written.
    """
    holder = lock_holder(run.path.parent)
    if holder:
        raise OCRError(f"{holder} is training, and one run trains at a time. Stop it or wait until it has finished.")
    command = [sys.executable, "-m", "ocr", "train", "--run", run.name, "--resume"]
    if iterations is not None:
        command += ["--iterations", str(iterations)]
    with _explain_disk(run), open(run.path / "log.txt", "ab") as log:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=os.environ | {"OCR_RUNS_DIR": str(run.path.parent.resolve())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # closing the terminal or the server does not reach it
        )
    threading.Thread(target=process.wait, daemon=True).start()  # so that no zombie is left of it
    deadline = time.monotonic() + 30
    while not run.status().live:  # importing torch takes a second or two
        if process.poll() is not None:
            if process.returncode:
                raise OCRError(run.last_error() or f"Training did not start. See {run.path / 'log.txt'}.")
            return
        if time.monotonic() > deadline:
            raise OCRError(f"Training did not start within 30 seconds. See {run.path / 'log.txt'}.")
        time.sleep(0.05)


def delete_run(run: Run) -> None:
    """Removes a run's folder for good.

    Errors:
        OCRError: it is training, or the folder cannot be removed.
    """
    if run.status().live:
        raise OCRError(f"{run.name} is training. Stop it first.")
    with _explain_disk(run):
        shutil.rmtree(run.path)


class _StopSignal:
    """While entered, SIGTERM and Ctrl-C ask for a stop instead of ending the process."""

    def __init__(self) -> None:
        self.received = False
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> None:
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                self._previous[number] = signal.signal(number, self._receive)
        except ValueError:  # not in the main thread, where signals cannot be handled: the stop file still works
            self._previous = {}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _receive(self, *_: object) -> None:
        self.received = True


def _trainer(run: Run, data: Data, device: str) -> Trainer:
    """The run's trainer at its start; one that fine-tunes starts with the weights and the digits in its folder."""
    config = run.config()
    if not config.own:
        return Trainer(config, data, device)
    digits, _ = hold_out(read_own(run.own_path).digits)
    return Trainer(config, data, device, load_checkpoint(run.initial_path), to_split(digits))


def _save(run: Run, trainer: Trainer, progress: Progress) -> None:
    # The state to go on from comes after the weights: whatever it says was reached, they have reached as well.
    checkpoint = trainer.checkpoint()
    save_checkpoint(run.checkpoint_path, checkpoint)
    if progress.iteration == 0 or progress.iteration in MILESTONES:
        save_checkpoint(run.path / "snapshots" / f"{progress.iteration:07d}.safetensors", checkpoint)
    tensors, values = trainer.state()
    save_tensors(run.path / "trainer.safetensors", tensors, values | {"report": asdict(progress)})
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write(json.dumps(asdict(progress)) + "\n")


def _restore(run: Run, trainer: Trainer) -> None:
    """Brings a trainer to the run's last saved report, and its metrics to the same point."""
    path = run.path / "trainer.safetensors"
    if not path.exists():
        (run.path / "metrics.jsonl").unlink(missing_ok=True)
        return
    tensors, values = load_tensors(path)
    trainer.restore(tensors, values)
    reached = trainer.iteration
    reports = {progress.iteration: asdict(progress) for progress in run.metrics() if progress.iteration < reached}
    if reached:  # iteration 0 is reported anew
        reports[reached] = values["report"]  # the kill may have come between the state and its line
    lines = "".join(json.dumps(report) + "\n" for report in reports.values())
    write_atomically(run.path / "metrics.jsonl", lines.encode())


@contextmanager
def _explain_disk(run: Run) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OCRError(
            f"The run {run.name} cannot be written in {run.path.parent}: {error.strerror or error}. "
            "Free some space or set OCR_RUNS_DIR to a folder that can be written; what was saved before is safe."
        ) from error


def _write_status(run: Run, status: Status) -> None:
    _write_json(run.path / "status.json", asdict(status))


def _write_json(path: Path, values: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(values, indent=1).encode())


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text())
        return values if isinstance(values, dict) else {}
    except (OSError, ValueError):
        return {}
