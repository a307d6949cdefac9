"""Sentences for what the system says of a run's folder: a full disk, a folder without rights, a damaged file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ocr.errors import OCRError

if TYPE_CHECKING:
    from ocr.runs.run import Run


@contextmanager
def explain_disk(run: Run) -> Iterator[None]:
    """Turn what the system says of a run's folder into a sentence, while this is open.

    Args:
        run: The run.

    Raises:
        OCRError: The folder cannot be read or written.
    """
    try:
        yield
    except OSError as error:
        raise disk_problem(run, error) from error


def disk_problem(run: Run, error: OSError) -> OCRError:
    """Give the sentence for what the system says of a run's folder."""
    return OCRError(
        f"The run {run.name} cannot be written in {run.path.parent}: {error.strerror or error}. "
        "Free some space or set OCR_RUNS_DIR to a folder that can be written; what was saved before is safe."
    )


@contextmanager
def explain_damage(run: Run) -> Iterator[None]:
    """Turn what is wrong with a run's saved state into a sentence, while this is open.

    Args:
        run: The run.

    Raises:
        OCRError: The saved state is damaged.
    """
    try:
        yield
    except (OCRError, LookupError, TypeError, ValueError) as error:
        raise OCRError(
            f"{run.name} cannot go on: {run.state_path.name}, where it stood, is damaged. "
            "Its weights can still be used; to train it, reset it."
        ) from error
