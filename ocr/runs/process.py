"""The process that trains a run: it holds the lock, saves with each report, and hears what viewers ask."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any

from ocr.data.split import Data
from ocr.data.stroke_file import to_split
from ocr.errors import OCRError
from ocr.files import load_tensors, save_tensors, write_atomically
from ocr.network.checkpoint import load_checkpoint, save_checkpoint
from ocr.reading.calibration import calibrate
from ocr.runs.finetune import starting_point
from ocr.runs.folder import hold_lock
from ocr.runs.lock import lock_path
from ocr.runs.problems import disk_problem, explain_damage, explain_disk
from ocr.runs.run import Run, aim, write_status
from ocr.runs.status import FAILED, FINISHED, PAUSED, STOPPED, TRAINING, Status
from ocr.runs.tensorboard import EventWriter
from ocr.training.acceptance import accept
from ocr.training.report import MILESTONES, Progress
from ocr.training.trainer import FineTuning, Trainer

PROCESS_STARTED = time.time()
TEMPORARY = re.compile(r"\..+\.[0-9a-f]{32}")  # names that `write_atomically` gives
CALIBRATING = "Trained. Now its confidence is calibrated."
ACCEPTING = "Trained. Now it learns that your digits are digits, which takes some seconds."
LOOK_SECONDS = 0.1  # how often a paused process looks whether it is asked something


def execute(
    run: Run,
    data: Data | Callable[[], Data],
    iterations: int | None = None,
    device: str = "auto",
    paused: bool = False,
) -> Iterator[Progress]:
    """Train a run in this process, from where it stands, saving with each report.

    Args:
        run: The run.
        data: What to train on, or a function that loads it: what the run is asked for is kept before that takes time.
        iterations: How many more; None finishes what the run was last asked for.
        device: "auto", "cpu" or "cuda".
        paused: Whether it waits for `Run.play` or `Run.step` before its first iteration.

    Yields:
        The reports, each after it is saved.

    Raises:
        OCRError: Another run trains, the folder cannot be written, the saved state is damaged, or training diverged.
    """
    config = run.config()
    with explain_disk(run), hold_lock(run) as lock:
        iteration, target = aim(run, iterations)
        files = _Files(run, lock)
        files.sweep()
        files.say(TRAINING, iteration, target)
        try:
            if callable(data):
                data = data()
            trainer = _trainer(run, data, device)
            files.restore(trainer)
            with _Requests(run, trainer, target, paused) as requests:
                yield from _follow(requests, trainer, files)
            target = requests.target
            if config.user_digits_share or config.calibrated:  # also where it was stopped: people draw with it now
                reached = trainer.iteration
                files.say(TRAINING, reached, target, CALIBRATING, 0.0)
                checkpoint = trainer.checkpoint()
                calibrate(checkpoint, data, lambda share: files.say(TRAINING, reached, target, CALIBRATING, share))
                if config.user_digits_share:
                    files.say(TRAINING, reached, target, ACCEPTING)
                    accept(checkpoint, to_split(starting_point(run).trained_on), data)
                save_checkpoint(run.checkpoint_path, checkpoint)
            files.say(FINISHED if trainer.iteration >= target else STOPPED, trainer.iteration, target)
        except (OCRError, OSError) as error:
            problem = files.problem(error)
            if not isinstance(error, FileNotFoundError):  # into a folder that is being deleted nothing is written
                with suppress(OCRError, OSError):  # on a full disk
                    files.say(FAILED, files.reached, target, str(problem))
            raise problem from error
        finally:
            files.close()


def _trainer(run: Run, data: Data, device: str) -> Trainer:
    """Give the run's trainer at its start; one that goes on from weights starts with those in its folder."""
    config = run.config()
    if not config.user_digits_share:
        if not run.initial_path.is_file():
            return Trainer(config, data, device)
        initial = load_checkpoint(run.initial_path)
        return Trainer(config, data, device, FineTuning(initial, to_split([]), initial.info.get("learnt", [])))
    start = starting_point(run)
    return Trainer(config, data, device, FineTuning(start.initial, to_split(start.trained_on), start.learnt))


def _follow(requests: _Requests, trainer: Trainer, files: _Files) -> Iterator[Progress]:
    """Train as far as is asked, and wait while paused, until the target or a stop."""
    requests.heed()  # what was asked during the start
    while True:
        if not requests.paused:
            files.say(TRAINING, trainer.iteration, requests.target)
        for progress in trainer.train(max(0, requests.goal - trainer.iteration), requests.heed):
            files.save(trainer, progress)
            files.say(PAUSED if requests.paused else TRAINING, trainer.iteration, requests.target)
            yield progress
        if requests.stopping or (not requests.paused and trainer.iteration >= requests.target):
            return
        if trainer.iteration >= requests.goal:
            files.say(PAUSED, trainer.iteration, requests.target)
            requests.wait()
            files.save_state(trainer)  # a learning rate may have been set


