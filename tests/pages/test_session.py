"""What outlives a rerun: that it has one place, and what becomes of a drawing."""

from __future__ import annotations

import pytest

from pages.ui.drawing import Drawing, LiveStroke
from tests import PROJECT
from tests.strokes import ONE, SEVEN, ZERO

HOMES = ("pages/ui/session.py", "pages/ui/elements/")


def test_no_other_module_touches_the_session_state():
    sources = [PROJECT / "app.py", *(PROJECT / "pages").rglob("*.py")]
    users = [str(path.relative_to(PROJECT)) for path in sources if "session_state" in path.read_text()]
    assert HOMES[0] in users
    assert {user for user in users if not user.startswith(HOMES)} == set()


def live(before: int, version: int = 0) -> LiveStroke:
    return LiveStroke(version, before, 1, ZERO[0], "1.9.9")


def test_a_stroke_that_is_being_drawn_counts_until_the_canvas_tells_of_it():
    drawing = Drawing()
    drawing.tell(ONE)
    drawing.hear(live(before=1))
    assert len(drawing.all_strokes) == 2
    drawing.tell([*ONE, *ZERO])
    assert drawing.all_strokes == [*ONE, *ZERO]
    drawing.tell(ONE)  # taken off in the canvas's own toolbar
    assert drawing.all_strokes == ONE


@pytest.mark.parametrize("stroke", [live(before=0), live(before=1, version=1)])
def test_a_stroke_of_another_drawing_or_canvas_does_not_count(stroke):
    drawing = Drawing(ONE)
    drawing.hear(stroke)
    assert drawing.all_strokes == ONE


def test_undo_takes_off_the_stroke_that_the_canvas_has_not_told_of():
    drawing = Drawing(ONE)
    drawing.hear(live(before=1))
    drawing.undo()
    assert (drawing.strokes, drawing.version, drawing.changed) == (ONE, 1, True)


def test_the_last_stroke_outlives_a_page_switch_before_the_canvas_told_of_it():
    drawing = Drawing(ONE)
    drawing.hear(live(before=1))
    drawing.mount(16)
    assert len(drawing.strokes) == len(drawing.start["objects"]) == 2
    assert len(drawing.all_strokes) == 2


def test_clear_forgets_what_was_chosen_and_a_sample_puts_a_picture_away():
    drawing = Drawing(ONE, chosen=1, all_inputs=True)
    drawing.point_at(1, ("maps1", 2, 3, 4))
    drawing.clear()
    assert (drawing.strokes, drawing.chosen, drawing.pixel, drawing.all_inputs) == ([], 0, None, False)
    drawing.point_at(1, ("maps1", 2, 3, 4))
    assert drawing.pixel is None  # the element still says so, and that is an old story
    drawing.give(None, "no picture")
    drawing.put(SEVEN)
    assert (drawing.strokes, drawing.picture, drawing.refusal) == (SEVEN, None, "")
