"""Runs as more than one page needs them: their reports, how they stand, and asking their processes for something."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import streamlit as st

from ocr.errors import OCRError
from ocr.runs.folder import runs_dir
from ocr.runs.lock import lock_holder
from ocr.runs.queue import queued_runs, start_next
from ocr.runs.run import Run
from ocr.runs.status import FAILED, FINISHED, INTERRUPTED, PAUSED, QUEUED, STOPPED, TRAINING, Status
from ocr.training.report import Progress
from pages.ui import session
from pages.ui.classroom import look_every
from pages.ui.text.say import literally, say_error
from pages.ui.topics import Asked, Problem
from pages.ui.visitor import is_visible, visible_runs

PATIENCE = 0.5  # seconds; what takes longer is said to be under way, and the next look at the run shows it done
FORGET = 60.0  # seconds after which a process that did not answer may be asked once more
PAUSING, STOPPING = "Pausing …", "Stopping …"
STOP_WIDTH = 132  # of a button whose label changes, so that the others keep their places
STATES = {
    TRAINING: "Training",
    PAUSED: "Paused",
    QUEUED: "Waiting for its turn",
    FINISHED: "Finished",
    STOPPED: "Stopped",
    FAILED: "Stopped by a problem",
    INTERRUPTED: "Interrupted",
}


def reports_of(run: Run) -> Sequence[Progress]:
    """Give a run's reports, read again only when its file has changed."""
    try:
        stat = (run.path / "metrics.jsonl").stat()
    except OSError:
        return ()
    read, stamp = _read_reports(run), (stat.st_mtime_ns, stat.st_size)
    if read.newest[0] != stamp:
        read.newest = stamp, tuple(run.metrics())
    return read.newest[1]


@dataclass
class _Read:
    """The reports of a run as they were read last, and of when and how large their file was then."""

    newest: tuple[tuple[int, int], Sequence[Progress]] = ((0, 0), ())


@st.cache_resource(show_spinner=False, max_entries=16)
def _read_reports(run: Run) -> _Read:
    """Keep the newest only: a run of half an hour has a thousand, and more every second."""
    return _Read()


class Stand(NamedTuple):
    """Where a run stands, as far as the page as a whole depends on it."""

    state: str
    live: bool
    iteration: int | None  # of a run that no process holds


def states() -> dict[str, Stand]:
    """Say how every visible run stands by its name, the newest first: when that changes, the page is drawn anew."""
    statuses = {run.name: run.status() for run in visible_runs()}
    return {name: Stand(now.state, now.live, None if now.live else now.iteration) for name, now in statuses.items()}


def watch_others(seen: dict[str, Stand]) -> None:
    """Look at all runs again and again, and draw the page anew when somebody starts, ends, renames or deletes one."""
    every = look_every()
    st.fragment(look_at_others, run_every=every)(seen, every)


def look_at_others(seen: dict[str, Stand], every: float) -> None:
    """Look once at all runs, in a fragment that does so `every` so many seconds."""
    start_next()
    if states() != seen or every != look_every():
        st.rerun()


def said_busy(but: str = "") -> str:
    """Say who trains or waits, so that nobody else can start at once; nothing where one can.

    Args:
        but: The name of a run that does not count.
    """
    holder = lock_holder(runs_dir())
    if holder and holder != but:
        told = literally(holder) if is_visible(Run(runs_dir() / holder)) else "Somebody's own run"
        return f"{told} is training, and one run trains at a time."
    others_wait = not holder and any(run.name != but for run in queued_runs())
    return "Others wait for their turn, and one run trains at a time." if others_wait else ""


def act(place: str, function: Callable, *args: Any) -> None:
    """Do what a button asks; what stands in the way is said at `place`, see `say_problem`."""
    try:
        function(*args)
    except OCRError as error:
        session.training().problem = Problem(place, str(error))


def say_problem(place: str) -> None:
    """Say what stood in the way of what was asked just now at this place, beside its button."""
    problem = session.training().problem
    if problem and problem.place == place:
        say_any_problem()


def say_any_problem() -> None:
    """Say what stood in the way, wherever it was asked: its place may have gone meanwhile."""
    if problem := session.training().take_problem():
        say_error(problem.text)


def ask(run: Run, request: Callable, *args: Any, doing: str = "") -> None:
    """Ask the run's process for something, and give it a moment to do it, so that the page can show that.

    `doing` is what the page says of it until it is done, see `under_way`.
    """
    before, deadline = run.status(), time.monotonic() + PATIENCE
    training = session.training()
    training.problem = None
    act("transport", request, *args)
    if training.problem:
        return
    training.asked = Asked(run.name, doing, time.monotonic() + FORGET)
    while run.status() == before and time.monotonic() < deadline:
        time.sleep(0.02)


def under_way(run: Run, status: Status) -> str:
    """Say what this visitor asked the run's process for and it has not done yet: `PAUSING`, `STOPPING` or nothing."""
    asked = session.training().asked
    if not asked or asked.run != run.name or time.monotonic() > asked.until:
        return ""
    if not status.live or (asked.doing == PAUSING and status.paused):
        session.training().asked = None
        return ""
    return asked.doing


def progress_of(status: Status, iteration: int) -> float:
    """Give what a bar is to show of a run, 0..1: of its iterations, or of what comes after them."""
    return min(1.0, iteration / max(1, status.target)) if status.share is None else status.share


def pace_of(reports: Sequence[Progress], target: int) -> list[str]:
    """Say how fast it trains, how long it has and how long it will; nothing before that can be told."""
    speed = _iterations_per_second(reports)
    if not speed:
        return []
    last = reports[-1]
    left = clock(max(0, target - last.iteration) / speed)
    return [f"{speed:,.0f} iterations/s", f"{clock(last.seconds)} so far, {left} left"]


def _iterations_per_second(reports: Sequence[Progress]) -> float:
    """Over the last few reports that one process made, so that the time left does not jump."""
    recent = [report for report in reports[-6:] if report.images_per_second]
    if len(recent) < 2:
        return 0.0
    seconds = recent[-1].seconds - recent[0].seconds
    return (recent[-1].iteration - recent[0].iteration) / seconds if seconds > 0 else 0.0


def clock(seconds: float) -> str:
    """Write seconds, below ten with tenths; minutes and seconds; hours, minutes and seconds."""
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"
