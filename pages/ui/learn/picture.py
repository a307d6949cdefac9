"""Step 1: a picture is numbers, and how a drawing gets there."""

from __future__ import annotations

import streamlit as st

from ocr.ink.canvas import SIZE
from ocr.ink.preparation import preparation_steps
from ocr.ink.strokes import IMAGE_SIZE
from pages.ui import session
from pages.ui.elements.maps import picked
from pages.ui.learn.pictures import show_matrix, show_picture
from pages.ui.learn.step import Step, ask, task
from pages.ui.learn.subject import Subject
from pages.ui.text.terms import tell

PART = 7  # rows and columns of numbers that are shown at once


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    tell(
        "A computer does not see a picture. It gets numbers. The picture is cut into small squares, the "
        "[[pixels|pixel]]. Each pixel is one number: 0 is blank paper, 1 is full ink.",
        f"Every digit here is {IMAGE_SIZE} pixels high and {IMAGE_SIZE} pixels wide. So are the 70,000 digits of "
        "[[MNIST]], written by hundreds of people. They have three parts: the network learnt from 55,000 training "
        "images; 5,000 [[validation images]] showed meanwhile how well it reads new ones; 10,000 [[test images]] were "
        "kept for the end.",
    )
    count = IMAGE_SIZE * IMAGE_SIZE
    answered = ask(
        number,
        "How many numbers does the network get for one digit?",
        [f"{IMAGE_SIZE}", f"{2 * IMAGE_SIZE}", f"{count}", f"{10 * count:,}"],
        f"{count}",
        f"{IMAGE_SIZE} rows of {IMAGE_SIZE} pixels are {IMAGE_SIZE} × {IMAGE_SIZE} = {count} numbers.",
    )
    if answered:
        _show_numbers(subject)
        _show_preparation(subject)
    task(number, "Draw a digit of your own. All steps of this lesson will then use it.", subject.own)


@st.fragment
def _show_numbers(subject: Subject) -> None:
    """The image, and the numbers of the part that is pointed at."""
    told = picked("learn_image")
    row, column = told[3:] if told else (IMAGE_SIZE // 2, IMAGE_SIZE // 2)
    top, left = (min(max(0, at - PART // 2), IMAGE_SIZE - PART) for at in (row, column))
    with st.container(horizontal=True, gap="medium"):
        show_picture(
            "Your digit" if subject.own else "A sample",
            subject.image,
            "learn_image",
            "The digit as the network gets it.",
            width=260,
            limit=1.0,
            boxes=[(0, top, left, PART, PART)],
            pickable=True,
            echo=told[0] if told else None,
        )
        with st.container(width=260):
            show_matrix(
                f"Rows {top + 1} to {top + PART}, columns {left + 1} to {left + PART}",
                subject.image[top : top + PART, left : left + PART],
                "learn_part",
                is_signed=False,
                limit=1.0,
                width=252,
            )
    st.caption("Point at the picture: the numbers of that part stand beside it.")


def _show_preparation(subject: Subject) -> None:
    """How a drawing becomes 28 × 28 numbers."""
    if not len(subject.strokes):
        return
    tell(
        "How does a drawing get there? It is cropped and scaled until it fills 20 of the 28 pixels. Its lines get the "
        "thickness of MNIST's lines. Then it is moved to the middle. The network has seen only such images."
    )
    steps = preparation_steps(subject.strokes, SIZE, session.STROKE_WIDTH.value)
    with st.container(horizontal=True, gap="small"):
        for i, step in enumerate(steps):
            show_picture(
                f"{i + 1}. {step.name}", step.image, f"learn_prepared_{i}", step.explanation, width=118, limit=1.0
            )


PICTURE = Step(
    "A picture is numbers",
    3,
    "Let everybody draw the same digit and compare the numbers. Ask what the network would see of a photo in colour "
    "(three numbers for each pixel).",
    show,
)
