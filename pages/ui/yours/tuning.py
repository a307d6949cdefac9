"""Fine-tuning on the user's own digits: start it, watch it, and see what it gained and forgot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ocr import CLASS_NAMES, Checkpoint, OCRError, Split
from ocr.data.stroke_file import UserDigit
from ocr.data.user_digits import HOLD_OUT_FROM, hold_out
from ocr.runs.finetune import (
    Change,
    create_fine_tuning,
    fine_tuning_recipe,
    list_fine_tunings,
)
from ocr.runs.folder import delete_run
from ocr.runs.queue import start_or_queue, take_out
from ocr.runs.run import Run
from ocr.runs.status import FAILED, INTERRUPTED, QUEUED, STOPPED
from pages.ui import session
from pages.ui.cache import images_of, mnist_data
from pages.ui.changes import changes_of, show_changes
from pages.ui.elements.gallery import show_gallery
from pages.ui.navigation import CHOOSERS, open_in_lens
from pages.ui.runs import (
    STATES,
    STOP_WIDTH,
    STOPPING,
    act,
    ask,
    pace_of,
    progress_of,
    reports_of,
    said_busy,
    say_problem,
    states,
    under_way,
    watch_others,
)
from pages.ui.text.numbers import counted, difference
from pages.ui.text.say import literally
from pages.ui.text.terms import tell_lines
from pages.ui.visitor import TEACHER_STARTS, digest, is_visible, may_change, may_start, shares_digits, visible_runs
from pages.ui.weights import SHIPPED, choose_weights
from pages.ui.yours.collection import open_on_draw

AT_ONCE = 24


def show_tuning(digits: Sequence[UserDigit]) -> None:
    """The start of a fine-tuning run and, below, what the chosen one has changed."""
    st.header("Train further on your digits", anchor=False)
    current = session.DRAW_WEIGHTS.value
    if not session.YOURS_WEIGHTS.there and current in [run.name for run in visible_runs()]:
        session.YOURS_WEIGHTS.value = current  # those that Draw reads with
    checkpoint = choose_weights(session.YOURS_WEIGHTS.key, "Start from", untrained=False)
    if not digits:
        st.caption("As soon as a digit is kept, the button here starts it.")
    trained, held_out = hold_out(digits, checkpoint.info.get("learnt", ()))
    if digits:
        _explain(checkpoint, trained, held_out)
    runs = [run for run in list_fine_tunings() if is_visible(run)]
    begun = [run.name for run in runs if run.status().live or run.status().state == QUEUED]
    busy = said_busy(but=begun[0] if begun else "")
    label = f"Train on your {counted(len(trained), 'digit')}" if digits else "Train"
    label = "Add to the queue" if busy and digits else label
    disabled = bool(begun) or not digits or not may_start()
    st.button(label, type="primary", disabled=disabled, key="tune", on_click=_ask)
    if session.collection().take_asked() and not disabled:
        _start(digits, checkpoint)
    if not may_start():
        st.caption(TEACHER_STARTS)
    elif busy:
        st.caption(f"{busy} Yours starts by itself when its turn comes.")
    if busy or begun:
        watch_others(states())
    if runs:
        _show_outcome(runs)


def _explain(checkpoint: Checkpoint, trained: Sequence[UserDigit], held_out: Sequence[UserDigit]) -> None:
    config = fine_tuning_recipe(checkpoint, len(trained))
    own, drawn = round(config.user_digits_share * config.batch_size), round(config.synthetic_share * config.batch_size)
    data = config.batch_size - own - drawn
    tell_lines(
        f"This is [[fine-tuning]]. {config.iterations:,} [[iterations|iteration]] take under a minute on two idle "
        f"cores, minutes on a busy machine. In each [[batch]], {own} of {config.batch_size} images are yours, each "
        f"time [[distorted|distortion]] anew; {data} are {mnist_data().name}'s and {drawn} drawn styles, so that "
        "little is forgotten. The weights it starts from stay as they are.",
        small=True,
    )
    if held_out:
        st.caption(f"Every fifth digit, {len(held_out):,} in all, is not trained on and shows what was learnt.")
    elif len(trained) >= HOLD_OUT_FROM:
        st.caption("The weights that this starts from have learnt every digit that would be held out: none is left.")
    else:
        st.caption(
            f"With fewer than {HOLD_OUT_FROM} digits none is held out: how they are read afterwards is measured on "
            "digits that were trained on."
        )
    labels = {digit.label for digit in trained}
    if len(labels) == 1:
        name = CLASS_NAMES[labels.pop()]
        st.caption(f"All your digits are {name}s: the network may come to see {name}s where there are none.")


def _ask() -> None:
    session.collection().tuning_asked = True


def _start(digits: Sequence[UserDigit], checkpoint: Checkpoint) -> None:
    with st.spinner("Starting the trainer …"):
        private = not shares_digits()
        run = create_fine_tuning(digits, checkpoint, session.YOURS_WEIGHTS.value, digest(), private)
        try:
            start_or_queue(run)
        except OCRError:
            delete_run(run)
            raise
    session.YOURS_RUN.value = run.name
    st.rerun()


def _show_outcome(runs: Sequence[Run]) -> None:
    names = {run.name: run for run in runs}
    session.YOURS_RUN.keep_among(list(names))
    if len(runs) > 1:
        st.selectbox("Run", names, key=session.YOURS_RUN.key, persist_state="session")
    run = names[session.YOURS_RUN.value]
    live = run.status().live

    @st.fragment(run_every=1.0 if live else None)
    def watch() -> None:
        status = run.status()
        doing = under_way(run, status)
        with st.container(key="tuning_status"):
            say_problem("transport")
            if status.live:
                st.progress(progress_of(status, status.iteration))
                stopping = doing == STOPPING
                state = doing or STATES[status.state]
                told = f"{state} {run.name}: iteration {status.iteration:,} of {status.target:,}"
                pace = [] if status.paused else pace_of(reports_of(run), status.target)
                st.caption(literally(status.message or " · ".join([told, *pace])))
                with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                    if may_change(run):
                        st.button(
                            STOPPING if stopping else "Stop",
                            key="tune_stop",
                            on_click=ask,
                            args=(run, run.request_stop),
                            kwargs={"doing": STOPPING},
                            disabled=stopping,
                            width=STOP_WIDTH,
                        )
                    st.page_link("pages/train.py", label="Watch it on Train")
        if live and not status.live:
            st.rerun()

    watch()
    if live:
        return
    status = run.status()
    if status.state == QUEUED:
        st.caption(f"{literally(run.name)} waits for its turn.")
        if may_change(run):
            st.button("Take out of the queue", key="tune_take_out", on_click=act, args=("transport", take_out, run))
        say_problem("transport")
    if status.state in (FAILED, INTERRUPTED, STOPPED):
        told = f"{run.name} was stopped at iteration {status.iteration:,} of {status.target:,}. {status.message}"
        st.caption(literally(told))
        if may_change(run) and st.button("Go on", key="tune_resume"):
            with st.spinner("Starting the trainer …"):
                start_or_queue(run)
            st.rerun()
    if run.checkpoint_path.is_file() and status.iteration:
        _show_change(run)


def _show_change(run: Run) -> None:
    changes = changes_of(run)
    if changes is None:
        st.warning(
            literally(f"The digits that {run.name} learnt cannot be read any more: {run.user_digits_path} is damaged.")
        )
        return
    with st.container(key="change"):
        origin = changes.before.info.get("name", "other weights")
        origin = "the shipped weights" if origin == SHIPPED else literally(origin)
        st.markdown(f"**{literally(run.name)}** started from {origin}.")
        show_changes(changes)
        st.caption(f"{_say_familiar(list(changes.own.values()))}{_say_forgotten(changes.test)}")
    _show_own(list(changes.own.values()), changes.digits)
    _show_lost(changes.test, mnist_data().test, run)
    with st.container(horizontal=True, gap="xsmall", key="tuned_tools"):
        if st.button("Read with these weights", key="use_tuned"):
            for chooser in CHOOSERS.values():
                chooser.value = run.name
            st.switch_page("pages/draw.py")
        st.download_button(
            "Download its weights",
            run.checkpoint_path.read_bytes(),
            f"{run.name}.safetensors",
            key="tuned_download",
            on_click="ignore",
        )


def _say_familiar(changes: Sequence[Change]) -> str:
    """How many of the user's digits look like digits at all."""
    known = [(change.before.count, *change.familiar) for change in changes if change.familiar]
    count, before, after = (sum(each) for each in zip(*known, strict=True))
    return f"Of your {count:,}, {before:,} looked like digits to it before, {after:,} do now. "


