"""A real browser on a real server: what the journeys share. Needs Debian's `chromium`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from playwright.sync_api import Locator, Page, expect

from tests import PROJECT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT = 30_000  # milliseconds; busy machines are slow, and waiting ends as soon as the thing is there

expect.set_options(timeout=TIMEOUT)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def serve(
    runs: Path,
    port: int | None = None,
    log: IO[bytes] | None = None,
    options: Sequence[str] = (),
    path: str = "",
    **settings: str,
) -> tuple[subprocess.Popen, str]:
    """A fresh server and its address, with the `path` that `options` give it.

    What it prints goes to `log`; `settings` are variables of its environment.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    command += options
    server = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | {"OCR_RUNS_DIR": str(runs), "OCR_OWN_DIR": str(runs / ".own")} | settings,
        stdout=log or subprocess.DEVNULL,
        stderr=log or subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}{path}"
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return server, address
        except OSError:
            assert server.poll() is None, "the server ended at once"
            assert time.monotonic() < deadline, "the server did not start within a minute"
            time.sleep(0.1)


def settle(page: Page) -> None:
    """Waits until the script has run."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def draw(page: Page, strokes: list[list[list[float]]], release: bool = True) -> None:
    """Draws with the mouse; `release` False leaves the last stroke's button down."""
    canvas = page.locator(".st-key-canvas canvas.upper-canvas")
    canvas.wait_for()
    box = canvas.bounding_box()
    assert box
    for number, stroke in enumerate(strokes):
        page.mouse.move(box["x"] + stroke[0][0], box["y"] + stroke[0][1])
        page.mouse.down()
        for x, y in stroke[1:]:
            page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
        if release or number < len(strokes) - 1:
            page.mouse.up()
            expect(undo(page)).to_be_enabled()
            settle(page)


class Fingers:
    """Fingers on a touch screen, by their numbers; places are on the canvas, and below it is the page."""

    def __init__(self, page: Page) -> None:
        box = page.locator(".st-key-canvas canvas.upper-canvas").bounding_box()
        assert box
        self._left, self._top = box["x"], box["y"]
        self._browser = page.context.new_cdp_session(page)
        self._browser.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 5})
        self._down: dict[int, tuple[float, float]] = {}

    def down(self, finger: int, x: float, y: float) -> None:
        self._down[finger] = x, y
        self._send("touchStart", self._down)

    def move(self, finger: int, x: float, y: float) -> None:
        self._down[finger] = x, y
        self._send("touchMove", self._down)

    def up(self, finger: int) -> None:
        self._send("touchEnd", {finger: self._down.pop(finger)})

    def draw(self, finger: int, stroke: list[list[float]]) -> None:
        """Goes down at its first point, and stays down at its last."""
        self.down(finger, *stroke[0])
        for x, y in stroke[1:]:
            self.move(finger, x, y)

    def _send(self, kind: str, fingers: dict[int, tuple[float, float]]) -> None:
        points = [{"id": finger, "x": self._left + x, "y": self._top + y} for finger, (x, y) in fingers.items()]
        self._browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def undo(page: Page) -> Locator:
    """The button; the last, because while a page is drawn anew its old one may still be there."""
    return page.locator(".st-key-undo button").last


def said(page: Page) -> Locator:
    return page.locator(".st-key-prediction .digit")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth; }"
    )
