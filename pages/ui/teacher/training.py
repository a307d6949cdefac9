"""The run that trains, those that wait, and an end to all of them."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from ocr.errors import OCRError
from ocr.runs.folder import list_runs, runs_dir
from ocr.runs.lock import lock_holder
from ocr.runs.queue import queued_runs, start_next, take_out
from ocr.runs.run import Run
from pages.ui.runs import STATES, act, progress_of, say_problem
from pages.ui.text.numbers import counted
from pages.ui.text.say import literally

LOOK_SECONDS = 2.0


@st.fragment(run_every=LOOK_SECONDS)
def show_training() -> None:
    """Look at what trains and what waits, again and again."""
    st.header("Training", anchor=False)
    start_next()
    holder, waiting = lock_holder(runs_dir()), queued_runs()
    with st.container(key="class_training"):
        if holder:
            run = Run(runs_dir() / holder)
            status = run.status()
            st.markdown(
                f"**{literally(run.name)}** · {STATES.get(status.state, status.state)} · "
                f"iteration {status.iteration:,} of {status.target:,}"
            )
            st.progress(progress_of(status, status.iteration))
        else:
            st.caption(f"Nothing trains. There are {counted(len(list_runs()), 'run')}.")
        for place, run in enumerate(waiting, 1):
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.caption(f"{place} · {literally(run.name)} waits", width="content")
                st.button(
                    "Take out",
                    key=f"class_out_{run.name}",
                    type="tertiary",
                    on_click=act,
                    args=("class", take_out, run),
                )
        st.button("Stop all", key="stop_all", on_click=act, args=("class", stop_all), disabled=not (holder or waiting))
    say_problem("class")


def stop_all() -> None:
    """Empty the queue, then stop what trains, which keeps what it has learnt.

    Raises:
        OCRError: The folder of runs cannot be written.
    """
    for run in queued_runs():
        take_out(run)
    if holder := lock_holder(runs_dir()):
        with suppress(OCRError):  # it has ended meanwhile
            Run(runs_dir() / holder).request_stop()
