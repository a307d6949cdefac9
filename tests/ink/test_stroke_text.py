"""Strokes as text, in links and in stroke files: `pytest tests/ink/test_stroke_text.py`."""

from __future__ import annotations

import base64
import json
import random
import re

import numpy as np
import pytest

from ocr import OCRError, from_strokes
from ocr.ink.canvas import sample_strokes
from ocr.ink.stroke_text import LONGEST, read_first_line, read_strokes, write_line, write_strokes


def test_the_bytes_are_counts_and_steps():
    # one stroke of 3 points: 3; (+5, +6) -> 10, 12; (-1, +64) -> 1, 128 = 0x80 0x01; (0, -64) -> 0, 127
    expected = base64.urlsafe_b64encode(bytes([3, 10, 12, 1, 0x80, 0x01, 0, 127])).decode().rstrip("=")
    assert write_strokes([[(5, 6), (4, 70), (4, 6)]]) == expected
    assert read_strokes(expected) == [[[5, 6], [4, 70], [4, 6]]]


def test_points_are_rounded_and_written_once_in_a_row():
    assert read_strokes(write_strokes([[(1.4, 2.6), (1.0, 3.0), (9, 9), (9.4, 9.2), (1, 3)], [], [(280, 0)]])) == [
        [[1, 3], [9, 9], [1, 3]],
        [[280, 0]],
    ]


@pytest.mark.parametrize("seed", range(20))
def test_any_drawing_comes_back(seed):
    chance = random.Random(seed)
    strokes = [
        [
            [chance.randrange(-32_767, 32_768) if seed % 2 else chance.randrange(281) for _ in "xy"]
            for _ in range(length)
        ]
        for length in chance.choices(range(1, 9), k=5)
    ]
    kept = [[point for i, point in enumerate(stroke) if not i or point != stroke[i - 1]] for stroke in strokes]
    assert read_strokes(write_strokes(strokes)) == kept


@pytest.mark.parametrize("digit", range(10))
def test_a_drawing_of_a_digit_is_short_and_the_same_picture(digit):
    strokes = sample_strokes(digit)
    text = write_strokes(strokes)
    assert len(text) < 4 + 3 * sum(map(len, strokes))
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
    assert np.abs(from_strokes(read_strokes(text)) - from_strokes(strokes)).max() < 0.12


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "====",
        "AA",
        "nonsense!",
        "Ag",
        "gICAgAE",
        "Á",
        "AAAA",
        "\x00",
        "BQAA",
        "gA",
        "AQ==",
        "A Q",
        "../..",
        "NaN",
    ],
)
def test_what_is_no_drawing_is_said_to_be_damaged(text):
    with pytest.raises(OCRError, match="The drawing of this link cannot be read"):
        read_strokes(text)


def test_a_text_that_was_cut_or_is_too_long_or_far_away_is_refused():
    text = write_strokes([[(100, 100), (200, 200), (100, 250)]])
    for end in range(1, len(text)):
        with pytest.raises(OCRError):
            read_strokes(text[:end])
    with pytest.raises(OCRError, match="longer than 2,000 characters"):
        read_strokes("A" * (LONGEST + 1))
    with pytest.raises(OCRError, match="too far away"):
        write_strokes([[(0, 0), (1e9, 0)]])
    with pytest.raises(OCRError, match="no ink"):
        write_strokes([])
    far = write_strokes([[(32_767, 0)]]), write_strokes([[(-32_767, 0)]])
    assert [read_strokes(one) for one in far] == [[[[32_767, 0]]], [[[-32_767, 0]]]]


def test_a_text_that_was_changed_gives_points_or_a_sentence():
    chance, alphabet = random.Random(1), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    text, read = write_strokes(sample_strokes(3)), 0
    for _ in range(500):
        place = chance.randrange(len(text))
        try:
            strokes = read_strokes(text[:place] + chance.choice(alphabet) + text[place + 1 :])
        except OCRError:
            continue
        read += 1
        assert all(len(point) == 2 and all(abs(value) < 1 << 15 for value in point) for s in strokes for point in s)
    assert 0 < read < 500


def test_a_line_of_a_stroke_file_comes_back_and_other_files_get_a_sentence():
    strokes = [[[1.5, 2.0], [3.0, 4.0]], [[5.0, 6.0]]]
    line = write_line(strokes, "drawing")
    assert json.loads(line) == {"id": "drawing", "strokes": strokes}
    assert line.endswith("\n")
    assert read_first_line(line.encode() * 2, "two.jsonl") == strokes
    for content in (b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"strokes": 3', b"[" * 100_000):
        with pytest.raises(OCRError, match=r"bad\.jsonl is no stroke file"):
            read_first_line(content, "bad.jsonl")
    with pytest.raises(OCRError, match="larger than 1 MB"):
        read_first_line(b" " * 1_000_001, "bad.jsonl")
    for strokes_text in (b"3", b'"text"', b"[[[1]]]", b'[[["a", 1]]]', b"[[[NaN, 1]]]", b"[]"):
        with pytest.raises(OCRError):
            read_first_line(b'{"strokes": ' + strokes_text + b"}", "bad.jsonl")
