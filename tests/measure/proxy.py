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
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections import defaultdict
from pathlib import Path

from ocr.data.user_digits import keep_digit
from ocr.files import ASSETS
from pages.ui.visitor import COOKIE
from tests.journeys.browser import free_port, serve
from tests.measure.load import train
from tests.measure.visitor import Visitor
from tests.strokes import SEVEN

ONE = f"{1:032x}"  # the id of all visitors' browsers
VISITORS, STROKES = 12, 3
PATH = "digits"
WRAPPED = """
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
    log_format routes '$cookie_digitlens_route $upstream_addr $status $request';
    access_log {folder}/access.log routes;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/digitlens.conf;
}}
"""


def start_nginx(folder: Path, port: int, servers: list[int]) -> subprocess.Popen:
    """Start nginx with the documented configuration, on other ports."""
    site = (ASSETS / "nginx.conf").read_text().replace("listen 80;", f"listen 127.0.0.1:{port};")
    for documented, server in zip((8501, 8502), servers, strict=True):
        site = site.replace(f"server 127.0.0.1:{documented};", f"server 127.0.0.1:{server};")
    (folder / "digitlens.conf").write_text(site)
    (folder / "nginx.conf").write_text(WRAPPED.format(folder=folder))
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx, "There is no nginx. Install it: apt-get install nginx-light"
    return subprocess.Popen([nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)])


async def visit(address: str, number: int) -> list[float]:
    """Draw through the proxy, as one browser; gives the seconds of each stroke."""
    answer = await asyncio.to_thread(urllib.request.urlopen, f"{address}/draw", timeout=60)
    route = answer.headers["Set-Cookie"].partition(";")[0]
    cookies = f"{route}; {COOKIE}={ONE}"  # all are one person, in several places
    async with Visitor(address, {"Cookie": cookies, "Origin": address.removesuffix(f"/{PATH}")}) as visitor:
        await visitor.open("draw")
        chance = random.Random(number)
        seconds = [await visitor.draw(chance) for _ in range(STROKES)]
        await visitor.open("yours")
        assert any("1 digit" in text for text in visitor.texts), "the kept digit is not known here"
        await visitor.open("train", "run=watched")
        assert any("Training" in text for text in visitor.texts), "the run is not known here"
        assert visitor.problems == []
    return seconds


async def meet(address: str) -> list[float]:
    """Let all in at once."""
    strokes = await asyncio.gather(*(visit(address, number) for number in range(VISITORS)))
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
        run, port, ports, servers = train(runs), free_port(), [], []
        try:
            for _ in range(2):
                ports.append(free_port())
                servers.append(serve(runs, ports[-1], options=["--server.baseUrlPath", PATH], path=f"/{PATH}")[0])
            servers.append(start_nginx(folder, port, ports))
            time.sleep(1)
            strokes = asyncio.run(meet(f"http://127.0.0.1:{port}/{PATH}"))
        finally:
            for server in servers:
                server.terminate()
                server.wait(20)
            run.request_stop()
            while run.status().live:
                time.sleep(0.1)
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
