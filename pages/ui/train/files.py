"""What can be done with a run as a whole: the same again, downloading, renaming, deleting."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields

import streamlit as st

from ocr.runs.folder import NAME_RULE, delete_run, rename_run
from ocr.runs.run import Run
from ocr.training.report import Progress
from pages.ui import session
from pages.ui.runs import act, reports_of, say_problem
from pages.ui.text.say import literally
from pages.ui.train.plan import copy_recipe
from pages.ui.train.runs import NEW
from pages.ui.visitor import may_change, may_start


def show_files(run: Run, live: bool, whole: bool = True) -> None:
    """Show what can be done with a run as a whole.

    Args:
        run: The run on show.
        live: Whether it trains.
        whole: Whether its recipe can be read.
    """
    with st.container(horizontal=True, gap="small", key="files"):
        if (
            whole and may_start() and not run.initial_path.is_file()
        ):  # what starts from weights, or from digits of one's own, starts from more than a recipe holds
            st.button("Same, with one thing changed", key="copy", on_click=_copy, args=(run,))
        with st.popover("Download", key="download_popover"):
            _show_downloads(run)
        if not may_change(run):
            return
        with st.popover("Rename", disabled=live, key="rename_popover"):
            st.text_input("New name", run.name, key=session.new_name(run.name).key)
            st.caption(f"{NAME_RULE.capitalize()}.")
            st.button("Rename", key="rename", on_click=act, args=("rename", _rename, run))
            say_problem("rename")
        with st.popover("Delete", disabled=live, key="delete_popover"):
            st.write(f"Delete {literally(run.name)} with its weights for good?")
            st.button("Delete for good", key="delete", on_click=act, args=("delete", _delete, run))
            say_problem("delete")


def _show_downloads(run: Run) -> None:
    path = run.checkpoint_path
    files: list[tuple[str, str, Callable[[], str | bytes], bool]] = [
        ("Weights", f"{run.name}.safetensors", path.read_bytes, path.is_file()),
        ("Config (JSON)", f"{run.name}.json", (run.path / "config.json").read_bytes, True),
        ("Metrics (CSV)", f"{run.name}.csv", lambda: metrics_csv(reports_of(run)), bool(reports_of(run))),
    ]
    for label, name, content, there in files:
        st.download_button(
            label, content, name, key=f"download_{name}", on_click="ignore", disabled=not there, width="stretch"
        )


def metrics_csv(reports: Sequence[Progress]) -> str:
    """Write every report as a line of a table (CSV); what a report came without is left empty."""
    text = io.StringIO()
    table = csv.DictWriter(text, [field.name for field in fields(Progress)], lineterminator="\n")
    table.writeheader()
    table.writerows(asdict(report) for report in reports)
    return text.getvalue()


def _copy(run: Run) -> None:
    copy_recipe(run)
    session.training().next_run = NEW


def _rename(run: Run) -> None:
    name = session.new_name(run.name).value  # as it is now: it may have been typed since the page was drawn
    session.training().next_run = rename_run(run, name.strip()).name


def _delete(run: Run) -> None:
    delete_run(run)
    session.training().next_run = NEW
