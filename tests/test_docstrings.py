"""Docstrings have Google's sections: ruff checks the form of these, but takes a heading it does not know for text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SECTIONS = {"Args", "Attributes", "Raises", "Returns", "Yields"}
HEADING = re.compile(r"^ *([A-Z][a-z]+):$", re.MULTILINE)


@pytest.mark.parametrize("path", sorted((ROOT / "ocr").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_sections_have_googles_names(path):
    assert set(HEADING.findall(path.read_text())) <= SECTIONS
