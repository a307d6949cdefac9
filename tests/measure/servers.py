"""Servers for programs that measure: one process, or several behind nginx, and a run that trains beside them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from ocr.files import ASSETS
from ocr.runs.folder import create_run, start
from ocr.runs.run import Run
from ocr.training.recipe import PRESETS
from tests.journeys.browser import free_port, serve

RUN = "watched"
PATIENCE = 60  # seconds that a server may take to end, on a machine with much to do
PATH = "digits"  # under which nginx passes on, as in assets/nginx.conf
NGINX = """
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


@dataclass(frozen=True)
class Served:
    """An app that is served.

    Attributes:
        address: Of the app, with its path.
        origin: Of its pages.
        pids: Of the server processes.
    """

    address: str
    origin: str
    pids: list[int]


@contextmanager
def training(runs: Path) -> Iterator[Run]:
    """Train a run that does not end by itself, as long as this is open."""
    os.environ["OCR_RUNS_DIR"] = str(runs)
    run = create_run(RUN, replace(PRESETS["tutorial"], iterations=10_000_000), "tutorial")
    start(run)
    try:
        yield run
    finally:
        run.request_stop()
        while run.status().live:
            time.sleep(0.1)


@contextmanager
def served(folder: Path, runs: Path, processes: int, log: IO[bytes]) -> Iterator[Served]:
    """Serve the app, as long as this is open.

    Args:
        folder: For nginx's files, and its log of who was passed on where (`access.log`).
        runs: The folder of runs, which all processes share.
        processes: How many server processes; several are behind nginx, with the configuration of `assets/nginx.conf`.
        log: Where the servers write.
    """
    options = ["--server.baseUrlPath", PATH] if processes > 1 else []
    path = f"/{PATH}" if processes > 1 else ""
    ports, started = [free_port() for _ in range(processes)], []
    try:
        for port in ports:
            started.append(serve(runs, port, log=log, options=options, path=path)[0])
        pids = [server.pid for server in started]
        port = ports[0]
        if processes > 1:
            port = free_port()
            started.append(_start_nginx(folder, port, ports))
            _wait_for(f"http://127.0.0.1:{port}{path}/_stcore/health")
        yield Served(f"http://127.0.0.1:{port}{path}", f"http://127.0.0.1:{port}", pids)
    finally:
        for server in started:
            server.terminate()
        for server in started:
            server.wait(PATIENCE)


def _start_nginx(folder: Path, port: int, servers: list[int]) -> subprocess.Popen:
    """Start nginx with the documented configuration, on other ports and for as many servers."""
    documented = "".join(f"    server 127.0.0.1:{server};\n" for server in (8501, 8502))
    site = (ASSETS / "nginx.conf").read_text()
    assert documented in site
    site = site.replace(documented, "".join(f"    server 127.0.0.1:{server};\n" for server in servers))
    (folder / "digitlens.conf").write_text(site.replace("listen 80;", f"listen 127.0.0.1:{port};"))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx, "There is no nginx. Install it: apt-get install nginx-light"
    return subprocess.Popen([nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)])


def _wait_for(address: str) -> None:
    """Wait until something answers there, at most ten seconds."""
    deadline = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            assert time.monotonic() < deadline, f"{address} does not answer"
            time.sleep(0.1)
