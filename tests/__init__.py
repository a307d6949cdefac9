"""Tests, and the measurements of README.md that are run by hand."""

from pathlib import Path

PROJECT = Path(__file__).parent.parent
