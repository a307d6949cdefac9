"""Learn as its visitors meet it, without a browser: `pytest tests/pages/test_learn.py`."""

from __future__ import annotations

import pytest

from pages.ui.learn.steps import STEPS
from pages.ui.session import Answer, Lesson
from tests.pages.apptest import kept, on_canvas, open_page, texts

pytestmark = pytest.mark.usefixtures("fresh_caches", "few_digits")

SEVEN = [[[60.0, 60.0], [200.0, 60.0], [120.0, 230.0]]]
ANSWERED = {str(number): Answer("a guess", False, "A question?", "A reason.") for number in range(1, len(STEPS) + 1)}


def lesson_of(page) -> Lesson:
    return page.session_state["Lesson"]


@pytest.mark.parametrize("number", range(1, len(STEPS) + 1))
@pytest.mark.parametrize("drawn", [False, True], ids=["sample", "drawing"])
def test_every_step_asks_first_and_shows_then(number, drawn):
    drawing = on_canvas(SEVEN) if drawn else {}
    page = open_page("learn", {"step": str(number)}, **drawing)
    assert page.subheader[0].value == f"{number}. {STEPS[number - 1].title}"
    assert "Guess before you look" in texts(page)
    before = texts(page)
    page = open_page("learn", {"step": str(number)}, **drawing, **kept(Lesson(answers=dict(ANSWERED))))
    assert "You said: a guess." in texts(page)
    assert len(texts(page)) > len(before) + 200  # what the question would have been spoilt by
    assert lesson_of(page).step == number
