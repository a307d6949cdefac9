"""A training that a button asked for, and its start at the next rerun, where the page can show that it starts."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ocr.errors import OCRError
from ocr.runs.folder import delete_run
from ocr.runs.queue import start_or_queue
from ocr.runs.run import Run
from pages.ui import session
from pages.ui.topics import Job
from pages.ui.visitor import TEACHER_STARTS, may_change, may_start

NOT_YOURS = "This run is not yours: it can be watched, and changed by whoever started it or by the teacher."


def go(iterations: int | None) -> None:
    """Remember that training was asked for; the page then starts it, where it can show that it does.

    Args:
        iterations: How many; None is as far as the run was last meant to go.
    """
    session.training().job = Job(iterations)


def go_one() -> None:
    """Remember that a single iteration was asked for, after which the trainer waits."""
    session.training().job = Job(None, (("step", 1),))


def go_at(rate: float | None, iterations: int | None) -> None:
    """Remember that training was asked for with another learning rate from its first iteration on.

    Args:
        rate: The learning rate; None is the recipe's own.
        iterations: As in `go`.
    """
    session.training().job = Job(iterations, (("learning rate", rate), ("play", None)))


def start_what_was_asked(make_run: Callable[[], Run], new: bool = False) -> None:
    """Start the trainer if a button asked for it, or let the run wait for its turn, and show it.

    Args:
        make_run: Gives the run; called only where one is to be started.
        new: Whether it makes a run, of which nothing is to stay if it cannot be started.

    Raises:
        OCRError: The run cannot be made or started, or this visitor may not.
    """
    job = session.training().take_job()
    if not job:
        return
    if not may_start():
        raise OCRError(TEACHER_STARTS)
    with st.spinner("Starting the trainer …"):
        run = make_run()
        if not (new or may_change(run)):
            raise OCRError(NOT_YOURS)
        try:
            start_or_queue(run, job.iterations, job.asked)
        except OCRError:
            if new:
                delete_run(run)
            raise
        session.training().next_run = run.name
    st.rerun()


def forget_what_was_asked() -> None:
    """Start nothing: what was typed in the moment of the press does not work, which the form says."""
    session.training().job = None
