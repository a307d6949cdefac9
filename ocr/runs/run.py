"""A training run as a folder: what its files say, and what may be asked of the process that trains it.

    runs/<name>/config.json             the recipe and the data it was started with
                metrics.jsonl           one line a report, see `training.report.Progress`
                status.json             state, pid, process start time, how far it is meant to go, a message
                checkpoint.safetensors  weights to read with
                trainer.safetensors     all that going on exactly needs
                initial.safetensors     for fine-tuning, or if it came from elsewhere: the weights it started from
                own.jsonl               for fine-tuning: the user's digits at that moment
                tensorboard/            event files, if the package tensorboard is installed
                snapshots/              weights at 0, 1, 2, 5, 10, 20, 50, ... iterations
                requests.jsonl          what viewers ask of the process: one line each, taken up in their order
                log.txt                 what the process printed, if `folder.start` started it

Files are replaced atomically or append-only. Whether a run is training is not what a file says but who holds
the lock of the folder of runs, see `lock`. The process itself is `process.execute`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ocr.errors import OCRError
from ocr.files import load_description, write_atomically
from ocr.runs.lock import lock_holder
from ocr.runs.problems import explain_damage, explain_disk
from ocr.runs.status import INTERRUPTED, PAUSED, TRAINING, Status
from ocr.training.recipe import TrainConfig, check_learning_rate
from ocr.training.report import Progress

LAST_WORDS = re.compile(r"(?:[\w.]*Error): (.+)")  # as the command line prints a sentence, and Python an exception
ROOM = 10_000_000  # bytes; with less free space, a run that ended without a word probably could not write it


@dataclass(frozen=True)
class Run:
    """A run's folder. Reading never changes it, and may go on while another process writes.

    Attributes:
        path: The folder, which need not exist.
    """

    path: Path

    @property
    def name(self) -> str:
        """The run's name, which is its folder's."""
        return self.path.name

    @property
    def checkpoint_path(self) -> Path:
        """The file of the weights to read with."""
        return self.path / "checkpoint.safetensors"

    @property
    def state_path(self) -> Path:
        """The file of all that going on exactly needs."""
        return self.path / "trainer.safetensors"

    @property
    def initial_path(self) -> Path:
        """The file of the weights that fine-tuning starts from."""
        return self.path / "initial.safetensors"

    @property
    def user_digits_path(self) -> Path:
        """The file of the user's digits that fine-tuning was started with."""
        return self.path / "own.jsonl"

    @property
    def status_path(self) -> Path:
        """The file that says where it stands."""
        return self.path / "status.json"

    @property
    def requests_path(self) -> Path:
        """The file of what viewers ask of the process."""
        return self.path / "requests.jsonl"

    @property
    def board_path(self) -> Path:
        """The folder of TensorBoard's event files."""
        return self.path / "tensorboard"

    def exists(self) -> bool:
        """Tell whether there is such a run; a folder that may not be opened, as a drive's lost+found, is none."""
        return os.path.isfile(self.path / "config.json")  # Path.is_file would raise what opening it does

    def description(self) -> dict[str, Any]:
        """Read what the run was created with.

        Returns:
            What config.json says: "recipe", "preset", "created" (ISO 8601, UTC), and for whom it was created ("owner",
            "private"; both may be missing).

        Raises:
            OCRError: There is no such run, or its config.json is damaged.
        """
        description = _read_json(self.path / "config.json")
        if not description:
            raise OCRError(f"There is no readable run {self.name} in {self.path.parent}.")
        return description

    def created(self) -> str:
        """Read when it was created, as `description` says it; "" where it does not."""
        return str(_read_json(self.path / "config.json").get("created") or "")

    @property
    def owner(self) -> str:
        """Whose run it is, as `create_run` was told; "" where it belongs to nobody, or cannot be read."""
        return str(_read_json(self.path / "config.json").get("owner") or "")

    @property
    def private(self) -> bool:
        """Whether only its owner is to see it."""
        description = _read_json(self.path / "config.json")
        return bool(description.get("owner") and description.get("private"))

    def config(self) -> TrainConfig:
        """Read the run's recipe, also one that an earlier version wrote.

        Raises:
            OCRError: There is no such run, or its config.json is damaged.
        """
        return TrainConfig.from_dict(self.description().get("recipe", {}))

    def metrics(self) -> list[Progress]:
        """Read every report so far; a half-written last line is left out."""
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

    def rate_changes(self) -> list[tuple[int, float | None]]:
        """Read when its learning rate was changed, as far as that is saved.

        Returns:
            Pairs of how many iterations were done by then, and the rate; None is back to the recipe's schedule. There
            are none where the run's state cannot be read.
        """
        try:
            return [(start, rate) for start, rate in load_description(self.state_path).get("rate_changes", [])]
        except (OCRError, TypeError, ValueError):
            return []

    def status(self) -> Status:
        """Look where the run stands now: "interrupted" if its process is gone without having said so."""
        try:
            status = Status(**json.loads((self.status_path).read_text()))
        except (OSError, ValueError, TypeError):
            if not self.exists():
                return Status(INTERRUPTED, message=f"There is no run {self.name} any more: its folder is gone.")
            status = Status(INTERRUPTED, message="Its status file is missing or damaged.")
        if status.live and lock_holder(self.path.parent) != self.name:
            # It may have finished between the two looks, and then says so itself.
            again = _read_json(self.status_path)
            if again.get("state") not in (None, TRAINING, PAUSED):
                return Status(**again)
            message = f"Its process ended: {self.last_error() or self._guess()} Resume it to go on."
            return Status(INTERRUPTED, status.iteration, status.target, message)
        if status.live and _is_suspended(status.pid):
            return replace(status, message=f"Its process is suspended. It goes on after: kill -CONT {status.pid}")
        return status

    def last_error(self) -> str:
        """Read the sentence, or the exception, that the run's last process ended with; "" where there is none."""
        try:
            lines = (self.path / "log.txt").read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        last_words = LAST_WORDS.fullmatch(lines[-1]) if lines else None
        return last_words[1] if last_words else ""

    def _guess(self) -> str:
        """Guess why its last process ended without a word."""
        with suppress(OSError):
            free = shutil.disk_usage(self.path).free
            if free < ROOM:
                return f"the disk is full, with {free / 1e6:.1f} MB free."
        return "killed, or the machine went down."

    def snapshots(self) -> dict[int, Path]:
        """List the checkpoint files of earlier iterations, by iteration and in order; none where the folder is gone."""
        try:
            paths = list((self.path / "snapshots").glob("*.safetensors"))
        except OSError:  # somebody deletes it in this moment
            return {}
        return dict(sorted((int(path.stem), path) for path in paths if path.stem.isdigit()))

    def request_stop(self) -> None:
        """Ask the run's process to save and stop after the iteration that it is in; without a process, do nothing."""
        if self.status().live:
            self._ask("stop")

    def pause(self) -> None:
        """Ask the run's process to save and wait after the iteration that it is in.

        Raises:
            OCRError: No process holds the run.
        """
        self._ask("pause")

    def play(self) -> None:
        """Ask a paused run's process to go on to its target.

        Raises:
            OCRError: No process holds the run.
        """
        self._ask("play")

    def step(self, iterations: int = 1) -> None:
        """Ask the run's process for some iterations more, and to save and wait then.

        Args:
            iterations: Exactly how many.

        Raises:
            OCRError: No process holds the run, or there is nothing to do.
        """
        if iterations < 1:
            raise OCRError("A step is at least one iteration.")
        self._ask("step", iterations)

    def set_learning_rate(self, rate: float | None) -> None:
        """Ask the run's process to go on with another learning rate.

        Args:
            rate: The rate; None goes back to the recipe's schedule.

        Raises:
            OCRError: No process holds the run, or the rate is not above 0 and at most 1.
        """
        check_learning_rate(rate)
        self._ask("learning rate", rate)

    def _ask(self, request: str, value: float | None = None) -> None:
        """Append a request to those of the run's process."""
        with explain_disk(self):
            try:
                if not self.status().live:
                    raise FileNotFoundError
                handle = os.open(self.requests_path, os.O_WRONLY | os.O_APPEND)  # there if its process lives
                with os.fdopen(handle, "wb") as file:
                    file.write(line_of(request, value))
            except FileNotFoundError:
                raise OCRError(f"{self.name} is not training. Start it first.") from None


