"""What tests of pages share: what a page asks of trainers, which are not there to do it."""

from __future__ import annotations

import pytest

from ocr.runs.run import Run


@pytest.fixture
def started(monkeypatch) -> list:
    """What the page has asked to be started or stepped, instead of doing it."""

    def record(run, count=None, asked=()):
        started.append((run.name, count, tuple(asked)))

    started: list = []
    monkeypatch.setattr("ocr.runs.queue.start", record)
    return started


@pytest.fixture
def asked(monkeypatch) -> list:
    """What the page has asked of a run's process, which is not there to do it."""
    requests: list = []
    monkeypatch.setattr("pages.ui.runs.PATIENCE", 0)
    monkeypatch.setattr(Run, "_ask", lambda run, what, value=None: requests.append((what, value)))
    return requests
