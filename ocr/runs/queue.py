"""The queue of a folder of runs: what waits to be trained, while another run has the lock.

A run that waits says so in its own status.json, with the time at which it was put there: no other file knows, so that
none can be wrong. Whoever looks may start the next one, see `start_next`; servers do.
"""

from __future__ import annotations

import time
from pathlib import Path

import portalocker

from ocr.errors import OCRError
from ocr.runs.folder import delete_run, list_runs, runs_dir, start
from ocr.runs.lock import lock_holder
from ocr.runs.problems import explain_disk
from ocr.runs.run import Run, aim, write_status
from ocr.runs.status import FAILED, QUEUED, STOPPED, Status

WAITING = "Waits for its turn."


def queued_runs(folder: Path | None = None) -> list[Run]:
    """List the runs that wait, the next one first.

    Args:
        folder: The folder of runs; None for the usual one.

    Returns:
        The runs.
    """
    waiting = [(status.queued, run.name, run) for run in list_runs(folder) if (status := run.status()).state == QUEUED]
    return [run for *_, run in sorted(waiting)]


def start_or_queue(run: Run, iterations: int | None = None) -> bool:
    """Start a run, or put it into the queue where another trains or waits.

    Args:
        run: The run.
        iterations: How many more; None finishes what it was last asked for.

    Returns:
        Whether it was started.

    Raises:
        OCRError: It can be neither started nor put there.
    """
    folder = run.path.parent
    if not (lock_holder(folder) or queued_runs(folder)):
        try:
            start(run, iterations)
            return True
        except OCRError:
            if lock_holder(folder) in (None, run.name):  # nobody else was quicker
                raise
    put_into_queue(run, iterations)
    return False


def put_into_queue(run: Run, iterations: int | None = None) -> None:
    """Let a run wait for its turn, at the end of the queue.

    Args:
        run: The run; one that trains or waits already is left as it is.
        iterations: How many more; None finishes what it was last asked for.

    Raises:
        OCRError: The folder cannot be written, or the run's saved state is damaged.
    """
    status = run.status()
    if status.live or status.state == QUEUED:
        return
    with explain_disk(run):
        write_status(run, Status(QUEUED, *aim(run, iterations), WAITING, queued=time.time()))


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

    Args:
        folder: The folder of runs; None for the usual one.

    Returns:
        The run that was started.
    """
    folder = folder or runs_dir()
    if lock_holder(folder) or not queued_runs(folder):
        return None
    try:
        with portalocker.Lock(folder / ".queue", timeout=0):
            for run in queued_runs(folder):
                try:
                    start(run)
                    return run
                except OCRError as error:
                    if lock_holder(folder):  # somebody was quicker; it waits on
                        return None
                    _give_up(run, error)
    except (portalocker.LockException, OSError):  # another process does it
        pass
    return None


def _give_up(run: Run, error: OCRError) -> None:
    """Let the queue go on without a run that cannot be started."""
    status = run.status()
    if status.state == QUEUED:
        write_status(run, Status(FAILED, status.iteration, status.target, str(error)))
