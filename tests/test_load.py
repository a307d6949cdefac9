"""The load program: that nothing of a failure is lost."""

from __future__ import annotations

from tests.measure.load import faults

UNCAUGHT = """Uncaught app execution
Traceback (most recent call last):
  File "pages/train.py", line 96, in watch_run
    show_learning(run)
RuntimeError: no"""


def test_errors_of_a_server_are_kept_with_their_tracebacks_and_counted():
    log = f"""
2026-11-30 05:34:49.055 Uvicorn server started on 127.0.0.1:34687

  URL: http://127.0.0.1:34687

2026-11-30 05:34:50.055 {UNCAUGHT}
2026-11-30 05:34:50.056 Couldn't find a fragment
2026-11-30 05:34:52.711 {UNCAUGHT}
"""
    assert faults(log) == {UNCAUGHT: 2}
