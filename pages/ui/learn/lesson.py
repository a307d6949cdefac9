"""The lesson: which step is on show, the row of all steps, and what is around a step."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.ui import session
from pages.ui.elements.base import component
from pages.ui.elements.lesson import show_steps
from pages.ui.learn.quiz import AFTER, BEFORE, QUESTIONS, right_answers, show_quiz
from pages.ui.learn.steps import STEPS
from pages.ui.learn.subject import read_subject, show_subject
from pages.ui.text.numbers import counted
from pages.ui.text.say import literally
from pages.ui.text.table import show_table
from pages.ui.text.terms import TERMS, tell
from pages.ui.topics import Lesson

ADDRESS = "step"  # the name of the query parameter


def show_lesson(show_canvas: Callable[[], None]) -> None:
    """Show the step that the address names, or the one that was shown last.

    Args:
        show_canvas: Shows the canvas, with samples for who cannot draw.
    """
    lesson = session.lesson()
    lesson.remember(session.kept_lesson())
    lesson.done &= set(range(1, len(STEPS) + 1))
    _follow_address(lesson)
    lesson.errand = ""
    number = lesson.step
    step = STEPS[number - 1]
    component("top")(key="top", data=number, height=0)
    show_steps(
        [step.title for step in STEPS],
        number,
        sorted(lesson.done),
        lesson.answers,
        key=session.LESSON_KEY,
        forgotten=lesson.forgotten,
        news=f"{len(lesson.done)} of {len(STEPS)} steps are done.",
        on_press=_go,
    )
    if number == 1 and not lesson.done:
        tell(
            f"{len(STEPS)} short steps, about {sum(step.minutes for step in STEPS)} minutes. Each asks you to guess "
            "before you look, and gives you something to do. You can skip steps and come back. What you have done is "
            "kept in this browser only."
        )
    if number == 1:
        show_quiz(BEFORE)
    with st.container(key="heading"):
        st.header(f"{number}. {step.title}", anchor=False)
    subject = read_subject()
    show_subject(subject, show_canvas)
    with st.container(key="step"):
        step.show(number, subject)
    if number == len(STEPS):
        _show_summary()
        show_quiz(AFTER)
    _show_ways(number)
    _show_teachers()
    with st.expander("All terms"):
        tell(*(f"**{name[0].upper()}{name[1:]}**: {meaning}" for name, meaning in TERMS.items()))


def _follow_address(lesson: Lesson) -> None:
    """Take the step from the address, if it names one."""
    asked = st.query_params.get(ADDRESS)
    if asked is None:
        return
    if asked.isascii() and asked.isdecimal() and 1 <= int(asked[:4]) <= len(STEPS) and len(asked) <= 2:
        lesson.step = int(asked)
    else:
        st.warning(f"There is no step {literally(asked[:40])}. The lesson has {len(STEPS)} steps.")


def _go(number: int) -> None:
    """Go to a step, which the address then names."""
    session.lesson().step = number
    st.query_params[ADDRESS] = str(number)


def _show_ways(number: int) -> None:
    """To the step before and the one after."""
    st.divider()
    with st.container(horizontal=True, gap="small", key="ways"):
        if number > 1:
            st.button(f"← {STEPS[number - 2].title}", on_click=_go, args=(number - 1,), key="previous")
        st.space("stretch")
        if number < len(STEPS):
            done = number in session.lesson().done
            label = f"{STEPS[number].title} →"
            st.button(label, on_click=_go, args=(number + 1,), type="primary" if done else "secondary", key="next")


def _show_summary() -> None:
    """What the learner has done, with their own figures."""
    lesson = session.lesson()
    guesses = [answer for i in range(1, len(STEPS) + 1) if (answer := lesson.answers.get(str(i)))]
    right = sum(answer.right for answer in guesses)
    st.header("What you have done", anchor=False)
    tell(f"You have completed {len(lesson.done)} of {len(STEPS)} steps. Right guesses: {right} of {len(guesses)}.")
    scores = [
        f"{score} of {len(QUESTIONS)} {form} the lesson"
        for form in (BEFORE, AFTER)
        if (score := right_answers(form)) is not None
    ]
    if scores:
        tell(f"In the quiz you had {' and '.join(scores)} right.")
    show_table(
        ["Step", "your guess", "done"],
        [
            [
                f"{i}. {step.title}",
                ("right" if answer.right else "not quite") if (answer := lesson.answers.get(str(i))) else "",
                "✓" if i in lesson.done else "",
            ]
            for i, step in enumerate(STEPS, 1)
        ],
    )


def _show_teachers() -> None:
    """The steps with minutes and what to say."""
    lesson = session.lesson()
    with st.container(key="teachers"), st.expander("For teachers"):
        total = sum(step.minutes for step in STEPS)
        tell(
            f"The whole lesson takes about {total} minutes. Every step has its own address: add ?step=4 to the address "
            "of this page and send that to your class. What learners answer is kept in their browsers only. There is a "
            "quiz before step 1 and after the last step. Learners can download their answers as a table, if you want "
            "to collect them."
        )
        tell(*(f"**{i}. {step.title}** ({step.minutes} minutes). {step.advice}" for i, step in enumerate(STEPS, 1)))
        st.caption(f"{counted(len(lesson.done), 'step')} done in this browser.")
        st.button("Forget what was done in this browser", on_click=lesson.forget, key="forget")
