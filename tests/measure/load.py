"""How many people one server bears: `.venv/bin/python -m tests.measure.load [--people 10 30 60 100]`.

A server of its own, one training run, and so many people, each a session of Streamlit over a websocket of its own.
All of them draw a stroke every two seconds and clear after three. A fifth of them also goes to another page and back
after each drawing. A fifth as many more watch the run on Train. What they send is what a browser sends: the widgets'
states, and the hashes of the messages that it has kept.

Prints, for each number of people, the seconds from sending a stroke to the end of the script (median, 95 %, longest),
how many strokes were not answered, the time that pages took to open, processor time a stroke, and the memory of server
and trainer. Everything is bounded: seconds, strokes and sessions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from ocr.runs.folder import create_run, start
from ocr.runs.run import Run
from ocr.training.recipe import PRESETS
from tests.journeys.browser import serve
from tests.measure.visitor import Visitor

EVERY = 2.0  # seconds from stroke to stroke
STROKES_A_DRAWING = 3
FIFTH = 5  # every fifth also changes pages, and a fifth as many more watch
ELSEWHERE = ("", "filters", "mistakes", "train", "yours")
PATIENCE = 30.0  # seconds; a stroke that has no answer then has none
RUN = "watched"


@dataclass
class Told:
    """What came of it, in seconds."""

    strokes: list[float] = field(default_factory=list)
    unanswered: int = 0
    pages: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    size: int = 0  # bytes that were received


async def draw(visitor: Visitor, told: Told, until: float, chance: random.Random, wanders: bool) -> None:
    """Draw until then; `wanders` is whether another page is opened after each drawing."""
    await asyncio.sleep(chance.uniform(0, EVERY))
    drawn = 0
    while time.monotonic() < until:
        began = time.monotonic()
        if drawn == STROKES_A_DRAWING:
            drawn = 0
            await visitor.press("clear")
            if wanders:
                told.pages.append(await visitor.open(chance.choice(ELSEWHERE)))
                told.pages.append(await visitor.open("draw"))
        drawn += 1
        try:
            told.strokes.append(await asyncio.wait_for(visitor.draw(chance), PATIENCE))
        except TimeoutError:
            told.unanswered += 1
        await asyncio.sleep(max(0.0, began + EVERY - time.monotonic()))


async def person(address: str, number: int, told: Told, begin: float, until: float) -> None:
    """One who draws."""
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, begin))
    try:
        async with Visitor(address) as visitor:
            await visitor.open("draw")
            await draw(visitor, told, until, chance, wanders=number % FIFTH == 0)
            told.size += visitor.received
            told.problems += visitor.problems
    except Exception as error:  # whatever it is, it counts
        told.problems.append(f"{type(error).__name__}: {error}")


async def watcher(address: str, number: int, told: Told, begin: float, until: float) -> None:
    """One who watches the run: each look is asked for by the page's own timer."""
    await asyncio.sleep(random.Random(-number).uniform(0, begin))
    try:
        async with Visitor(address) as visitor:
            await visitor.open("train", f"run={RUN}")
            await visitor.watch(until)
            told.looks += visitor.looks
            told.problems += visitor.problems
    except Exception as error:
        told.problems.append(f"{type(error).__name__}: {error}")


def memory(*pids: int) -> float:
    """Bytes of these processes, what they share counted once for each that shares it."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total


def processor_seconds(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def watch_memory(pids: list[int], seen: list[float]) -> None:
    """Note the memory every second, until it is cancelled."""
    while True:
        seen.append(memory(*pids))
        await asyncio.sleep(1)


async def meet(address: str, people: int, seconds: float, pids: list[int]) -> dict[str, object]:
    """Let so many people in, and say what they met."""
    async with Visitor(address) as first:  # imports everything
        await first.open("draw")
    told, seen = Told(), []
    begin = min(20.0, 2.0 + people / 4)  # they do not all come in the same second
    until = time.monotonic() + begin + seconds
    noting = asyncio.create_task(watch_memory(pids, seen))
    before = processor_seconds(pids[0])
    await asyncio.gather(
        *(person(address, number, told, begin, until) for number in range(people)),
        *(watcher(address, number, told, begin, until) for number in range(max(1, people // FIFTH))),
    )
    noting.cancel()
    used = processor_seconds(pids[0]) - before
    strokes = sorted(told.strokes)
    return {
        "people": people,
        "strokes": len(strokes),
        "unanswered": told.unanswered,
        "median": round(statistics.median(strokes), 3),
        "p95": round(strokes[int(0.95 * len(strokes))], 3),
        "longest": round(strokes[-1], 3),
        "pages_median": round(statistics.median(told.pages), 3) if told.pages else None,
        "looks": len(told.looks),
        "looks_median": round(statistics.median(told.looks), 3) if told.looks else None,
        "server_ms_a_stroke": round(1000 * used / len(strokes)),
        "server_busy": round(used / (begin + seconds), 2),
        "kB_a_stroke": round(told.size / 1000 / len(strokes)),
        "megabytes": round(max(seen) / 1e6),
        "megabytes_first_last": [round(seen[0] / 1e6), round(seen[-1] / 1e6)],
        "problems": sorted(set(told.problems))[:5],
    }


def train(runs: Path) -> Run:
    """Start a run that does not end by itself."""
    os.environ["OCR_RUNS_DIR"] = str(runs)
    run = create_run(RUN, replace(PRESETS["tutorial"], iterations=10_000_000), "tutorial")
    start(run)
    return run


def faults(log: Path) -> list[str]:
    """Lines of the server's log that tell of an error."""
    words = ("Traceback", "Error", "Exception", "WARNING", "Warning")
    return [line for line in log.read_text(errors="replace").splitlines() if any(word in line for word in words)]


def main() -> None:
    """Measure each number of people on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[10, 30, 60, 100])
    parser.add_argument("--seconds", type=float, default=60.0, help="after the last has come")
    parser.add_argument("--alone", action="store_true", help="without a training run")
    parser.add_argument("--address", help="of a server that runs already, instead of one of its own")
    arguments = parser.parse_args()
    for people in arguments.people:
        with tempfile.TemporaryDirectory() as folder:
            runs, log = Path(folder) / "runs", Path(folder) / "log"
            runs.mkdir()
            server: subprocess.Popen | None = None
            address = arguments.address
            run = None if arguments.alone else train(runs)
            try:
                with open(log, "wb") as file:
                    if not address:
                        server, address = serve(runs, log=file)
                    pids = [process for process in (server and server.pid, run and run.status().pid) if process]
                    figures = asyncio.run(meet(address, people, arguments.seconds, pids or [os.getpid()]))
                print(json.dumps(figures | {"log": faults(log)[:5]}), flush=True)
            finally:
                if server:
                    server.terminate()
                    server.wait(20)
                if run:
                    run.request_stop()
                    while run.status().live:
                        time.sleep(0.1)


if __name__ == "__main__":
    main()
