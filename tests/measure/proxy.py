"""Whether the app works in two processes behind nginx: `.venv/bin/python -m tests.measure.proxy`. Needs Debian's nginx.

Brings up two servers and nginx with the configuration of `assets/nginx.conf`, all on 127.0.0.1 and on free ports, lets
visitors draw through it, and looks whether each stays with one process, whether both are used, and whether the run and
the digits that one process knows are known to the other.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import statistics
import tempfile
import urllib.request
from collections import defaultdict
from pathlib import Path

from ocr.data.user_digits import keep_digit
from pages.ui.visitor import COOKIE
from tests.measure.servers import RUN, Served, served, training
from tests.measure.visitor import Visitor
from tests.strokes import SEVEN

ONE = f"{1:032x}"  # the id of all visitors' browsers
VISITORS, STROKES = 12, 3


async def visit(app: Served, number: int) -> list[float]:
    """Draw through the proxy, as one browser; gives the seconds of each stroke."""
    answer = await asyncio.to_thread(urllib.request.urlopen, f"{app.address}/draw", timeout=60)
    route = answer.headers["Set-Cookie"].partition(";")[0]
    cookies = f"{route}; {COOKIE}={ONE}"  # all are one person, in several places
    async with Visitor(app.address, {"Cookie": cookies, "Origin": app.origin}) as visitor:
        await visitor.open("draw")
        chance = random.Random(number)
        seconds = [await visitor.draw(chance) for _ in range(STROKES)]
        await visitor.open("yours")
        assert any("1 digit" in text for text in visitor.texts), "the kept digit is not known here"
        await visitor.open("train", f"run={RUN}")
        assert any("Training" in text for text in visitor.texts), "the run is not known here"
        assert visitor.problems == []
    return seconds


async def meet(app: Served) -> list[float]:
    """Let all in at once."""
    strokes = await asyncio.gather(*(visit(app, number) for number in range(VISITORS)))
    return [seconds for each in strokes for seconds in each]


def routes(log: Path) -> dict[str, set[str]]:
    """Which processes each visitor's requests were passed on to."""
    found = defaultdict(set)
    for line in log.read_text().splitlines():
        route, server, *_ = line.split()
        if route != "-" and server != "-":
            found[route].add(server)
    return found


def main() -> None:
    """Bring it up, draw, and print what was found."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = folder / "runs"
        runs.mkdir()
        os.environ["OCR_OWN_DIR"] = str(runs / ".own")
        keep_digit(SEVEN, 7, owner=hashlib.sha256(f"{COOKIE} {ONE}".encode()).hexdigest()[:32])
        with training(runs), open(folder / "log", "wb") as log, served(folder, runs, 2, log) as app:
            strokes = asyncio.run(meet(app))
        found = routes(folder / "access.log")
        assert len(found) == VISITORS
        assert all(len(used) == 1 for used in found.values()), "a visitor was passed on to two processes"
        used = {server for servers in found.values() for server in servers}
        assert len(used) == 2, "one process had nothing to do"
        print(
            json.dumps(
                {"visitors": len(found), "strokes": len(strokes), "median": round(statistics.median(strokes), 3)}
            )
        )


if __name__ == "__main__":
    main()
