"""python -m pytest tests/ink/test_signs.py: what is drawn between, around and below digits is no digit."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import segment_image, segment_strokes
from tests.ink.test_segment import FLAGGED_ONE, ONE, THREE, TWO, ZERO, moved, picture, row

SLASH = [[(45, -12), (5, 112)]]
POINT = [[(0, 95), (3, 98), (0, 99)]]
COMMA = [[(6, 92), (0, 122)]]
MINUS = [[(0, 50), (35, 50)]]
EQUALS = [[(0, 38), (45, 40)], [(0, 62), (45, 60)]]
DIVISION = [[(0, 50), (45, 50)], [(21, 22), (24, 25)], [(21, 75), (24, 78)]]
LONG_COMMA = [[(8, 98), (0, 130)]]
EXCLAMATION = [[(0, 0), (0, 72)], [(-2, 95), (2, 98)]]
QUESTION = [[(0, 20), (10, 3), (30, 3), (38, 20), (30, 40), (18, 50), (18, 72)], [(16, 95), (20, 98)]]
COLON = [[(0, 30), (3, 33)], [(0, 95), (3, 98)]]


def ring(x, y, wide, high):
    return [[(x + wide * np.cos(t), y + high * np.sin(t)) for t in np.linspace(0, 6.3, 60)]]


def written(strokes) -> str:
    """The text, each digit as a letter."""
    page = segment_strokes(strokes)
    return page.text("abcdefgh"[: len(page.glyphs)])


@pytest.mark.parametrize("open_by", [0.35, -0.6])
def test_a_ring_whose_ends_do_not_meet_is_left_out(open_by):
    turns = np.linspace(0, 6.28 - open_by, 90)
    spiral = [[((75 - 2 * t) * np.cos(t) + 30, (85 - 2 * t) * np.sin(t) + 50) for t in turns]]
    page = segment_image(picture([[*THREE, *spiral]]))
    assert len(page.glyphs) == 1
    assert [piece.reason for piece in page.left_out] == ["a ring around digits"]


def test_a_ring_that_touches_a_digit_loses_none():
    page = segment_image(picture([[*row(ZERO, THREE)[0], *row(ZERO, THREE)[1], *ring(66, 50, 86, 84)]]))
    assert len(page.glyphs) == 2
    assert [piece.reason for piece in page.left_out] == ["a ring around digits"]


@pytest.mark.parametrize(
    ("sign", "text"),
    [
        (SLASH, "a/b"),
        (POINT, "a.b"),
        (COMMA, "a,b"),
        (MINUS, "a-b"),
        (COLON, "a:b"),
        (EQUALS, "a=b"),
        (DIVISION, "a÷b"),
        (EXCLAMATION, "a!b"),
    ],
)
def test_a_sign_between_digits_is_named_and_is_no_digit(sign, text):
    assert written([stroke for part in row(THREE, sign, TWO, gap=25) for stroke in part]) == text
    drawn = segment_image(picture([THREE, sign, TWO]))
    assert drawn.text("ab") == text


@pytest.mark.parametrize(
    ("sign", "text"), [(LONG_COMMA, "a,b"), (MINUS, "a-b"), (EQUALS, "a=b"), (COLON, "a:b")], ids=[",", "-", "=", ":"]
)
def test_a_sign_close_to_a_digit_is_no_part_of_it(sign, text):
    strokes = [stroke for part in row(THREE, sign, TWO, gap=14) for stroke in part]
    assert written(strokes) == text
    assert segment_image(picture([strokes])).text("ab") == text


@pytest.mark.parametrize("gap", [6, 12])
def test_a_slash_close_to_a_2_is_no_upright_of_a_4(gap):
    strokes = [stroke for part in row(TWO, SLASH, THREE, gap=gap) for stroke in part]
    assert written(strokes) == "a/b"


def bracket(bow):
    return [[(bow * (1 - (y / 60 - 0.83) ** 2), y) for y in range(-10, 111, 6)]]


def test_brackets_around_digits_are_named_and_are_no_1s():
    parts = row(TWO, bracket(-22), THREE, ZERO, bracket(22), gap=20)
    assert written([stroke for part in parts for stroke in part]) == "a(bc)"
    assert segment_image(picture([TWO, bracket(-22), THREE, ZERO, bracket(22)])).text("abc") == "a(bc)"


def test_a_bracket_close_to_a_digit_is_no_stroke_of_it():
    parts = row(ONE, bracket(-22), THREE, gap=45)
    parts.append(moved(bracket(22), max(stroke[:, 0].max() for stroke in parts[-1]) + 14))
    strokes = [stroke for part in parts for stroke in part]
    assert written(strokes) == "a(b)"
    assert segment_image(picture([strokes])).text("ab") == "a(b)"


def test_a_question_mark_is_told_by_its_dot():
    assert written([stroke for part in row(THREE, QUESTION, TWO, gap=25) for stroke in part]) == "a?b"
    assert len(segment_image(picture([THREE, QUESTION, TWO])).glyphs) == 3  # there familiarity tells


def test_a_dot_below_a_short_1_is_no_sign_of_its_digit_beside_it():
    strokes = [stroke for part in row(TWO, EXCLAMATION, THREE, gap=10) for stroke in part]
    assert written(strokes) == "a!b"


def test_a_point_after_a_7_that_is_written_high_stays_a_point():
    seven = [[(0, 0), (45, 0), (15, 84)]]
    strokes = [stroke for part in row(TWO, seven, POINT, THREE, gap=12) for stroke in part]
    assert written(strokes) == "ab.c"


def test_a_1_that_bows_is_no_bracket():
    parts = row(ZERO, bracket(-9), THREE, TWO, gap=30)
    assert written([stroke for part in parts for stroke in part]) == "abcd"


def test_a_sign_knows_its_place_and_its_line():
    page = segment_strokes(
        [stroke for part in row(ONE, THREE, SLASH, ZERO, gap=25) for stroke in part]
        + [stroke for part in row(TWO, MINUS, ZERO, gap=25, y=200) for stroke in part]
    )
    assert [(sign.text, sign.line, sign.after) for sign in page.signs] == [("/", 0, 2), ("-", 1, 1)]
    assert page.text("abcde") == "ab/c\nd-e"


@pytest.mark.parametrize("lean", [0.0, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("gap", [36, 60])
def test_slanted_ones_stand_apart_and_are_no_slashes(lean, gap):
    ones = [[(gap * i + lean * (100 - y), y) for y in range(0, 101, 10)] for i in range(3)]
    assert written(ones) == "abc"
    assert len(segment_image(picture([ones])).glyphs) == 3


def test_a_one_among_slanted_digits_is_no_slash():
    slanted = [[(0.3 * (100 - y), y) for y in range(0, 101, 10)]]
    assert written([stroke for part in row(THREE, slanted, TWO, gap=25) for stroke in part]) == "abc"


@pytest.mark.parametrize("digits", [[ZERO], [ZERO, ONE], [THREE, TWO]])
def test_a_ring_around_digits_is_left_out(digits):
    strokes = [stroke for part in row(*digits, gap=25) for stroke in part]
    points = np.concatenate(strokes)
    (left, top), (right, bottom) = points.min(0), points.max(0)
    around = ring((left + right) / 2, (top + bottom) / 2, 0.9 * (right - left) + 25, 0.9 * (bottom - top))
    page = segment_strokes([*strokes, *around])
    assert len(page.glyphs) == len(digits)
    assert [piece.reason for piece in page.left_out] == ["a ring around digits"]
    drawn = segment_image(picture([moved([*strokes, *around], 150, 60, 0.7)]))
    assert len(drawn.glyphs) == len(digits)


@pytest.mark.parametrize("slash", [[(40, 30), (20, 70)], [(45, 35), (15, 68)]])
def test_a_0_with_a_slash_inside_is_no_ring(slash):
    page = segment_strokes([*ZERO, slash])
    assert [len(glyph.strokes) for glyph in page.glyphs] == [2]
    assert not page.left_out


@pytest.mark.parametrize("digit", [TWO, THREE, ONE, FLAGGED_ONE])
def test_a_line_below_a_single_digit_is_left_out(digit):
    strokes = moved(digit, 100, 0)
    points = np.concatenate(strokes)
    line = [(points[:, 0].min() - 25, 112), (points[:, 0].max() + 25, 113)]
    page = segment_strokes([*strokes, line])
    assert len(page.glyphs[0].strokes) == len(strokes)
    assert [piece.reason for piece in page.left_out] == ["an underline"]


@pytest.mark.parametrize("gap", [6, 12, 18])
def test_a_digit_broken_across_is_one_digit(gap):
    """A pen that skips leaves the upper and the lower half of a 3."""
    upper = [(0, 5), (50, 12), (30, 45 - gap / 2)]
    lower = [(28, 50 + gap / 2), (55, 75), (0, 95)]
    digits = row(ONE, [upper, lower], ZERO, gap=45)
    page = segment_strokes([stroke for digit in digits for stroke in digit])
    assert [len(glyph.strokes) for glyph in page.glyphs] == [1, 2, 1]
    assert not page.left_out


def test_of_a_single_digit_the_ring_is_part():
    """A 0 with a short curved stroke inside is not left as that stroke."""
    image = picture([[*moved(ZERO, 0, 0), [(25, 28), (38, 48), (25, 70)]]])
    assert len(segment_image(image).left_out) == 1  # as a ring around something
    [glyph] = segment_image(image, single=True).glyphs
    assert glyph.box[3] - glyph.box[1] > 95


@pytest.mark.parametrize("length", [46, 56])
def test_a_long_comma_is_no_1_of_a_line_below(length):
    comma = [[(8, 82), (0, 82 + length)]]
    page = segment_image(picture([THREE, comma, TWO]))
    assert page.text("ab") == "a,b"


def test_a_degree_sign_is_no_0():
    page = segment_image(picture([THREE, TWO, ring(20, 12, 18, 18), THREE]))
    assert len(page.glyphs) == 3
