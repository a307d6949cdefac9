"""What training is tested with."""

from __future__ import annotations

import pytest

from ocr.training import batches


@pytest.fixture(autouse=True)
def few_are_drawn(monkeypatch):
    """So few synthetic digits that nobody waits for them; 60,000 take seconds in each test."""
    for name in ("SYNTHETIC_IMAGES", "FINE_TUNE_SYNTHETIC_IMAGES"):
        monkeypatch.setattr(batches, name, 300)
