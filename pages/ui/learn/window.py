"""Step 2: a window moves over the picture, with a kernel made by hand."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr.inspection.kernels import KERNELS, PADDINGS, SIZE, Array, convolve, first_place, output_size, window
from ocr.inspection.places import is_near_largest, place_of_largest
from pages.ui import session
from pages.ui.elements.kernel import made_kernel, show_kernel
from pages.ui.elements.maps import picked
from pages.ui.elements.spot import show_spot
from pages.ui.learn.pictures import largest, show_matrix, show_picture
from pages.ui.learn.step import Step, question_frame, task
from pages.ui.learn.subject import Subject
from pages.ui.text.numbers import signed
from pages.ui.text.terms import tell
from pages.ui.topics import Answer

ASKED = "Horizontal line"  # the kernel of the question
STRONG = 0.7  # of the largest answer: what counts as having found it
WANTED, CHANGED = 12, 3  # the side of the result, and how many weights are to be changed
LIMIT = 1.0  # of a weight
QUESTION = "This kernel looks for horizontal lines. Press the place in the digit where its answer will be the largest."


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    tell(
        "A [[kernel]] is a small square of numbers, here 5 × 5. They are called [[weights|weight]]. The kernel lies on "
        "the picture like a window. Each pixel below it is multiplied with its weight, and all products are added up. "
        "This is the [[dot product]]. It is one number: the answer at this place.",
        "Then the window moves on. When it has been everywhere, the answers are a new picture. Sliding a kernel over a "
        "picture is called [[convolution]].",
    )
    _ask_where(number, subject)
    if str(number) in session.lesson().answers:
        _explore(number, subject)


def _ask_where(number: int, subject: Subject) -> None:
    """The question, which is answered by a press in the picture."""
    lesson, name = session.lesson(), str(number)
    answers = convolve(subject.image, KERNELS[ASKED])
    best = place_of_largest(answers)

    def choose(row: int, column: int) -> None:
        because = (
            f"The largest answer is {signed(float(answers.max()), 2)}, in row {best[0] + 1}, column {best[1] + 1}: "
            "there the ink below the positive weights outweighs the ink below the negative ones the most."
        )
        given = f"row {row + 1}, column {column + 1}"
        lesson.places[name] = (row, column)
        lesson.answer(name, Answer(given, is_near_largest(answers, row, column, STRONG), QUESTION, because))

    with question_frame(number, QUESTION) as answered, st.container(horizontal=True, gap="medium"):
        show_matrix("The kernel", KERNELS[ASKED], "asked_kernel", is_signed=True, limit=largest(KERNELS[ASKED]))
        with st.container(width=232):
            before = (SIZE - 1) // 2
            show_spot(
                subject.image,
                key="where",
                description="The digit, 28 by 28 pixels.",
                caption="The window with the largest answer, and your cross" if answered else "Press in the digit",
                on_choose=None if answered else choose,
                chosen=lesson.places.get(name),
                boxes=[(best[0] - before, best[1] - before, SIZE, SIZE)] if answered else [],
                size=SIZE,
                largest=8,
            )


@st.fragment
def _explore(number: int, subject: Subject) -> None:
    """A kernel of one's own, its answers, and where each comes from."""
    lesson = session.lesson()
    tell(
        "Now make your own kernel. Choose a start, set the brush and paint over the weights. The [[stride]] says how "
        "far the window moves each time. The [[padding]] says whether it may hang over the edge, where all pixels "
        "count as 0 (SAME), or not (VALID)."
    )

    def start_over() -> None:
        lesson.kernels += 1

    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        chosen = st.selectbox("Start with", list(KERNELS), key=session.KERNEL.key, width=180, on_change=start_over)
        stride = st.segmented_control("Stride", (1, 2, 3), default=1, required=True, key="stride") or 1
        padding = st.segmented_control("Padding", PADDINGS, default="SAME", required=True, key="padding") or "SAME"
    start = KERNELS[chosen]
    kernel = made_kernel(start, lesson.kernels, key="own_kernel")
    answers = convolve(subject.image, kernel, stride, padding)
    _say_size(len(subject.image), stride, padding)
    told = picked("own_answers")
    row, column = told[3:] if told and max(told[3:]) < len(answers) else place_of_largest(np.abs(answers))
    top, left = (first_place(len(subject.image), SIZE, stride, padding) + stride * at for at in (row, column))
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=232, gap="xsmall"):
            st.markdown("**Your kernel**")
            show_kernel(start, lesson.kernels, key="own_kernel", limit=LIMIT)
        show_picture(
            "The digit and the window",
            subject.image,
            "own_image",
            "The digit, with the window outlined.",
            limit=1.0,
            boxes=[(0, top, left, SIZE, SIZE)],
        )
        show_picture(
            f"The answers, {len(answers)} × {len(answers)}",
            answers,
            "own_answers",
            "The answers of your kernel.",
            is_signed=True,
            boxes=[(0, row, column, 1, 1)],
            pickable=True,
            echo=told[0] if told else None,
        )
    st.caption("Point at an answer: the window shows where it comes from, and its sum stands below.")
    _show_sum(window(subject.image, SIZE, top, left), kernel, row, column)
    changed = int((np.abs(kernel - start) > 1e-3).sum())
    task(
        number,
        f"Change {CHANGED} weights or more (so far: {changed}). Then choose stride and padding so that there are "
        f"{WANTED}\u00a0×\u00a0{WANTED} answers.",
        changed >= CHANGED and len(answers) == WANTED,
    )


def _say_size(size: int, stride: int, padding: str) -> None:
    """The size of the result as a formula with the numbers filled in."""
    count = output_size(size, SIZE, stride, padding)
    if padding == "SAME":
        share = f"{size} ÷ {stride} = {size / stride:.4g}"
        formula = f"size ÷ stride, rounded up: {share}" + ("" if size % stride == 0 else f", rounded up to {count}")
    else:
        steps = (size - SIZE) / stride
        formula = f"(size − kernel) ÷ stride, rounded down, + 1: ({size} − {SIZE}) ÷ {stride} = {steps:.4g}, " + (
            f"so {int(steps)} + 1 = {count}"
        )
    st.caption(f"Size of the result: {formula}.")


def _show_sum(patch: Array, kernel: Array, row: int, column: int) -> None:
    """Pixels × weights = products, and their sum."""
    products = patch * kernel
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="times_window"):
        show_matrix("Pixels", patch, "sum_pixels", is_signed=False, limit=1.0)
        st.markdown("×", width="content")
        show_matrix("Weights", kernel, "sum_weights", is_signed=True, limit=largest(kernel))
        st.markdown("=", width="content")
        show_matrix("Products", products, "sum_products", is_signed=True, limit=largest(kernel))
    st.markdown(
        f"Row {row + 1}, column {column + 1}: all {SIZE * SIZE} products add up to "
        f"**{signed(float(products.sum()), 2)}**."
    )


WINDOW = Step(
    "A window moves",
    6,
    "Draw a 5 × 5 kernel on the board and compute one dot product by hand. Who can make a kernel that answers only to "
    "the upper edge of a line?",
    show,
)
