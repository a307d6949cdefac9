"""How many people a server bears: `.venv/bin/python -m tests.measure.load [--people 10 30 60 100] [--processes 2]`.

A server of its own, or several processes behind nginx, one training run, and so many people, each a session of
Streamlit over a websocket of its own. All of them draw a stroke every two seconds and clear after three. A fifth of
them also goes to another page and back after each drawing. A fifth as many more watch the run on Train. What they send
is what a browser sends: the widgets' states, and the hashes of the messages that it has kept.

Prints, for each number of people, the seconds from sending a stroke to the end of the script (median, 95 %, longest),
how many strokes were not answered, the time that pages took to open, the servers' processor time a stroke, how many
cores each process kept busy (so one sees what gives first), and memory: of servers and trainer together at most, and
how the servers' grew; at last what pages showed as exceptions, and all that the servers logged of errors, with its
tracebacks. Everything is bounded: seconds, strokes, sessions and processes. For a soak of half an hour:
`--people 10 --seconds 1800`. Each line of JSON is followed, on stderr, by a row of the table in `assets/CLASS.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.measure.servers import RUN, Served, served, training
from tests.measure.visitor import Visitor

EVERY = 2.0  # seconds from stroke to stroke
STROKES_A_DRAWING = 3
FIFTH = 5  # every fifth also changes pages, and a fifth as many more watch
ELSEWHERE = ("", "filters", "mistakes", "train", "yours")
PATIENCE = 30.0  # seconds; a stroke that has no answer then has none
MINUTE, WARM = 60, 300  # seconds
ENOUGH = 1.0  # seconds in which 95 % of the strokes should be answered
BUSY = 0.8  # of a core; what it is given beside others is then used up
MOST_PEOPLE, MOST_SECONDS, MOST_PROCESSES = 150, 3600.0, 4  # so that it ends, whatever is asked for


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


async def person(app: Served, number: int, told: Told, begin: float, until: float) -> None:
    """One who draws."""
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, begin))
    visitor = Visitor(app.address, headers_of(app, number))
    try:
        async with visitor:
            await visitor.open("draw")
            await draw(visitor, told, until, chance, wanders=number % FIFTH == 0)
            told.size += visitor.received
    except Exception:  # whatever it is, it counts
        told.problems.append(traceback.format_exc())
    told.problems += visitor.problems


async def watcher(app: Served, number: int, told: Told, begin: float, until: float) -> None:
    """One who watches the run: each look is asked for by the page's own timer."""
    await asyncio.sleep(random.Random(-number).uniform(0, begin))
    visitor = Visitor(app.address, headers_of(app, MOST_PEOPLE + number))
    try:
        async with visitor:
            await visitor.open("train", f"run={RUN}")
            await visitor.watch(until)
            told.looks += visitor.looks
    except Exception:
        told.problems.append(traceback.format_exc())
    told.problems += visitor.problems


