"""Which run is on show."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ocr.errors import OCRError
from ocr.runs.run import Run
from pages.ui import session
from pages.ui.text.say import literally, shortened

NEW = "New run"


def tell_if_gone(names: Sequence[str]) -> None:
    """Say so when the run that was shown, or that a link asks for, is not there any more."""
    asked = session.training().next_run or session.RUN.value or st.query_params.get("run")
    if asked and asked not in (NEW, *names):
        st.warning(f"There is no run {literally(shortened(asked))} any more: it was renamed or deleted.")
        session.training().next_run = NEW


def choose_run(names: Sequence[str], live: str | None) -> str:
    """Show the chooser of a run, kept in the page's address; at first the run that trains, or the one shown last.

    Args:
        names: Of all runs, the newest first.
        live: The name of the run that trains.

    Returns:
        The name of a run, or `NEW`.
    """
    training = session.training()
    last = training.last_run if training.last_run in names else None
    shown = training.take_next_run() or session.RUN.value or st.query_params.get("run") or live or last or NEW
    session.RUN.value = shown
    training.last_run = st.selectbox("Run", [NEW, *names], key=session.RUN.key, bind="query-params", width=200)
    if shown in names and training.last_run != shown:  # after Back to an address that names no run
        training.next_run = shown
        st.rerun()
    return training.last_run


def damage_of(run: Run) -> str:
    """Say what is wrong with a run's recipe; nothing where it can be read."""
    try:
        run.config()
    except OCRError as error:
        return str(error)
    return ""
