"""Ten questions before the lesson and the same in another form after it; what is answered stays in this browser."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from pages.ui import session
from pages.ui.text.table import offer_csv, show_table
from pages.ui.text.terms import explained, tell
from pages.ui.topics import Answer

BEFORE, AFTER = "before", "after"
FORMS = (BEFORE, AFTER)


class Question(NamedTuple):
    """One form of a question: the first of its options is right; they are shown in alphabetical order."""

    text: str
    right: str
    others: tuple[str, ...]

    @property
    def options(self) -> list[str]:
        """Give the options in an order that tells nothing."""
        return sorted((self.right, *self.others))


# What each question is about, and its two forms.
QUESTIONS: dict[str, tuple[Question, Question]] = {
    "pixels": (
        Question("A grey picture is 10 pixels high and 20 wide. How many numbers is it?", "200", ("30", "10", "400")),
        Question("A grey picture is 30 pixels high and 30 wide. How many numbers is it?", "900", ("60", "30", "9,000")),
    ),
    "dot product": (
        Question("Pixels 1, 0, 2 and weights 3, 5, −1: what is the answer of the window?", "1", ("10", "8", "5")),
        Question("Pixels 0, 2, 1 and weights 4, −1, 3: what is the answer of the window?", "1", ("9", "6", "7")),
    ),
    "stride": (
        Question(
            "A window moves two pixels at a time instead of one. The result is …",
            "about half as wide",
            ("as wide as before", "twice as wide", "two pixels wider"),
        ),
        Question(
            "The result of a window is only a third as wide as the picture (SAME padding). The stride is …",
            "3",
            ("1", "2", "5"),
        ),
    ),
    "padding": (
        Question(
            "A 5 × 5 window slides over 28 × 28 pixels and may not hang over the edge. There are …",
            "24 × 24 places",
            ("28 × 28 places", "23 × 23 places", "5 × 5 places"),
        ),
        Question(
            "The result is to be as large as the picture (stride 1). What is needed?",
            "zeros around the picture",
            ("a larger window", "a smaller picture", "more filters"),
        ),
    ),
    "pooling": (
        Question("Max-pooling of 3, −2, 7, 1, then ReLU: what comes out?", "7", ("9", "3", "2.25")),
        Question("Max-pooling of −3, −8, −1, −5, then ReLU: what comes out?", "0", ("−1", "−17", "1")),
    ),
    "receptive field": (
        Question(
            "What is the receptive field of a number inside a network?",
            "the part of the picture that it depends on",
            ("the place where it is stored", "the largest of its weights", "all pixels with ink"),
        ),
        Question(
            "A second window lies on the result of a first one. Compared with the first, its receptive field is …",
            "larger",
            ("as large", "smaller", "always the whole picture"),
        ),
    ),
    "softmax": (
        Question(
            "What does softmax make of ten logits?",
            "ten probabilities that add up to 100%",
            ("one digit", "ten numbers from −1 to 1", "the largest logit"),
        ),
        Question(
            "Logit 5 becomes logit 6, all others stay. Its probability …",
            "rises",
            ("falls", "stays the same", "becomes 100%"),
        ),
    ),
    "cross-entropy": (
        Question(
            "When is the loss largest?",
            "when the network is sure, and wrong",
            ("when it is sure, and right", "when it is unsure", "at the end of training"),
        ),
        Question(
            "The true digit gets 50% instead of 90%. The loss …",
            "rises",
            ("falls", "stays the same", "becomes 0"),
        ),
    ),
    "gradient": (
        Question(
            "If a weight grows a little, the loss falls a little. Training will …",
            "make the weight larger",
            ("make the weight smaller", "leave the weight alone", "set the weight to 0"),
        ),
        Question(
            "The gradient at a weight is +0.3. Training will …",
            "make the weight smaller",
            ("make the weight larger", "leave the weight alone", "set the weight to 0.3"),
        ),
    ),
    "overfitting": (
        Question(
            "A network reads all its training images right, but only 80% of new ones. What helps most?",
            "more training images",
            ("longer training", "a larger network", "fewer training images"),
        ),
        Question(
            "How does one see that a network learns by heart?",
            "it reads its training images much better than new ones",
            ("its loss is small", "it is slow", "all its weights are the same"),
        ),
    ),
}


def show_quiz(form: str) -> None:
    """Show one form of the questions, or what came of it."""
    lesson = session.lesson()
    handed_in = _name(form, 0) in lesson.answers
    title = "Ten questions before you start" if form == BEFORE else "The same ten questions in another form"
    with st.expander(title, expanded=form == AFTER and handed_in):
        if handed_in:
            _show_result(form)
            return
        tell("Answer what you can and leave out what you do not know. Your answers stay in this browser.")
        with st.form(f"quiz_{form}", border=False):
            for i, forms in enumerate(QUESTIONS.values()):
                question = forms[FORMS.index(form)]
                key = session.quiz_answer(form, i).key
                st.radio(f"{i + 1}. {question.text}", question.options, index=None, key=key)
            st.form_submit_button("Hand in", on_click=_hand_in, args=(form,))


def _name(form: str, i: int) -> str:
    """The name of a question among the answers."""
    return f"{form} {i + 1}"


def _hand_in(form: str) -> None:
    for i, forms in enumerate(QUESTIONS.values()):
        question = forms[FORMS.index(form)]
        given = session.quiz_answer(form, i).value or ""
        session.lesson().answer(_name(form, i), Answer(given, given == question.right, question.text, ""))


def right_answers(form: str) -> int | None:
    """Count the right answers; None before they were handed in."""
    answers = session.lesson().answers
    if _name(form, 0) not in answers:
        return None
    return sum(answers[name].right for i in range(len(QUESTIONS)) if (name := _name(form, i)) in answers)


def _show_result(form: str) -> None:
    """Before the lesson the number alone, so that nothing is given away; afterwards every question."""
    result = f"You had **{right_answers(form)} of {len(QUESTIONS)}** right."
    st.html(f'<p class="prose" role="status" data-answer="{_name(form, 0)}">{explained(result)}</p>')
    if form == BEFORE:
        return
    show_table(
        ["About", "before", "after"], [[about, *(_mark(f, i) for f in FORMS)] for i, about in enumerate(QUESTIONS)]
    )
    offer_csv("Download as a table (CSV)", "quiz.csv", ["form", "about", "question", "answer", "right"], _rows())


def _rows() -> list[list[str]]:
    """Form, subject, question, what was given, and whether it was right."""
    answers = session.lesson().answers
    return [
        [form, about, answer.question, answer.given, "yes" if answer.right else "no"]
        for form in FORMS
        for i, about in enumerate(QUESTIONS)
        if (answer := answers.get(_name(form, i)))
    ]


def _mark(form: str, i: int) -> str:
    """How a question was answered."""
    answer = session.lesson().answers.get(_name(form, i))
    if answer is None or not answer.given:
        return "not answered"
    return "✓ right" if answer.right else "wrong"
