"""The queue: which runs wait for their turn, and whose."""

from __future__ import annotations

import streamlit as st

from ocr.runs.queue import queued_runs, take_out
from ocr.runs.run import Run
from pages.ui.runs import act, say_problem
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
    say_problem("queue")


def _show_entry(place: int, run: Run) -> None:
    mine = " (yours)" if run.owner == digest() else ""
    st.caption(f"{place} · {told(run)}{mine}", width="content")
    if is_visible(run) and may_change(run):  # the name of another's own run is not told
        st.button(
            "Take out",
            key=f"take_out_{run.name}",
            help=f"Take {run.name} out of the queue. A run that has not trained yet is deleted.",
            type="tertiary",
            on_click=act,
            args=("queue", take_out, run),
        )


def told(run: Run) -> str:
    """Name a run, unless it is somebody's own."""
    return literally(run.name) if is_visible(run) else "somebody's own digits"
