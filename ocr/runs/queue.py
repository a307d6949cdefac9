"""The queue of a folder of runs: what waits to be trained, while another run has the lock.

A run that waits says so in its own status.json, with the time at which it was put there: no other file knows, so that
none can be wrong. Whoever looks may start the next one, see `start_next`; servers do.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import portalocker

from ocr.errors import OCRError
from ocr.runs.folder import delete_run, list_runs, runs_dir, start
from ocr.runs.lock import lock_holder
from ocr.runs.problems import explain_disk
from ocr.runs.run import Run, aim, write_status
from ocr.runs.status import FAILED, QUEUED, STOPPED, Request, Status
from ocr.training.recipe import check_learning_rate

WAITING = "Waits for its turn."
PAUSE_SECONDS = 300.0  # that a run may stay paused with nothing done while others wait


def queued_runs(folder: Path | None = None) -> list[Run]:
    """List the runs that wait, the next one first.

    Args:
        folder: The folder of runs; None for the usual one.

    Returns:
        The runs.
    """
    waiting = [(status.queued, run.name, run) for run in list_runs(folder) if (status := run.status()).state == QUEUED]
    return [run for *_, run in sorted(waiting)]


def start_or_queue(run: Run, iterations: int | None = None, asked: Sequence[Request] = ()) -> bool:
    """Start a run, or put it into the queue where another trains or waits.

    Args:
        run: The run.
        iterations: How many more; None finishes what it was last asked for.
        asked: What its process is to do first, see `start`.

    Returns:
        Whether it was started.

    Raises:
        OCRError: It can be neither started nor put there, or what is asked for does not work.
    """
    for request, value in asked:
        if request == "learning rate":
            check_learning_rate(value)
    folder = run.path.parent
    if not (lock_holder(folder) or queued_runs(folder)):
        try:
            start(run, iterations, asked=asked)
            return True
        except OCRError:
            if lock_holder(folder) in (None, run.name):  # nobody else was quicker
                raise
    put_into_queue(run, iterations, asked)
    return False


def put_into_queue(run: Run, iterations: int | None = None, asked: Sequence[Request] = ()) -> None:
    """Let a run wait for its turn, at the end of the queue.

    Args:
        run: The run; one that trains or waits already is left as it is.
        iterations: How many more; None finishes what it was last asked for.
        asked: What its process is to do first when its turn comes, see `start`.

    Raises:
        OCRError: The folder cannot be written, or the run's saved state is damaged.
    """
    status = run.status()
    if status.live or status.state == QUEUED:
        return
    with explain_disk(run):
        write_status(run, Status(QUEUED, *aim(run, iterations), WAITING, queued=time.time(), asked=asked))


def take_out(run: Run) -> None:
    """Take a run out of the queue. One that has no weights yet is deleted: nothing else would be left.

    Args:
        run: The run; one that does not wait is left as it is.

    Raises:
        OCRError: The folder cannot be written.
    """
    status = run.status()
    if status.state != QUEUED:
        return
    if not (run.state_path.exists() or run.checkpoint_path.exists()):
        delete_run(run)
        return
    with explain_disk(run):
        write_status(run, Status(STOPPED, status.iteration, status.target, "Taken out of the queue."))


def start_next(folder: Path | None = None) -> Run | None:
    """Start the run that waits longest, if nothing trains. Of several processes that try at once, one does.

    A paused run does not keep the others waiting for ever: it is stopped, see `left_paused`, and saved as it is.

    Args:
        folder: The folder of runs; None for the usual one.

    Returns:
        The run that was started.
    """
    folder = folder or runs_dir()
    holder = lock_holder(folder)
    if holder:
        paused = Run(folder / holder)
        if left_paused(paused) > PAUSE_SECONDS:
            with suppress(OCRError):  # it has ended in this moment
                paused.request_stop()
        return None
    if not queued_runs(folder):
        return None
    started = None
    # Another process may do it; and a drive that cannot free the lock does not undo what was started.
    with suppress(portalocker.LockException, OSError), portalocker.Lock(folder / ".queue", timeout=0):
        started = _start_first(folder)
    return started


def _start_first(folder: Path) -> Run | None:
    """Start the first run of the queue that can be started; those that cannot are given up."""
    for run in queued_runs(folder):
        try:
            start(run, asked=run.status().asked)
            return run
        except OCRError as error:
            if lock_holder(folder):  # somebody was quicker; it waits on
                return None
            _give_up(run, error)
    return None


def left_paused(run: Run) -> float:
    """Give for how long a run has been paused, with nothing done, while others waited.

    Args:
        run: The run.

    Returns:
        Seconds; 0 if it is not paused or nobody waits.
    """
    waiting = queued_runs(run.path.parent) if run.status().paused else []
    if not waiting:
        return 0.0
    with suppress(OSError):
        since = max(waiting[0].status().queued, run.status_path.stat().st_mtime)
        return max(0.0, time.time() - since)
    return 0.0


def _give_up(run: Run, error: OCRError) -> None:
    """Let the queue go on without a run that cannot be started."""
    status = run.status()
    if status.state == QUEUED:
        write_status(run, Status(FAILED, status.iteration, status.target, str(error)))
