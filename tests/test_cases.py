"""python -m pytest tests/test_cases.py: inputs that users of other recognisers reported are read rightly.

They lie beside the project, in ../shared/cases, whose README.md says what they are. What is to be seen on a page is
tried by journeys; of pictures that are uploaded to a page, the reading is tried here too.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import pytest

from tests import PROJECT

CASES = PROJECT.parent / "shared" / "cases"
SIGNS = re.compile("[/.,:-]")  # a sign between digits may be named or left out

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"the reported inputs are not at {CASES}")


def by_kind() -> dict[str, list[dict[str, Any]]]:
    """The cases that are files, of each kind."""
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if CASES.is_dir():
        for case in json.loads((CASES / "cases.json").read_text()):
            if case["file"]:
                kinds[case["kind"]].append(case)
    return kinds


def is_right(text: str, case: dict[str, Any]) -> bool:
    """Whether a text is the right one; of animations, `right` says in words what else would do."""
    right = re.escape(case["right"].split(",")[0].split(" with ")[0])
    return re.fullmatch(case.get("accept", right), SIGNS.sub("", text)) is not None


@pytest.mark.parametrize(("kind", "cases"), by_kind().items(), ids=list(by_kind()))
def test_reported_inputs_are_read(kind, cases, cli):
    wrong = {}
    for single in (False, True):
        asked = [case for case in cases if ("--single" in case["args"]) == single]
        if not asked:
            continue
        code, out, err = cli("predict", *(CASES / case["file"] for case in asked), *["--single"] * single)
        assert (code, err) == (0, "")
        for case, line in zip(asked, out.splitlines(), strict=True):
            text = json.loads(line)["text"]
            if not is_right(text, case):
                wrong[case["file"]] = (case["right"], text)
    assert wrong == {}


def test_a_wrong_reading_is_seen():
    case = {"right": "25, or a sentence that only one of 3 frames is read"}
    assert is_right("25", case)
    assert not is_right("26", case)
    signs = {"right": "12", "accept": "1[?]?2"}
    assert [is_right(text, signs) for text in ("12", "1/2", "1?2", "172", "1-", "?2")] == [True] * 3 + [False] * 3
