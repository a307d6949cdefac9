"""Processor time that one look at a training run costs the server, in milliseconds.

Run it by `.venv/bin/python -m tests.measure.tick [RUN] [LOOKS]`.

Before each look the run's weights and reports are touched, so that they are read anew, as while it trains.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable

from ocr.runs.folder import list_runs
from ocr.runs.run import Run
from pages.ui.elements import curves
from pages.ui.train import learning, runs, transport
from tests.pages.apptest import check, open_page

PARTS = [(runs, "states"), (runs, "reports_of"), (transport, "show_status"), (curves, "show_curves")]
PARTS += [(learning, "show_learning")]


def main(name: str | None = None, looks: str = "30") -> None:
    run = Run(list_runs()[0].path.parent / name) if name else list_runs()[0]
    spent: dict[str, float] = defaultdict(float)
    for module, part in PARTS:
        setattr(module, part, timed(getattr(module, part), spent, part))
    page = open_page("train", run=run.name)
    rows = []
    for _ in range(int(looks)):
        for path in (run.checkpoint_path, run.path / "metrics.jsonl"):
            os.utime(path)
        spent.clear()
        check(page.run())
        rows.append(dict(spent))
    print(f"Medians of {len(rows)} looks at {run.name}")
    for part in rows[0]:
        print(f"{part:14} {statistics.median(row[part] for row in rows):6.1f}")
    print(f"{'all':14} {statistics.median(sum(row.values()) for row in rows):6.1f}")


def timed(function: Callable, spent: dict[str, float], part: str) -> Callable:
    """The same function, which adds what it takes."""

    def call(*args: object, **options: object) -> object:
        started = time.thread_time()
        try:
            return function(*args, **options)
        finally:
            spent[part] += 1000 * (time.thread_time() - started)

    return call


if __name__ == "__main__":
    main(*sys.argv[1:])
