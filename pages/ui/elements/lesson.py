"""The row of a lesson's steps, which keeps in the browser what has been done of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

from pages.ui.elements.base import component
from pages.ui.session import told


class LessonKept(TypedDict):
    """What the browser keeps, which describes it too."""

    done: list[int]
    answers: dict[str, list[str | bool]]


class LessonData(TypedDict):
    """What the script is told, which describes it too."""

    titles: list[str]
    current: int
    kept: LessonKept
    forgotten: int
    news: str


def show_steps(
    titles: Sequence[str],
    current: int,
    done: Sequence[int],
    answers: Mapping[str, Sequence[str | bool]],
    *,
    key: str,
    forgotten: int,
    news: str,
    on_press: Callable[[int], None],
) -> None:
    """Show the steps as a row of numbers to press.

    Args:
        titles: Of the steps.
        current: The one on show, from 1.
        done: Those that are complete.
        answers: What was said to each question, by the question's name, whether it was right, the question, and why.
        key: The element's.
        forgotten: How often the browser was to forget all.
        news: What is announced to screen readers.
        on_press: Is told which step was pressed, from 1.
    """

    def pressed() -> None:
        step = told(key, "step")
        if step is not None:
            on_press(int(step))

    kept: LessonKept = {"done": sorted(done), "answers": {name: list(answer) for name, answer in answers.items()}}
    data: LessonData = {
        "titles": list(titles),
        "current": current,
        "kept": kept,
        "forgotten": forgotten,
        "news": news,
    }
    component("lesson")(key=key, data=data, on_kept_change=lambda: None, on_step_change=pressed)
