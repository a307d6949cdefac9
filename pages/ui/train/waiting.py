"""The queue: which runs wait for their turn, and whose."""

from __future__ import annotations

import math

import streamlit as st

from ocr.runs.folder import runs_dir
from ocr.runs.lock import lock_holder
from ocr.runs.queue import PAUSE_SECONDS, left_paused, queued_runs, take_out
from ocr.runs.run import Run
from pages.ui.runs import act, say_problem
from pages.ui.text.numbers import counted
from pages.ui.text.say import literally
from pages.ui.visitor import digest, is_visible, may_change


def show_queue() -> None:
    """Show who waits, the next one first; one's own runs can be taken out."""
    waiting = queued_runs()
    if not waiting:
        return
    with st.container(key="queue", horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(f"**In the queue** · {len(waiting)}", width="content")
        for place, run in enumerate(waiting, 1):
            _show_entry(place, run)
    _say_who_keeps_them_waiting()
    say_problem("queue")


def _say_who_keeps_them_waiting() -> None:
    """Say that a paused run does not keep the others waiting for ever, and for how long it still does."""
    holder = lock_holder(runs_dir())
    paused = Run(runs_dir() / holder) if holder else None
    if not paused or not paused.status().paused:
        return
    minutes = math.ceil(max(0.0, PAUSE_SECONDS - left_paused(paused)) / 60)
    st.caption(
        f"{told(paused)} is paused, and others wait. If nobody goes on with it, it is stopped in "
        f"{counted(max(1, minutes), 'minute')}. What it has learnt is kept."
    )


def _show_entry(place: int, run: Run) -> None:
    mine = " (yours)" if run.owner == digest() else ""
    st.caption(f"{place} · {told(run)}{mine}{_asked_of(run)}", width="content")
    if is_visible(run) and may_change(run):  # the name of another's own run is not told
        st.button(
            "Take out",
            key=f"take_out_{run.name}",
            help=f"Take {run.name} out of the queue. A run that has not trained yet is deleted.",
            type="tertiary",
            on_click=act,
            args=("queue", take_out, run),
        )


def _asked_of(run: Run) -> str:
    """Say what a run does when its turn comes, if it is not to train to its end."""
    words = {
        "step": lambda value: f", {counted(value, 'iteration')}",
        "learning rate": lambda value: f", learning rate {value:g}" if value else ", the recipe's learning rate",
    }
    return "".join(words[request](value) for request, value in run.status().asked if request in words)


def told(run: Run) -> str:
    """Name a run, unless it is somebody's own."""
    return literally(run.name) if is_visible(run) else "somebody's own digits"
