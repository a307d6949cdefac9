"""Several runs beside each other: what differs in their recipes, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ocr.network.models import build_model, count_parameters
from ocr.runs.comparison import course, differences, settings
from ocr.runs.run import Run
from ocr.training.recipe import TrainConfig
from pages.ui import session
from pages.ui.runs import STATES, reports_of
from pages.ui.text.table import show_table
from pages.ui.train.status import read_right
from pages.ui.visitor import visible_run

MOST = 4  # beside the chosen one; more lines cannot be told apart


def compared_with(run: Run, names: Sequence[str]) -> list[Run]:
    """Give the runs that were chosen to lie over the curves of this one, as far as they are still there."""
    chosen = session.COMPARED.value
    return [visible_run(name) for name in chosen if name in names and name != run.name]


def choose_compared(run: Run, names: Sequence[str]) -> None:
    """Show the chooser of those runs, if there are others."""
    others = [name for name in names if name != run.name]
    if others:
        kept = [other.name for other in compared_with(run, names)]
        if kept != session.COMPARED.value:
            session.COMPARED.value = kept
        st.multiselect(
            "Compare with",
            others,
            key=session.COMPARED.key,
            max_selections=MOST,
            placeholder="other runs",
            width=480,
            persist_state="session",
        )


def show_comparison(runs: Sequence[Run]) -> None:
    """Show a table of the settings that differ, and one of the results."""
    rows = differences({run.name: _settings(run) for run in runs})
    with st.container(key="comparison"):
        left, right = st.columns([5, 7], gap="medium")
        with left:
            st.header("What differs", anchor=False)
            if rows:
                show_table(
                    ["Setting", *(run.name for run in runs)],
                    [[setting, *values.values()] for setting, values in rows.items()],
                )
            else:
                st.caption("Nothing: these runs have the same recipe and seed, and were asked for the same.")
        with right:
            st.header("What came of it", anchor=False)
            head = ["Run", "state", "iterations", "validation", "read right", "best", "training", "parameters"]
            show_table(head, [_result(run) for run in runs])


def _settings(run: Run) -> dict[str, str]:
    """Its recipe, and what was asked of it on the way: without that, it would be taken for the cause of all."""
    return settings(run.config()) | course(run.status().target, run.rate_changes())


def _result(run: Run) -> list[str]:
    reports = reports_of(run)
    validated = [report for report in reports if report.validation_accuracy is not None]
    accuracies = [report.validation_accuracy or 0.0 for report in validated]
    state = STATES.get(run.status().state, "")
    parameters = f"{_parameters(run.config()):,}"
    if not accuracies:
        return [run.name, state, "0", "", "", "", "", parameters]
    last = reports[-1]
    return [
        run.name,
        state,
        f"{last.iteration:,}",
        f"{accuracies[-1]:.2%}",
        read_right(validated[-1]),
        f"{max(accuracies):.2%}",
        f"{last.seconds:,.1f} s",
        parameters,
    ]


@st.cache_data(show_spinner=False, max_entries=100)
def _parameters(recipe: TrainConfig) -> int:
    return count_parameters(build_model(recipe.network, recipe.seed))
