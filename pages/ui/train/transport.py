"""Play, pause, step and stop, as on a tape machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from ocr.runs.folder import reset_run
from ocr.runs.run import Run
from ocr.runs.status import INTERRUPTED, QUEUED, TRAINING, Status
from pages.ui.runs import PAUSING, STOP_WIDTH, STOPPING, act, ask, say_problem, under_way
from pages.ui.text.say import literally
from pages.ui.train.asking import go, go_one
from pages.ui.train.learning_rate import show_learning_rate

STEPS = (1, 100, 1_000, 10_000)
PLAY_WIDTH = 176  # of a button whose label changes, so that the others keep their places
ADD = "Add to the queue"
MORE = 1_000  # iterations that play adds to a run that has reached its end


def show_steps(run: Run | None, blocked: bool) -> None:
    """Show buttons for so many iterations.

    Args:
        run: The run. A process that waits does them; if there is none, the buttons start one.
        blocked: Whether they cannot be pressed. While another run trains they can: the run then waits for its turn.
    """
    for step in STEPS:
        press: Callable[..., None]
        args: tuple[Any, ...]
        if run and run.status().paused:
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
    """Show play or pause, single steps, stop, the learning rate, and back to the start.

    Args:
        run: The run on show.
        blocked: Whether another run trains, or waits before it.
    """
    status = run.status()
    if status.state == QUEUED:
        return  # what can be done then, the queue shows
    short = status.iteration < status.target
    # When it has ended, how far it can be believed is fitted, which takes some seconds and is not interrupted.
    fitting = status.state == TRAINING and (bool(status.message) or not short)
    doing = under_way(run, status)
    _show_play(run, status, doing, blocked, fitting or doing == STOPPING)
    show_steps(run, (status.live and not status.paused) or bool(doing))
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
    with st.popover("Learning rate", disabled=bool(doing), key="rate_popover"):
        show_learning_rate(run, status.live, None if short else MORE, blocked)
    with st.popover("Reset", icon=":material/replay:", disabled=status.live, key=f"reset_popover_{status.iteration}"):
        st.write(f"Back to iteration 0 and the same initial weights? What {literally(run.name)} has learnt is lost.")
        st.button("Reset for good", key="reset", on_click=act, args=("reset", reset_run, run))
        say_problem("reset")


def _show_play(run: Run, status: Status, doing: str, blocked: bool, disabled: bool) -> None:
    """One button for all that play can be, with one key, so that the focus stays on it when it is pressed.

    That is why it is not disabled while it pauses: it would lose the focus, and asking twice does no harm.
    """
    press: Callable[..., None] = ask
    args: tuple[Any, ...]
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
    if blocked and not status.live:  # what it would do, it does when its turn comes
        label = ADD
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
