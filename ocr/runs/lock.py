"""The lock of a runs folder: one process trains there at a time, and whether it lives is whether it holds the lock.

The system frees it however the process ends, so that neither a kill nor a reused pid nor a changed clock can make
a dead run look alive. It belongs to the open file: a process that is given the file holds the lock from then on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import portalocker

from ocr.errors import OCRError

PATIENCE = 1.0  # seconds; a viewer's look at the lock holds it for microseconds
HANDLE = "OCR_LOCK_HANDLE"  # tells a started process which of its open files is the lock that it was given


def lock_path(folder: Path) -> Path:
    """Give the lock file of a folder of runs."""
    return folder / ".lock"


def lock_holder(folder: Path) -> str | None:
    """Look which run a process is training in a folder of runs.

    Args:
        folder: The folder, which need not exist.

    Returns:
        The run's name; None where nothing is trained.
    """
    try:
        with open(lock_path(folder)) as file:
            try:
                portalocker.lock(file, portalocker.LockFlags.SHARED | portalocker.LockFlags.NON_BLOCKING)
            except portalocker.AlreadyLocked:
                return file.read().strip() or "another run"
            except portalocker.LockException:  # a drive without locks, where nothing can be trained either
                return None
    except OSError:
        pass
    return None


def refuse_second(folder: Path) -> None:
    """Check that no process trains in a folder of runs.

    Args:
        folder: The folder.

    Raises:
        OCRError: A process does; the sentence says which run.
    """
    holder = lock_holder(folder)
    if holder:
        raise OCRError(f"{holder} is training, and one run trains at a time. Stop it or wait until it has finished.")


@contextmanager
def hold(folder: Path, name: str) -> Iterator[IO[str]]:
    """Lock a folder of runs in a run's name, for as long as any process has the lock file open.

    Args:
        folder: The folder.
        name: The run's name.

    Yields:
        The open lock file.

    Raises:
        OCRError: Another process holds the lock, or the drive has no locks.
        OSError: The folder cannot be written.
    """
    with open(lock_path(folder), "a+") as file:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
                break
            except portalocker.AlreadyLocked:
                if time.monotonic() > deadline:
                    refuse_second(folder)
                time.sleep(0.02)
            except portalocker.LockException as error:
                raise OCRError(
                    f"The drive of {folder} cannot lock files, which training needs ({error}). "
                    "Set OCR_RUNS_DIR to a folder on another drive."
                ) from error
        file.truncate(0)
        file.write(name)
        file.flush()
        yield file


def given() -> IO[str] | None:
    """Take the lock file that the starter of this process locked for it; it can be taken once.

    Returns:
        The open file, or None where the lock was not given.
    """
    handle = os.environ.pop(HANDLE, None)
    if handle is None:
        return None
    os.set_inheritable(int(handle), False)  # it is for this process, not for its children
    return os.fdopen(int(handle), "a+")
