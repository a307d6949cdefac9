"""What a step of the lesson is made of: a text, a question before the answer is shown, and a thing to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui import session
from pages.ui.learn.subject import Subject
from pages.ui.text.terms import explained, plain
from pages.ui.topics import Answer

GUESS = "Guess before you look"


@dataclass(frozen=True)
class Step:
    """A step of the lesson.

    Attributes:
        title: What it is about.
        minutes: How long a class takes for it.
        advice: What a teacher can say.
        show: Shows it, given its number and what it is shown on.
    """

    title: str
    minutes: int
    advice: str
    show: Callable[[int, Subject], None]


def ask(
    number: int,
    question: str,
    options: Sequence[str],
    right: str,
    because: str,
    picture: Callable[[], None] | None = None,
) -> bool:
    """Ask a question with a few answers, and say afterwards which is right.

    Args:
        number: The step's.
        question: The question.
        options: The answers to choose from.
        right: The one that is right.
        because: Why, shown once an answer was given.
        picture: Shows what it is about.

    Returns:
        Whether an answer was given, so that the rest may be shown.
    """
    lesson, name = session.lesson(), str(number)
    with st.container(border=True, key="question"):
        if picture:
            picture()
        if name not in lesson.answers:
            st.caption(GUESS)
            chooser = session.guess(number)
            guessed = st.radio(plain(question), options, index=None, key=chooser.key)

            def answer() -> None:
                given = chooser.value
                if given is not None:
                    lesson.answer(name, Answer(given, given == right, question, because))

            st.button("Answer", on_click=answer, disabled=guessed is None, type="primary", key="answer")
            return False
        say_verdict(number)
    return True


def say_verdict(number: int) -> None:
    """Say what was answered, whether it was right, and why."""
    answer = session.lesson().answers[str(number)]  # perhaps from the browser, which may hold anything
    verdict = "Right." if answer.right else "Not quite."
    st.html(
        f'<div role="status" data-answer="{number}"><p class="prose">{explained(plain(answer.question))}</p>'
        f'<p class="prose">You said: {explained(plain(answer.given))}. <strong>{verdict}</strong> '
        f"{explained(plain(answer.because))}</p></div>"
    )


def task(number: int, text: str, achieved: bool) -> None:
    """Say what there is to do; once that is done and the question answered, the step is complete.

    Args:
        number: The step's.
        text: What to do.
        achieved: Whether it is done now.
    """
    lesson = session.lesson()
    if achieved and number not in lesson.done and str(number) in lesson.answers:
        lesson.complete(number)
        st.rerun()  # the row of steps shows it
    done = number in lesson.done
    state = "✓ Done" if done else "To do"
    st.html(f'<p class="prose task{" done" if done else ""}"><strong>{state}:</strong> {explained(text)}</p>')
