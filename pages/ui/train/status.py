"""How far a run has come, and where its weights can be tried."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ocr.runs.run import Run
from ocr.runs.status import FAILED, FINISHED, INTERRUPTED, STOPPED, Status
from ocr.training.report import Progress
from pages.ui.navigation import take_to
from pages.ui.runs import STATES, clock, pace_of, progress_of, under_way
from pages.ui.text.say import literally
from pages.ui.train.learning_rate import rate_set

LEADS = {"Draw with it": "pages/draw.py", "Its filters": "pages/filters.py", "Its mistakes": "pages/mistakes.py"}


def show_status(run: Run, status: Status, reports: Sequence[Progress]) -> None:
    """Say a run's state, progress, speed, time used and left, and lead to what its weights can do.

    Args:
        run: The run on show.
        status: How it stands.
        reports: What it reported so far.
    """
    last = reports[-1] if reports else None
    parts = [f"**{under_way(run, status) or STATES.get(status.state, status.state)}**"]
    if not last and status.state == STOPPED:
        parts = [f"**Not started yet** · iteration 0 of {status.target:,}"]
    elif last:
        target = max(status.target, last.iteration)
        parts.append(f"iteration {last.iteration:,} of {target:,}")
        validated = [report for report in reports if report.validation_accuracy is not None]
        if validated:
            then = validated[-1]
            when = "" if then is last else f" at {then.iteration:,}"
            parts.append(f"validation accuracy {then.validation_accuracy:.2%} ({read_right(then)}){when}")
        trains = status.live and not status.paused and not status.message and last.iteration < target
        pace = pace_of(reports, target) if trains else []
        parts += pace or [f"{clock(last.seconds)} of training"]
        spent = ", fallen to its end: little changes until you set another" if _is_spent(run, target) else ""
        parts.append(f"learning rate {last.learning_rate:.2g}{spent}")
    problem = status.state in (FAILED, INTERRUPTED)
    if status.message and not problem and (last or status.live or status.state == FINISHED):
        parts.append(literally(status.message) if status.share is None else f"{status.message} {status.share:.0%}")
    with st.container(key="status", gap="xsmall"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(" · ".join(parts), width="stretch")
            _show_leads(run)
        st.progress(progress_of(status, last.iteration if last else 0))
        if status.message and problem:
            st.warning(literally(status.message))


def _is_spent(run: Run, target: int) -> bool:
    """Whether it is to go beyond its recipe, whose learning rate rises and falls and then stays where it is."""
    recipe = run.config()
    return recipe.one_cycle and target > recipe.iterations and rate_set(run) is None


def _show_leads(run: Run) -> None:
    """What to do with a network that has weights: it may still be learning."""
    there = run.checkpoint_path.is_file()
    for label, page in LEADS.items():
        if st.button(f":primary[{label}]" if there else label, key=f"lead_{page}", type="tertiary", disabled=not there):
            take_to(page, run.name)


def read_right(report: Progress) -> str:
    """Write how many validation images were read right, of how many."""
    count = report.validation_images or 0
    return f"{round((report.validation_accuracy or 0.0) * count):,} of {count:,}"
