"""A real browser on a real server: what the journeys share. Needs Debian's `chromium`."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from PIL import Image
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
OPENING = 90_000  # milliseconds; for its first page a server imports everything

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


@contextmanager
def served(runs: Path, options: Sequence[str] = (), **settings: str) -> Iterator[str]:
    """The address of a server that `serve` starts, for as long as it is needed."""
    server, where = serve(runs, options=options, **settings)
    try:
        yield where
    finally:
        end(server)


def end(server: subprocess.Popen) -> None:
    """Ends a server at once; asked to end, it would wait for what it is doing."""
    server.kill()
    server.wait()


def settle(page: Page, timeout: float = TIMEOUT) -> None:
    """Waits until the script has run and the page has its look, which Streamlit loads a script of its own for."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=timeout)
    page.wait_for_selector(".stHtml style", state="attached", timeout=timeout)
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


def clear(page: Page) -> Locator:
    """The button; the last, as with Undo."""
    return page.locator(".st-key-clear button").last


def said(page: Page) -> Locator:
    return page.locator(".st-key-prediction .digit")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth; }"
    )


def look_deeper(page: Page, look: str) -> Locator:
    page.get_by_role("radio", name=look).click()
    return page.locator(".st-key-deeper_view")


def tap(page: Page, element: Locator, x: float, y: float) -> None:
    """As a finger does at this place of an element."""
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    points = [{"x": box["x"] + x, "y": box["y"] + y}]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def painted(page: Page, key: str) -> int:
    """How many colours there are on the canvas of a map grid: 1 or 0 when nothing is drawn on it."""
    return page.locator(f".st-key-{key} canvas").first.evaluate(
        """canvas => { const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const seen = new Set(); for (let i = 0; i < data.length; i += 4) seen.add(data[i] * 65536 + data[i+1] * 256 + data[i+2]);
        return seen.size; }"""  # noqa: E501
    )


def inked(page: Page, x: float, y: float) -> float:
    """How far the screen at a place of the canvas is from its ground: 0 is the ground, 1 black on white."""
    canvas = page.locator(".st-key-canvas canvas.upper-canvas")
    picture = Image.open(io.BytesIO(canvas.screenshot())).convert("L")
    scale = picture.width / 280
    place, ground = (int(x * scale), int(y * scale)), (int(5 * scale), int(275 * scale))
    return abs(picture.getpixel(place) - picture.getpixel(ground)) / 255
