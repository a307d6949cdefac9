"""Train: choose a recipe, press play, watch the network learn. The training is a process of its own."""

from __future__ import annotations

import streamlit as st

from ocr.errors import OCRError
from ocr.runs.run import Run
from ocr.runs.status import QUEUED
from pages.ui.classroom import look_every
from pages.ui.elements.curves import show_curves
from pages.ui.frame import page, share_cores
from pages.ui.kept import keep_drawing
from pages.ui.runs import (
    Stand,
    look_at_others,
    reports_of,
    said_busy,
    say_any_problem,
    say_problem,
    states,
    watch_others,
)
from pages.ui.text.numbers import counted
from pages.ui.text.say import say_error
from pages.ui.train.asking import forget_what_was_asked, go, start_what_was_asked
from pages.ui.train.comparison import choose_compared, compared_with, show_comparison
from pages.ui.train.elsewhere import show_elsewhere
from pages.ui.train.files import show_files
from pages.ui.train.learning import show_learning
from pages.ui.train.outcome import show_more
from pages.ui.train.plan import choose_plan
from pages.ui.train.runs import NEW, choose_run, damage_of, tell_if_gone
from pages.ui.train.status import show_status
from pages.ui.train.transport import ADD, show_steps, show_transport
from pages.ui.train.waiting import show_queue
from pages.ui.visitor import TEACHER_STARTS, may_change, may_start, visible_run

MARKS = " The diamonds are the test accuracies that TensorFlow Tutorial #02 by M. E. H. Pedersen prints."

WATCHING = "You watch this run: it can be changed by whoever started it, or by the teacher."


def show_new_run(busy: bool) -> None:
    """The form for a new run, beside the axes that its curves will fill."""
    left, right = st.columns([4, 8], gap="large")
    with left, st.container(key="new_run"):
        plan = choose_plan()
        label = ADD if busy else f"Train {counted(plan.recipe.iterations, 'iteration')}" if plan else "Train"
        st.button(
            label,
            icon=":material/play_arrow:",
            type="primary",
            on_click=go,
            args=(None,),  # as many as the recipe says when it is pressed
            disabled=plan is None,
            width="stretch",
            key="go",
        )
        with st.container(horizontal=True, gap="xsmall"):
            show_steps(None, plan is None)
        if plan:
            start_what_was_asked(plan.create, new=True)
        else:
            forget_what_was_asked()
    tutorial = plan is not None and plan.preset == "tutorial"
    with right:
        st.caption(
            "Press a button, and the curves grow here every second. Training goes on when you close this tab, "
            f"and can be stopped and resumed at any time.{MARKS if tutorial else ''}"
        )
        with st.container(key="curves"):
            show_curves([], plan.recipe.iterations if plan else 1, tutorial=tutorial)
    show_elsewhere()


def show_run(run: Run, seen: dict[str, Stand]) -> None:
    """What becomes of a run, looked at again and again while it trains; then what there is to look up, and to do."""
    start_what_was_asked(lambda: run)
    names, every = list(seen), look_every()
    interval = every if seen[run.name].live else None
    compared = compared_with(run, names)
    st.fragment(watch_run, run_every=interval)(run, compared, seen, every)
    choose_compared(run, names)
    if compared:
        st.fragment(watch_comparison, run_every=interval)([run, *compared])
    show_files(run, run.status().live)
    with st.container(key="about_run"):
        show_more(run)


def watch_run(run: Run, compared: list[Run], seen: dict[str, Stand], every: float) -> None:
    """One look at the run: how far it is, its curves, and its network beside them; and at all others."""
    share_cores()
    look_at_others(seen, every)
    try:
        status, reports = run.status(), reports_of(run)
        show_status(run, status, reports)
        left, right = st.columns([5, 7], gap="medium")
        with left, st.container(key="curves"):
            show_curves(
                reports,
                max(status.target, reports[-1].iteration if reports else 1),
                tutorial=run.description().get("preset") == "tutorial",
                name=run.name,
                others={other.name: reports_of(other) for other in compared},
                changes={each.name: each.rate_changes() for each in (run, *compared)},
            )
        with right:
            show_learning(run)
    except OCRError as error:  # a fragment that runs by itself is beyond the frame's reach
        say_error(error)


def watch_comparison(runs: list[Run]) -> None:
    """One look at the run and those beside it, any of which somebody may delete meanwhile."""
    try:
        show_comparison(runs)
    except OCRError as error:
        say_error(error)


with page("pages/train.py"):
    known = states()
    tell_if_gone(list(known))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="transport"):
        chosen = choose_run(list(known), next((name for name, stand in known.items() if stand.live), None))
        run = None if chosen == NEW else visible_run(chosen)
        busy = said_busy(but=chosen)
        damage = run and damage_of(run)
        if run and not damage and may_change(run):
            show_transport(run, blocked=bool(busy))
    problems = st.container(key="transport_problem")  # there even if empty, so that popovers below stay open
    with problems:
        say_problem("transport")
    if run and not may_change(run):
        st.caption(WATCHING)
    elif busy and not (run and known[chosen].state == QUEUED):
        st.caption(f"{busy} Yours can wait in the queue: it starts by itself.")
    show_queue()
    if not run and not may_start():
        st.caption(f"{TEACHER_STARTS} Choose one to watch it.")
    elif not run:
        show_new_run(bool(busy))
    elif damage:
        say_error(damage)
        show_files(run, known[chosen].live, whole=False)
    else:
        show_run(run, known)
    with problems:
        say_any_problem()
    keep_drawing()  # which the network reads here
    if not run or damage or not known[chosen].live:  # else the look at that run does it
        watch_others(known)
