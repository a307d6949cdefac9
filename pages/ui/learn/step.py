"""What a step of the lesson is made of: a text, a question before the answer is shown, and a thing to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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


@contextmanager
def question_frame(number: int, question: str, after: str = "") -> Iterator[bool]:
    """Frame a question, or once it is answered what came of it; inside goes what it is about.

    Args:
        number: The step's.
        question: The question.
        after: What stands there once it is answered, if not the verdict.

    Yields:
        Whether it is answered.
    """
    answered = str(number) in session.lesson().answers
    with st.container(border=True, key="question"):
        if not answered:
            st.caption(GUESS)
            st.markdown(question)
        elif after:
            st.markdown(after)
        else:
            say_verdict(number)
        yield answered


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
    chooser = session.guess(number)

    def answer() -> None:
        given = chooser.value
        if given is not None:
            lesson.answer(name, Answer(given, given == right, question, because))

    with question_frame(number, plain(question)) as answered:
        if picture:
            picture()
        if not answered:
            guessed = st.radio(plain(question), options, index=None, key=chooser.key, label_visibility="collapsed")
            st.button("Answer", on_click=answer, disabled=guessed is None, type="primary", key="answer")
    return answered


def say_verdict(number: int) -> None:
    """Say what was answered, whether it was right, and why."""
    answer = session.lesson().answers[str(number)]  # perhaps from the browser, which may hold anything
    verdict = "Right." if answer.right else "Not quite."
    st.html(
        f'<div role="status" data-answer="{number}"><p class="prose">{explained(plain(answer.question))}</p>'
        f'<p class="prose">You said: {explained(plain(answer.given))}. <strong>{verdict}</strong> '
        f"{explained(plain(answer.because))}</p></div>"
    )


def lead_away(pages: Mapping[str, str], errand: str) -> None:
    """Lead to other pages, which lead back to the lesson for as long.

    Args:
        pages: What leads there, by the page.
        errand: What is done there, in a few words.
    """
    lesson = session.lesson()
    lesson.errand = "" if lesson.step in lesson.done else errand
    with st.container(horizontal=True, gap="small", key="away"):
        for page, label in pages.items():
            st.page_link(page, label=label)


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
