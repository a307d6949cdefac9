"""Step 10: where it fails: one misread digit, what its reading depends on, and the confusion matrix."""

from __future__ import annotations

import streamlit as st

from ocr import CLASS_NAMES, Evaluation
from ocr.inspection.places import is_near_largest, place_of_largest
from pages.ui import session
from pages.ui.cache import evaluation_on_test, mnist_data
from pages.ui.elements.confusion import show_confusion
from pages.ui.elements.gallery import show_gallery
from pages.ui.elements.spot import show_spot
from pages.ui.learn.cache import drops_where_erased
from pages.ui.learn.pictures import show_picture
from pages.ui.learn.step import Step, lead_away, question_frame, task
from pages.ui.learn.subject import Subject
from pages.ui.text.numbers import percent
from pages.ui.text.terms import tell
from pages.ui.topics import Answer

PATCH = 5  # pixels on each side of what is erased
STRONG = 0.5  # of the largest drop: what counts as having found it
SHOWN = 6


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    evaluation = evaluation_on_test(subject.weights)
    tell(
        f"The network reads {evaluation.correct:,} of {evaluation.count:,} [[test images]] right. That leaves "
        f"{evaluation.count - evaluation.correct:,}. The most interesting question is: which ones, and why?",
    )
    lesson = session.lesson()
    if lesson.mistake is None or lesson.mistake >= evaluation.count:
        lesson.mistake = _first_mistake(evaluation)
    _ask_where(number, subject, evaluation, lesson.mistake)
    if str(number) not in lesson.answers:
        return
    _show_matrix(evaluation)
    _show_misread(evaluation)
    task(number, "Press another misread digit and say in your own words what fooled the network.", lesson.mistakes > 0)
    lead_away({"pages/mistakes.py": "All mistakes"}, "look at all mistakes")


def _first_mistake(evaluation: Evaluation) -> int:
    """The misread image of the question: a 4 read as a 9, if there is one; of no mistakes, what it is least sure of."""
    for cell in ((4, 9), (9, 4), (None, None)):
        positions = evaluation.behind(*cell)
        if len(positions):
            return int(positions[0])
    return int(evaluation.probabilities.max(1).argmin())


def _show_misread(evaluation: Evaluation) -> None:
    """Images behind the chosen cell; a press takes one into the question's place."""
    lesson, split = session.lesson(), mnist_data().test
    positions = evaluation.behind(*lesson.cell)[:SHOWN]
    if not len(positions):
        st.caption("There is no such image. Press another cell.")
        return
    confidence = evaluation.probabilities.max(1)
    opened = show_gallery(
        split.ink(positions),
        [f"{CLASS_NAMES[split.labels[i]]} read as {CLASS_NAMES[evaluation.predictions[i]]}" for i in positions],
        [f"{percent(float(confidence[i]))} sure" for i in positions],
        key="learn_mistakes",
        action="See what its reading depends on",
        compact=True,
    )
    if opened is not None and opened < len(positions):
        lesson.mistake = int(positions[opened])
        lesson.mistakes += 1
        st.rerun()


def _ask_where(number: int, subject: Subject, evaluation: Evaluation, position: int) -> None:
    """The digit, and the question what its reading depends on."""
    lesson, name = session.lesson(), str(number)
    split = mnist_data().test
    image, truth, read = split.ink(position), int(split.labels[position]), int(evaluation.predictions[position])
    drops = drops_where_erased(subject.weights, image, read, PATCH)
    best = place_of_largest(drops)
    what = f"is a {truth}, and the network reads {read}" if truth != read else f"is a {truth}, which is read right"
    question = (
        f"This {what}. We erase a {PATCH} × {PATCH} patch. Press the place where that takes most away from the "
        f"probability of {read}."
    )

    def choose(row: int, column: int) -> None:
        because = (
            f"Erasing the patch around row {best[0] + 1}, column {best[1] + 1} takes "
            f"{100 * float(drops.max()):.0f} points away from the probability of {read}. That part makes it look "
            f"like a {read} to the network."
        )
        lesson.places[name] = (row, column)
        given = f"row {row + 1}, column {column + 1}"
        lesson.answer(name, Answer(given, is_near_largest(drops, row, column, STRONG), question, because))
        lesson.mistake = position

    after = f"This {what}. The frame shows which patch takes most away from the probability of {read}."
    frame = question_frame(number, question, after if lesson.mistakes else "")
    with frame as answered, st.container(horizontal=True, gap="medium"):
        with st.container(width=232):
            first = answered and not lesson.mistakes
            show_spot(
                image,
                key="fooled",
                description=f"A {truth}, 28 by 28 pixels.",
                caption=f"A {truth}, read as {read}",
                on_choose=None if answered else choose,
                chosen=lesson.places.get(name) if first else None,
                boxes=[(best[0] - PATCH // 2, best[1] - PATCH // 2, PATCH, PATCH)] if answered else [],
                size=PATCH,
                largest=8,
            )
        if answered:
            show_picture(
                f"Drop in the probability of {read}",
                drops,
                "learn_occlusion",
                f"By how much the probability of {read} drops when the patch around each pixel is erased.",
                is_signed=True,
                under=image,
            )


def _show_matrix(evaluation: Evaluation) -> None:
    """The confusion matrix; a press chooses whose images are shown."""
    lesson = session.lesson()

    def choose(true: int | None, read: int | None) -> None:
        lesson.cell = (true, read)

    tell(
        "The [[confusion matrix]] counts every kind of mistake. A row is a true digit, a column is what was read. On "
        "the "
        "diagonal, both are the same. Press a cell to see its images."
    )
    show_confusion(
        evaluation.confusion(),
        CLASS_NAMES,
        key="learn_matrix",
        chosen=lesson.cell,
        caption="Rows: true digit. Columns: read as. The more ink, the more mistakes.",
        on_press=choose,
    )


FAILURES = Step(
    "Where it fails",
    5,
    "Ask: would you read these digits rightly? Some labels are doubtful, and nobody gets 100%. Which mistakes would "
    "be "
    "bad on a cheque?",
    show,
)