def memory(*pids: int, kind: str = "Pss") -> float:
    """Bytes of these processes: by `Pss`, what several share is shared out; by `Rss`, each has it as a whole."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) * 1024
    return total


def processor_seconds(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def watch_memory(pids: list[int], servers: int, seen: list[tuple[float, float]]) -> None:
    """Note every second the memory of all processes, and of the servers, until it is cancelled.

    How servers grow must not depend on which other programs happen to share torch with them: that is by `Rss`.
    """
    while True:
        seen.append((memory(*pids), memory(*pids[:servers], kind="Rss")))
        await asyncio.sleep(1)


def growth(megabytes: list[float]) -> list[float]:
    """Give the memory in the first minute, the sixth and the last (medians), and the growth in percent since the sixth.

    In the first five minutes every page is opened for the first time, and what is read once is kept from then on.
    """
    first, sixth, last = (
        statistics.median(part)
        for part in (megabytes[:MINUTE], megabytes[WARM:][:MINUTE] or megabytes, megabytes[-MINUTE:])
    )
    return [round(first), round(sixth), round(last), round(100 * (last / sixth - 1), 1)]


async def meet(app: Served, people: int, seconds: float, trainer: int) -> dict[str, Any]:
    """Let so many people in, and say what they met; `trainer` is the process that trains, or 0."""
    for number in range(4 * len(app.pids)):  # so that each process is met
        async with Visitor(app.address, headers_of(app, 2 * MOST_PEOPLE + number)) as first:  # imports everything
            await first.open("draw")
    told = Told()
    seen: list[tuple[float, float]] = []
    begin = min(20.0, 2.0 + people / 4)  # they do not all come in the same second
    began = time.monotonic()
    until = began + begin + seconds
    pids = [*app.pids, *([trainer] if trainer else []), os.getpid()]
    noting = asyncio.create_task(watch_memory(pids[:-1], len(app.pids), seen))
    before = [processor_seconds(pid) for pid in pids]
    await asyncio.gather(
        *(person(app, number, told, begin, until) for number in range(people)),
        *(watcher(app, number, told, begin, until) for number in range(max(1, people // FIFTH))),
    )
    noting.cancel()
    used = [processor_seconds(pid) - then for pid, then in zip(pids, before, strict=True)]
    busy = [round(cores / (time.monotonic() - began), 2) for cores in used]
    servers = len(app.pids)
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
        "server_ms_a_stroke": round(1000 * sum(used[:servers]) / len(strokes)),
        "busy_cores": {"servers": busy[:servers], "trainer": busy[servers:-1], "people": busy[-1]},
        "kB_a_stroke": round(told.size / 1000 / len(strokes)),
        "megabytes": round(max(all_of_them for all_of_them, _ in seen) / 1e6),
        "server_megabytes_at_first_warm_last_growth": growth([own / 1e6 for _, own in seen[int(begin) :]]),
        "problems": Counter(told.problems),
    }


def headers_of(app: Served, number: int) -> dict[str, str]:
    """Give what a browser says of itself: whose page it is, and by which process it is answered behind nginx."""
    return {"Cookie": f"digitlens_route={random.Random(number).getrandbits(128):032x}", "Origin": app.origin}


def row_of(figures: dict[str, Any], processes: int) -> str:
    """Write the figures as a row of the table in `assets/CLASS.md`."""
    cells = [figures["people"], processes, figures["strokes"], figures["unanswered"]]
    cells += [f"{figures[name]:.2f}" for name in ("median", "p95")]
    cells += [f"{figures['server_ms_a_stroke']} ms", f"{figures['megabytes'] / 1000:.1f} GB", gives_first(figures)]
    return f"| {' | '.join(map(str, cells))} |"


def gives_first(figures: dict[str, Any]) -> str:
    """Say what people wait for, if they wait longer than they should."""
    if figures["p95"] <= ENOUGH and not figures["unanswered"]:
        return "nothing"
    busy = figures["busy_cores"]
    if max(busy["servers"]) >= BUSY:
        return "a server process, which computes on one core"
    cores = sum(busy["servers"]) + sum(busy["trainer"]) + busy["people"]
    return "the machine's cores" if cores >= BUSY * (os.cpu_count() or 1) else "something else"


def faults(log: str) -> Counter[str]:
    """Count what the servers logged of errors, each with its traceback, without the time of day."""
    words = ("Traceback", "Error", "Exception", "WARNING", "Warning")
    entries = re.split(r"^\d{4}-\d\d-\d\d [\d:.,]+ ", log, flags=re.MULTILINE)
    return Counter(entry.strip() for entry in entries if any(word in entry for word in words))


def parsed() -> argparse.Namespace:
    """Read what is to be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[10, 30, 60, 100])
    parser.add_argument("--seconds", type=float, default=60.0, help="after the last has come")
    parser.add_argument("--processes", type=int, default=1, help="server processes; several are behind nginx")
    parser.add_argument("--alone", action="store_true", help="without a training run")
    asked = parser.parse_args()
    if not all(1 <= people <= MOST_PEOPLE for people in asked.people):
        parser.error(f"From 1 to {MOST_PEOPLE} people can be let in.")
    if not 1 <= asked.seconds <= MOST_SECONDS:
        parser.error(f"It can go on for 1 to {MOST_SECONDS:.0f} seconds.")
    if not 1 <= asked.processes <= MOST_PROCESSES:
        parser.error(f"There can be 1 to {MOST_PROCESSES} server processes.")
    return asked


def main() -> None:
    """Measure each number of people on servers of their own."""
    asked = parsed()
    for people in asked.people:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            runs, log = folder / "runs", folder / "log"
            runs.mkdir()
            beside = nullcontext() if asked.alone else training(runs)
            with beside as run, open(log, "ab") as file, served(folder, runs, asked.processes, file) as app:
                trainer = run.status().pid if run else 0
                try:
                    figures = asyncio.run(meet(app, people, asked.seconds, trainer))
                except BaseException:  # then there are no figures, but what the servers said tells why
                    print(log.read_text(errors="replace"), file=sys.stderr)
                    raise
            logged = faults(log.read_text(errors="replace"))
            print(json.dumps({"processes": asked.processes} | figures | {"log": logged}), flush=True)
            print(row_of(figures, asked.processes), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