def _say_forgotten(test: Change) -> str:
    """What became of the test images, class by class."""
    by_class = test.by_class()
    parts = [
        f"{CLASS_NAMES[i]}:\N{NO-BREAK SPACE}{difference(by_class[i])}"
        for i in np.argsort(by_class, kind="stable")
        if by_class[i]
    ]
    said = f"Of the test images, {len(test.lost()):,} were lost and {len(test.won()):,} won."
    gap = [100 * each.calibration_error() for each in (test.before, test.after)]
    return (
        f"{said} {'By class: ' + ', '.join(parts) if parts else 'No class changed'}. "
        f"Calibration error {gap[0]:.2f} points before, {gap[1]:.2f} after. The test images are only counted here: "
        "training never sees them, and nothing was chosen by them."
    )


def _show_own(changes: Sequence[Change], order: Sequence[UserDigit]) -> None:
    """The user's digits that were misread before or are now, those that still are before the others."""
    before, after = (
        np.concatenate([getattr(change, when).predictions for change in changes]) for when in ("before", "after")
    )
    labels = np.array([digit.label for digit in order])
    shown = [i for i in np.argsort(after == labels, kind="stable") if before[i] != labels[i] or after[i] != labels[i]]
    if not shown:
        st.caption("All your digits were read right before, and still are.")
        return
    more = f", the first {AT_ONCE} of {len(shown):,}" if len(shown) > AT_ONCE else ""
    st.caption(f"Your digits that were misread before or are now{more}:")
    shown = shown[:AT_ONCE]
    with st.container(key="own_changes"):
        opened = show_gallery(
            images_of([order[i] for i in shown]),
            [f"{CLASS_NAMES[labels[i]]} {'✓' if after[i] == labels[i] else '✗'}" for i in shown],
            [f"{CLASS_NAMES[before[i]]} → {CLASS_NAMES[after[i]]}" for i in shown],
            key="own_changed",
            action="Open on Draw",
            compact=True,
        )
    if opened is not None and opened < len(shown):
        open_on_draw(order[shown[opened]])


def _show_lost(test: Change, split: Split, run: Run) -> None:
    """The test images that were read right before, behind a toggle."""
    before, after = test.before.predictions, test.after.predictions
    lost = test.lost()
    if not len(lost) or not st.toggle(f"Show the {len(lost):,} lost", key="show_lost"):
        return
    if len(lost) > AT_ONCE:
        st.caption(f"The first {AT_ONCE}; all mistakes of {literally(run.name)} are on the page Mistakes.")
    lost = lost[:AT_ONCE]
    opened = show_gallery(
        split.ink(lost),
        [CLASS_NAMES[split.labels[i]] for i in lost],
        [f"{CLASS_NAMES[before[i]]} → {CLASS_NAMES[after[i]]}" for i in lost],
        key="lost",
        action="Open on Draw",
        compact=True,
    )
    if opened is not None and opened < len(lost):
        open_in_lens(split, lost[opened], "the test image from Your digits", run.name)
