"""What outlives a rerun: that it has one place, and what becomes of a drawing."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ocr.data.stroke_file import MOST_POINTS
from pages.ui.drawing import MOST_STROKES, MOST_UNDOS, Drawing, LiveStroke
from tests import PROJECT
from tests.strokes import ONE, SEVEN, ZERO

HOMES = ("pages/ui/session.py", "pages/ui/elements/")


def test_no_other_module_touches_the_session_state():
    sources = [PROJECT / "app.py", *(PROJECT / "pages").rglob("*.py")]
    users = [str(path.relative_to(PROJECT)) for path in sources if "session_state" in path.read_text()]
    assert HOMES[0] in users
    assert {user for user in users if not user.startswith(HOMES)} == set()


def live(step: int, version: int = 0) -> LiveStroke:
    return LiveStroke(version, step, ZERO[0], "1.9.9")


def drawn(*strokes: list[list[float]]) -> Drawing:
    """A drawing of so many strokes, of which the canvas told one by one."""
    drawing = Drawing()
    for step in range(1, len(strokes) + 1):
        drawing.tell(0, step, list(strokes[:step]))
    return drawing


def test_a_stroke_that_is_being_drawn_counts_until_the_canvas_tells_of_it():
    drawing = drawn(*ONE)
    drawing.hear(live(step=2))
    assert len(drawing.all_strokes) == 2
    drawing.tell(0, 2, [*ONE, *ZERO])
    assert drawing.all_strokes == [*ONE, *ZERO]
    drawing.tell(0, 3, ONE)  # rubbed out
    assert drawing.all_strokes == ONE


@pytest.mark.parametrize("stroke", [live(step=1), live(step=2, version=1)])
def test_a_stroke_of_another_drawing_or_canvas_does_not_count(stroke):
    drawing = drawn(*ONE)
    drawing.hear(stroke)
    assert drawing.all_strokes == ONE


def test_what_the_canvas_says_again_or_of_another_version_is_an_old_story():
    drawing = drawn(*ONE, *ZERO)
    drawing.undo()
    drawing.tell(0, 3, [*ONE, *ZERO, *SEVEN])
    assert drawing.strokes == ONE
    drawing.tell(1, 1, [*ONE, *SEVEN])
    drawing.tell(1, 1, [])
    assert drawing.strokes == [*ONE, *SEVEN]


def test_a_server_that_was_started_anew_takes_over_what_the_page_still_has_once():
    drawing = Drawing()
    drawing.tell(0, 7, [*ONE, *ZERO], again=True)
    assert (drawing.strokes, drawing.version, drawing.changed) == (
        [*ONE, *ZERO],
        1,
        True,
    )  # another version: it is mounted
    drawing.tell(0, 7, [*ONE, *ZERO], again=True)  # which every rerun says
    assert (drawing.version, drawing.step) == (1, 0)
    drawing.tell(1, 1, [*ONE, *ZERO, *SEVEN])
    assert drawing.strokes == [*ONE, *ZERO, *SEVEN]
    drawing.tell(0, 8, ONE, again=True)  # it knows the drawing by now
    assert drawing.strokes == [*ONE, *ZERO, *SEVEN]
    drawing.undo()
    drawing.undo()
    assert drawing.strokes == []  # what came back can be taken back


def test_what_is_rubbed_out_makes_a_version_that_fabric_paints_and_undo_brings_it_back():
    drawing = drawn(*ONE, *ZERO)
    drawing.rub()
    drawing.tell(0, 3, ZERO, repaint=True)
    assert (drawing.strokes, drawing.version, drawing.since) == (ZERO, 1, (0, 3))
    drawing.tell(0, 3, ZERO, repaint=True)  # which every rerun says
    assert (drawing.version, drawing.step, drawing.rubbing) == (1, 0, True)
    drawing.undo()
    assert (drawing.strokes, drawing.since) == ([*ONE, *ZERO], None)
    drawing.clear()
    assert not drawing.rubbing  # there is nothing to rub out


def test_undo_takes_off_the_stroke_that_the_canvas_has_not_told_of():
    drawing = drawn(*ONE)
    drawing.hear(live(step=2))
    drawing.undo()
    assert (drawing.strokes, drawing.version, drawing.changed) == (ONE, 1, True)


def test_undo_goes_back_step_by_step_over_strokes_clear_and_samples_and_redo_forth():
    drawing = Drawing()
    drawing.tell(0, 2, [*ONE, *ZERO])  # of two strokes at once
    drawing.clear()
    drawing.put(SEVEN)
    states = [SEVEN, [], [*ONE, *ZERO], ONE, []]
    for before, after in pairwise(states):
        assert drawing.strokes == before
        drawing.undo()
        assert drawing.strokes == after
    drawing.undo()  # there is nothing left
    for state in states[-2::-1]:
        drawing.redo()
        assert drawing.strokes == state
    drawing.undo()
    drawing.tell(drawing.version, 1, ONE)
    assert not drawing.future  # another way was gone


def test_the_last_stroke_outlives_a_page_switch_before_the_canvas_told_of_it():
    drawing = drawn(*ONE)
    drawing.hear(live(step=2))
    drawing.settle()
    assert drawing.strokes == drawing.all_strokes == [*ONE, *ZERO]


def test_clear_forgets_what_was_chosen_and_a_sample_puts_a_picture_away():
    drawing = Drawing(ONE, chosen=1, all_inputs=True)
    drawing.point_at(1, ("maps1", 2, 3, 4))
    drawing.clear()
    assert (drawing.strokes, drawing.chosen, drawing.pixel, drawing.all_inputs) == ([], None, None, False)
    drawing.point_at(1, ("maps1", 2, 3, 4))
    assert drawing.pixel is None  # the element still says so, and that is an old story
    drawing.give(None, "no picture")
    drawing.put(SEVEN)
    assert (drawing.strokes, drawing.picture, drawing.refusal) == (SEVEN, None, "")


def test_thousands_of_strokes_and_empty_ones_are_left_out():
    drawing = Drawing()
    drawing.tell(0, 1, [[], *([[[float(i % 280), 5.0], [3.0, float(i % 280)]] for i in range(9_000)])])
    assert len(drawing.strokes) == MOST_STROKES - 1
    drawing.tell(0, 2, [[]])
    assert drawing.empty


def test_of_a_hundred_thousand_points_as_many_are_kept_as_a_drawing_may_have():
    zigzag = [[float(i % 280), float(i * 7 % 280)] for i in range(100_000)]
    drawing = Drawing()
    drawing.hear(LiveStroke(0, 1, zigzag, "1"))
    assert len(drawing.all_strokes[0]) <= MOST_POINTS
    drawing.tell(0, 1, [zigzag, zigzag[:5]])
    assert 5_000 < len(drawing.strokes[0]) <= MOST_POINTS
    drawing.tell(0, 2, [zigzag[:5_000], zigzag[:4_999]])
    assert drawing.strokes == [zigzag[:5_000], zigzag[:4_999]]


def test_what_undo_goes_back_to_is_bounded_and_holds_each_stroke_once():
    drawing = Drawing()
    for step in range(1, 3 * MOST_UNDOS):
        drawing.tell(0, step, [[[float(i), 1.0]] for i in range(step)])
    assert len(drawing.past) == MOST_UNDOS
    assert drawing.past[-1][0] is drawing.strokes[0]
    assert drawing.past[-1] == drawing.strokes[:-1]