class _Requests:
    """What this process is asked to do, in the run's requests and by SIGTERM or Ctrl-C.

    Attributes:
        goal: The iteration to train to before it waits.
        target: The iteration after which the run is finished.
        paused: Whether it waits at the goal.
        stopping: Whether it is to end.
    """

    def __init__(self, run: Run, trainer: Trainer, target: int, paused: bool) -> None:
        self.target = target
        self.paused = paused
        self.goal = trainer.iteration if paused else target
        self.stopping = False
        self._path = run.requests_path
        self._trainer = trainer
        self._read = 0
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> _Requests:
        with suppress(ValueError):  # not in the main thread, where signals cannot be handled: requests still work
            for number in (signal.SIGTERM, signal.SIGINT):
                self._handlers[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def heed(self) -> bool:
        """Take up what is newly asked; tell whether to halt and save, for a stop, a pause or another rate."""
        changes = self._trainer.rate_changes
        self._take_up()
        return self.stopping or self.goal <= self._trainer.iteration or self._trainer.rate_changes != changes

    def wait(self) -> None:
        """Sleep until something is asked."""
        while not (self._take_up() or self.stopping):
            time.sleep(LOOK_SECONDS)

    def _receive(self, *_: object) -> None:
        """Take a signal for a wish to stop."""
        self.stopping = True

    def _take_up(self) -> bool:
        """Do what was asked since the last look; tell whether that was anything."""
        if self._path.stat().st_size == self._read:
            return False
        with open(self._path, "rb") as file:
            file.seek(self._read)
            lines = [line for line in file if line.endswith(b"\n")]
        self._read += sum(map(len, lines))
        for line in lines:
            with suppress(OCRError, ValueError, TypeError):  # a line that nobody here wrote asks for nothing
                self._do(*json.loads(line))
        return bool(lines)

    def _do(self, request: str, value: Any) -> None:
        """Do what one request asks, as the methods of `Run` wrote it."""
        iteration = self._trainer.iteration
        if request == "stop":
            self.stopping, self.goal = True, iteration
        elif request == "pause":
            self.paused, self.goal = True, iteration
        elif request == "play":
            self.paused, self.goal = False, self.target
        elif request == "step":
            self.goal = value + (self.goal if self.paused else iteration)
            self.paused, self.target = True, max(self.target, self.goal)
        elif request == "learning rate":
            self._trainer.set_learning_rate(value)


class _Files:
    """What this process writes into the run's folder, for as long as that is the run's and the lock is ours."""

    def __init__(self, run: Run, lock: IO[str]) -> None:
        self.reached = 0  # the iteration last told of
        self._run = run
        self._lock = lock
        self._report: dict[str, Any] = {}  # the last, as it is saved with the state
        self._board: EventWriter | None = None

    def problem(self, error: OCRError | OSError) -> OCRError:
        """Give what stopped this process as a sentence."""
        if isinstance(error, OCRError):
            return error
        if isinstance(error, FileNotFoundError):
            return OCRError(f"Files in {self._run.path} were deleted or moved while it trained, and so it ended.")
        return disk_problem(self._run, error)

    def sweep(self) -> None:
        """Remove what a process before this one had begun to write when it was killed."""
        for path in self._run.path.rglob(".*"):
            if TEMPORARY.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def say(self, state: str, iteration: int, target: int, message: str = "", share: float | None = None) -> None:
        """Write where the run stands."""
        self._check()
        write_status(self._run, Status(state, iteration, target, message, os.getpid(), PROCESS_STARTED, share))
        self.reached = iteration

    def _check(self) -> None:
        """Check that the folder is still the run's and the lock still ours."""
        if not self._run.exists():
            raise FileNotFoundError
        if not os.path.samestat(os.fstat(self._lock.fileno()), os.stat(lock_path(self._run.path.parent))):
            raise OCRError(
                f"The lock file in {self._run.path.parent} was replaced while {self._run.name} trained. It ended, "
                "because another run may train there now; resume it."
            )

    def save(self, trainer: Trainer, progress: Progress) -> None:
        """Save weights, state and report."""
        self._check()
        # The state to go on from comes after the weights: whatever it says was reached, they have reached as well.
        checkpoint = trainer.checkpoint()
        save_checkpoint(self._run.checkpoint_path, checkpoint)
        if progress.iteration == 0 or progress.iteration in MILESTONES:
            save_checkpoint(self._run.path / "snapshots" / f"{progress.iteration:07d}.safetensors", checkpoint)
        self._report = asdict(progress)
        self.save_state(trainer)
        with open(self._run.path / "metrics.jsonl", "a") as file:
            file.write(json.dumps(self._report) + "\n")
        if not self._board:
            self._board = EventWriter(self._run.board_path, since=progress.iteration)
        self._board.add(progress, checkpoint.model)

    def close(self) -> None:
        """Close the event files."""
        if self._board:
            with suppress(OSError):  # on a full disk; what that means has been said
                self._board.close()

    def save_state(self, trainer: Trainer) -> None:
        """Save all that going on exactly needs."""
        tensors, values = trainer.state()
        save_tensors(self._run.state_path, tensors, values | {"report": self._report})

    def restore(self, trainer: Trainer) -> None:
        """Bring a trainer to the run's last saved report, and the metrics to the same point."""
        metrics = self._run.path / "metrics.jsonl"
        if not self._run.state_path.exists():
            metrics.unlink(missing_ok=True)
            return
        with explain_damage(self._run):
            tensors, values = load_tensors(self._run.state_path)
            report = dict(values["report"])
        trainer.restore(tensors, values)
        reports = {report.iteration: asdict(report) for report in self._run.metrics()}
        reports = {iteration: report for iteration, report in reports.items() if iteration < trainer.iteration}
        self._report = report  # the kill may have come between the state and its line
        lines = "".join(json.dumps(report) + "\n" for report in [*reports.values(), self._report])
        write_atomically(metrics, lines.encode())
        self._board = EventWriter(self._run.board_path, since=trainer.iteration)
        self._board.add(Progress(**self._report), trainer.checkpoint().model)
