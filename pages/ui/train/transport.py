"""Play, pause, step and stop, as on a tape machine; and how far the run has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from ocr.runs.folder import reset_run, start
from ocr.runs.run import FAILED, INTERRUPTED, STOPPED, TRAINING, Run, Status
from ocr.training.report import Progress
from pages.ui import session
from pages.ui.navigation import take_to
from pages.ui.runs import PAUSING, STATES, STOP_WIDTH, STOPPING, act, ask, clock, pace_of, say_problem, under_way
from pages.ui.text.say import literally
from pages.ui.train.recipe_form import rate_field

STEPS = (1, 100, 1_000, 10_000)
PLAY_WIDTH = 176  # of a button whose label changes, so that the others keep their places
MORE = 1_000  # iterations that play adds to a run that has reached its end
LEADS = {"Draw with it": "pages/draw.py", "Its filters": "pages/filters.py", "Its mistakes": "pages/mistakes.py"}


def go(iterations: int | None) -> None:
    """Remembers that training was asked for; the page then starts it, where it can show that it does.

    None is as far as the run was last meant to go.
    """
    session.training().job = session.Job(iterations)


def go_one() -> None:
    """As `go`, for a single iteration, after which the trainer waits."""
    session.training().job = session.Job(None, (lambda run: run.step(),))


def go_at(rate: float | None, iterations: int | None) -> None:
    """As `go`, with another learning rate from the first iteration on."""
    requests = (lambda run: run.set_learning_rate(rate), lambda run: run.play())
    session.training().job = session.Job(iterations, requests)


def start_what_was_asked(make_run: Callable[[], Run]) -> None:
    """Starts the trainer if a button asked for it, and shows the run that `make_run` gives."""
    job = session.training().take_job()
    if not job:
        return
    with st.spinner("Starting the trainer …"):
        run = make_run()
        session.training().next_run = run.name
        start(run, job.iterations, paused=bool(job.requests))
        for request in job.requests:
            request(run)
    st.rerun()


def forget_what_was_asked() -> None:
    """What was typed in the moment of the press does not work, which the form says."""
    session.training().job = None


def show_steps(run: Run | None, blocked: bool) -> None:
    """Buttons for so many iterations: of a process that waits, or, if there is none, of one that they start."""
    waiting = run is not None and run.status().paused
    for step in STEPS:
        if waiting:
            press, args = ask, (run, run.step, step)
        else:
            press, args = (go_one, ()) if step == 1 else (go, (step,))
        st.button(
            "Step" if step == 1 else f"+{step:,}",
            icon=":material/skip_next:" if step == 1 else None,
            key=f"go_{step}",
            on_click=press,
            args=args,
            disabled=blocked,
        )


def show_transport(run: Run, blocked: bool) -> None:
    """Play or pause, single steps, stop, the learning rate, and back to the start; `blocked`: another run trains."""
    status = run.status()
    short = status.iteration < status.target
    # When it has ended, how far it can be believed is fitted, which takes some seconds and is not interrupted.
    fitting = status.state == TRAINING and (bool(status.message) or not short)
    doing = under_way(run, status)
    _show_play(run, status, doing, blocked or fitting or doing == STOPPING)
    show_steps(run, blocked or (status.live and not status.paused) or bool(doing))
    st.button(
        doing if doing == STOPPING else "Stop",
        icon=":material/stop:",
        key="stop",
        on_click=ask,
        args=(run, run.request_stop),
        kwargs={"doing": STOPPING},
        disabled=not status.live or fitting or doing == STOPPING,
        width=STOP_WIDTH,
    )
    with st.popover("Learning rate", disabled=blocked or bool(doing), key="rate_popover"):
        _show_learning_rate(run, status.live, None if short else MORE)
    with st.popover("Reset", icon=":material/replay:", disabled=status.live, key=f"reset_popover_{status.iteration}"):
        st.write(f"Back to iteration 0 and the same initial weights? What {literally(run.name)} has learnt is lost.")
        st.button("Reset for good", key="reset", on_click=act, args=("reset", reset_run, run))
        say_problem("reset")


def _show_play(run: Run, status: Status, doing: str, disabled: bool) -> None:
    """One button for all that play can be, with one key, so that the focus stays on it when it is pressed.

    That is why it is not disabled while it pauses: it would lose the focus, and asking twice does no harm.
    """
    press: Callable = ask
    options: dict[str, Any] = {}
    if status.paused:
        label, args = "Play", (run, run.play)
    elif status.live:
        label, args, options = "Pause", (run, run.pause), {"doing": PAUSING}
    elif status.iteration < status.target:
        label, press, args = f"Play to {status.target:,}", go, (None,)
    elif status.state == INTERRUPTED:  # while how far it can be believed was fitted
        label, press, args = "Finish", go, (None,)
    else:
        label, press, args = f"Play {MORE:,} more", go, (MORE,)
    st.button(
        doing if doing == PAUSING else label,
        icon=":material/pause:" if label == "Pause" else ":material/play_arrow:",
        type="primary",
        key="play",
        on_click=press,
        args=args,
        kwargs=options,
        disabled=disabled,
        width=PLAY_WIDTH,
    )


def _show_learning_rate(run: Run, live: bool, more: int | None) -> None:
    """The rate from the next iteration on; the recipe's is a button away.

    A run that ended goes on with it as far as it was meant to, or, from there, for so many iterations `more`.
    """

    def use(rate: float | None) -> None:
        ask(run, run.set_learning_rate, rate) if live else go_at(rate, more)

    recipe, current = run.config(), _rate_set(run)
    st.caption(
        f"The recipe's learning rate is {recipe.learning_rate:g}{', rising and falling' if recipe.one_cycle else ''}. "
        f"{'It is in use now' if current is None else f'In use now is {current:g}'}. "
        "A change counts from the next iteration on."
    )
    rate_field(min(1.0, current or recipe.learning_rate), session.NEW_RATE.key)
    with st.container(horizontal=True, gap="xsmall"):
        # The number as it is then: it may have been typed since the page was drawn.
        label = "Use it" if live else f"Play {more:,} more with it" if more else "Go on with it"
        st.button(label, key="use_rate", on_click=lambda: use(session.NEW_RATE.value), type="primary")
        st.button(
            "Back to the recipe",
            key="recipe_rate",
            on_click=use,
            args=(None,),
            disabled=current is None,
        )


def show_status(run: Run, status: Status, reports: Sequence[Progress]) -> None:
    """State, progress, speed, time used and left, and what there is to say."""
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
        pace = pace_of(reports, target) if status.live and not status.paused else []
        parts += pace or [f"{clock(last.seconds)} of training"]
        spent = ", fallen to its end: little changes until you set another" if _is_spent(run, target) else ""
        parts.append(f"learning rate {last.learning_rate:.2g}{spent}")
    problem = status.state in (FAILED, INTERRUPTED)
    if status.message and not problem and (last or status.live):
        parts.append(status.message)
    with st.container(key="status", gap="xsmall"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(" · ".join(parts), width="stretch")
            _show_leads(run)
        st.progress(min(1.0, (last.iteration if last else 0) / max(1, status.target)))
        if status.message and problem:
            st.warning(literally(status.message))


def _is_spent(run: Run, target: int) -> bool:
    """Whether it is to go beyond its recipe, whose learning rate rises and falls and then stays where it is."""
    recipe = run.config()
    return recipe.one_cycle and target > recipe.iterations and _rate_set(run) is None


def _rate_set(run: Run) -> float | None:
    """What its learning rate was last set to; None where the recipe's is in use."""
    changes = run.rate_changes()
    return changes[-1][1] if changes else None


def _show_leads(run: Run) -> None:
    """What to do with a network that has weights: it may still be learning."""
    there = run.checkpoint_path.is_file()
    for label, page in LEADS.items():
        if st.button(f":primary[{label}]" if there else label, key=f"lead_{page}", type="tertiary", disabled=not there):
            take_to(page, run.name)


def read_right(report: Progress) -> str:
    """How many validation images, of how many."""
    count = report.validation_images or 0
    return f"{round((report.validation_accuracy or 0.0) * count):,} of {count:,}"
