"""Runs on the page: their reports, which of them is shown, and renaming, deleting and downloading them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import NamedTuple

import streamlit as st

from ocr.errors import OCRError
from ocr.runs.folder import NAME_RULE, delete_run, list_runs, rename_run
from ocr.runs.run import Run
from ocr.training.report import Progress
from pages.ui.text.say import literally
from pages.ui.train.recipe_form import copy_recipe
from pages.ui.train.transport import act, say_problem

NEW = "New run"


def reports_of(run: Run) -> Sequence[Progress]:
    """A run's reports, read again only when its file has changed."""
    try:
        stat = (run.path / "metrics.jsonl").stat()
    except OSError:
        return ()
    return _reports(run, stat.st_mtime_ns, stat.st_size)


@st.cache_resource(show_spinner=False, max_entries=16)
def _reports(run: Run, stamp: int, size: int) -> Sequence[Progress]:
    return tuple(run.metrics())


class Stand(NamedTuple):
    """Where a run stands, as far as the page as a whole depends on it."""

    state: str
    live: bool
    iteration: int | None  # of a run that no process holds


def states() -> dict[str, Stand]:
    """How every run stands by its name, the newest first: when that changes, the page is drawn anew."""
    known = {run.name: run.status() for run in list_runs()}
    return {name: Stand(now.state, now.live, None if now.live else now.iteration) for name, now in known.items()}


@st.fragment(run_every=1.0)
def watch_others(seen: dict[str, Stand]) -> None:
    """Looks at all runs, and draws the page anew when somebody starts, ends, renames or deletes one."""
    if states() != seen:
        st.rerun()


def tell_if_gone(names: Sequence[str]) -> None:
    """Says so when the run that was shown, or that a link asks for, is not there any more."""
    asked = st.session_state.get("next_run") or st.session_state.get("run") or st.query_params.get("run")
    if asked and asked not in (NEW, *names):
        st.warning(f"There is no run {literally(asked)} any more: it was renamed or deleted.")
        st.session_state.next_run = NEW


def choose_run(names: Sequence[str], live: str | None) -> str:
    """The chooser of a run, kept in the page's address; at first the run that trains, or the one shown last."""
    state = st.session_state
    last = state.get("last_run") if state.get("last_run") in names else None
    state.run = state.pop("next_run", None) or state.get("run") or st.query_params.get("run") or live or last or NEW
    shown = state.run
    state.last_run = st.selectbox("Run", [NEW, *names], key="run", bind="query-params", width=200)
    if shown in names and state.last_run != shown:  # after Back to an address that names no run
        state.next_run = shown
        st.rerun()
    return state.last_run


def damage_of(run: Run) -> str:
    """What is wrong with a run's recipe, if it cannot be read."""
    try:
        run.config()
    except OCRError as error:
        return str(error)
    return ""


def show_files(run: Run, live: bool, whole: bool = True) -> None:
    """What can be done with a run as a whole, and with one whose recipe cannot be read."""
    with st.container(horizontal=True, gap="small", key="files"):
        if (
            whole and not run.config().user_digits_share
        ):  # fine-tuning starts from weights and digits that a recipe does not hold
            st.button("Same, with one thing changed", key="copy", on_click=_copy, args=(run,))
        with st.popover("Download", key="download_popover"):
            _show_downloads(run)
        with st.popover("Rename", disabled=live, key="rename_popover"):
            st.text_input("New name", run.name, key=f"rename_{run.name}")
            st.caption(f"{NAME_RULE.capitalize()}.")
            st.button("Rename", key="rename", on_click=act, args=("rename", _rename, run))
            say_problem("rename")
        with st.popover("Delete", disabled=live, key="delete_popover"):
            st.write(f"Delete {literally(run.name)} with its weights for good?")
            st.button("Delete for good", key="delete", on_click=act, args=("delete", _delete, run))
            say_problem("delete")


def _show_downloads(run: Run) -> None:
    path = run.checkpoint_path
    files = [
        ("Weights", f"{run.name}.safetensors", path.read_bytes, path.is_file()),
        ("Config (JSON)", f"{run.name}.json", (run.path / "config.json").read_bytes, True),
        ("Metrics (CSV)", f"{run.name}.csv", lambda: metrics_csv(reports_of(run)), bool(reports_of(run))),
    ]
    for label, name, content, there in files:
        st.download_button(
            label, content, name, key=f"download_{name}", on_click="ignore", disabled=not there, width="stretch"
        )


def metrics_csv(reports: Sequence[Progress]) -> str:
    """Every report as a line of a table; what a report came without is left empty."""
    text = io.StringIO()
    table = csv.DictWriter(text, [field.name for field in fields(Progress)], lineterminator="\n")
    table.writeheader()
    table.writerows(asdict(report) for report in reports)
    return text.getvalue()


def _copy(run: Run) -> None:
    copy_recipe(run)
    st.session_state.next_run = NEW


def _rename(run: Run) -> None:
    name = st.session_state[f"rename_{run.name}"]  # as it is now: it may have been typed since the page was drawn
    st.session_state.next_run = rename_run(run, name.strip()).name


def _delete(run: Run) -> None:
    delete_run(run)
    st.session_state.next_run = NEW
