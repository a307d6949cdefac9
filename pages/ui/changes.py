"""What fine-tuning changed: how the digits that a run learnt from, and the test images, are read before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ocr import Checkpoint
from ocr.data.stroke_file import UserDigit, to_split
from ocr.runs.finetune import Change, StartingPoint, measure_change
from ocr.runs.run import Run
from pages.ui.cache import digits_of, evaluation_on_test, fingerprint, mnist_data, weights
from pages.ui.text.numbers import difference
from pages.ui.text.table import show_table


@dataclass(frozen=True)
class Changes:
    """What a run changed.

    Attributes:
        before: The weights that it started from.
        digits: The visitor's digits: those trained on, then those held out.
        own: Of each of these two parts that there is, by its name, what changed.
        test: What changed of the test images.
    """

    before: Checkpoint
    digits: list[UserDigit]
    own: dict[str, Change]
    test: Change


def changes_of(run: Run) -> Changes | None:
    """Measure what a run with a checkpoint changed; None if the digits that it learnt cannot be read any more."""
    digits = digits_of(run)
    if not digits:
        return None
    before, after = weights(run.initial_path), weights(run.checkpoint_path)
    start = StartingPoint.of(before, digits)
    parts = {"Yours, trained on": start.trained_on, "Yours, held out": start.held_out}
    own = {name: _change(before, after, part) for name, part in parts.items() if part}
    test = Change(evaluation_on_test(before), evaluation_on_test(after))
    return Changes(before, [*start.trained_on, *start.held_out], own, test)


def show_changes(changes: Changes) -> None:
    """Show as a table how many are read right before and after."""
    rows = changes.own | {f"Test images of {mnist_data().name}": changes.test}
    show_table(["Read right", "of", "before", "after", "change"], [_row(name, change) for name, change in rows.items()])


def _row(name: str, change: Change) -> list[str]:
    before, after = change.before.correct, change.after.correct
    return [name, f"{change.before.count:,}", f"{before:,}", f"{after:,}", difference(after - before)]


def _change(before: Checkpoint, after: Checkpoint, digits: Sequence[UserDigit]) -> Change:
    identity = " ".join([fingerprint(before), fingerprint(after), *(f"{digit.id} {digit.label}" for digit in digits)])
    return _measured(identity, before, after, digits)


@st.cache_data(show_spinner="Reading your digits …", max_entries=32)
def _measured(identity: str, _before: Checkpoint, _after: Checkpoint, _digits: Sequence[UserDigit]) -> Change:
    return measure_change(_before, _after, to_split(_digits))