def line_of(request: str, value: float | None) -> bytes:
    """Write a request as a line of `requests.jsonl`."""
    return json.dumps([request, value]).encode() + b"\n"


def aim(run: Run, iterations: int | None) -> tuple[int, int]:
    """Read from where to where a run is to be trained.

    Args:
        run: The run.
        iterations: How many more; None goes to where it was last asked to go.

    Returns:
        The iteration that its saved state has reached, and the one to train to.

    Raises:
        OCRError: The saved state is damaged.
    """
    reached = 0
    if run.state_path.exists():
        with explain_damage(run):
            reached = int(load_description(run.state_path)["iteration"])
    if iterations is not None:
        return reached, reached + iterations
    return reached, int(_read_json(run.status_path).get("target", 0)) or run.config().iterations


def write_description(run: Run, description: dict[str, Any]) -> None:
    """Replace a run's config.json."""
    _write_json(run.path / "config.json", description)


def write_status(run: Run, status: Status) -> None:
    """Replace a run's status.json."""
    _write_json(run.status_path, asdict(status))


def _is_suspended(pid: int) -> bool:
    """Tell whether a process of this machine was stopped by SIGSTOP; False where there is no /proc to ask."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    except (OSError, IndexError):
        return False


def _write_json(path: Path, values: dict[str, Any]) -> None:
    """Replace a file of JSON."""
    write_atomically(path, json.dumps(values, indent=1).encode())


def _read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; an empty one if the file is missing, damaged or something else."""
    try:
        values = json.loads(path.read_text())
        return values if isinstance(values, dict) else {}
    except (OSError, ValueError, RecursionError):
        return {}
