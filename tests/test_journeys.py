"""What people do, in a real browser: `pytest tests/test_journeys.py`. Needs Debian's `chromium`."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

PROJECT = Path(__file__).parent.parent
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
PAGES = {"": "DigitLens", "draw": "Draw", "train": "Train", "filters": "Filters", "mistakes": "Mistakes"}

SEVEN = [[(70, 70), (140, 68), (208, 66), (170, 140), (130, 232)]]
TWO = [[(80, 95), (105, 58), (150, 46), (190, 72), (184, 115), (140, 165), (84, 232), (140, 232), (206, 230)]]
FOUR = [[(130, 46), (104, 110), (78, 162), (140, 162), (212, 160)], [(172, 90), (168, 160), (162, 242)]]

expect.set_options(timeout=TIMEOUT)
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "there is no chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


def serve(runs: Path) -> tuple[subprocess.Popen, str]:
    """A fresh server and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    server = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | {"OCR_RUNS_DIR": str(runs)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return server, address
        except OSError:
            assert server.poll() is None, "the server ended at once"
            assert time.monotonic() < deadline, "the server did not start within a minute"
            time.sleep(0.1)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server, where = serve(tmp_path_factory.mktemp("runs"))
    yield where
    server.terminate()
    server.wait(10)


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page of the app; at the end it must have asked nobody but our server, and raised no error."""
    contexts, errors, strangers = [], [], []

    def open_(path: str = "", width: int = 1280, theme: str = "light", where: str = address) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((where, "data:", "blob:")) else strangers.append(request.url)
            ),
        )
        page.goto(f"{where}/{path}")
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []
    assert strangers == []


def settle(page: Page) -> None:
    """Waits until the script has run."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def draw(page: Page, strokes: list[list[tuple[float, float]]], release: bool = True) -> None:
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
        if number < len(strokes) - 1:
            page.mouse.up()
            expect(page.locator(".st-key-undo button")).to_be_enabled()
            page.wait_for_timeout(300)  # the canvas tells of a stroke 200 ms after its end
            settle(page)
    if release:
        page.mouse.up()


def said(page: Page) -> Locator:
    return page.locator(".st-key-prediction .digit")


def painted(page: Page, key: str) -> int:
    """How many colours there are on the canvas of a map grid: 1 or 0 when nothing is drawn on it."""
    return page.locator(f".st-key-{key} canvas").first.evaluate(
        """canvas => { const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const seen = new Set(); for (let i = 0; i < data.length; i += 4) seen.add(data[i] * 65536 + data[i+1] * 256 + data[i+2]);
        return seen.size; }"""  # noqa: E501
    )


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth; }"
    )


@pytest.mark.parametrize(("strokes", "digit"), [(SEVEN, "7"), (TWO, "2"), (FOUR, "4")])
def test_a_digit_drawn_with_the_mouse_is_read_and_all_52_maps_show(open_page, strokes, digit):
    page = open_page("draw")
    draw(page, strokes)
    expect(said(page)).to_have_text(digit)
    expect(page.locator(".st-key-layer1")).to_contain_text("16 × 14 × 14")
    expect(page.locator(".st-key-layer2")).to_contain_text("36 × 7 × 7")
    assert painted(page, "layer1") > 20
    assert painted(page, "layer2") > 20


def test_the_reading_moves_while_the_pen_is_still_down(open_page):
    page = open_page("draw")
    expect(said(page)).to_have_text("")
    draw(page, SEVEN, release=False)
    expect(said(page)).to_have_text("7")
    page.mouse.up()
    expect(page.locator(".st-key-undo button")).to_be_enabled()
    expect(said(page)).to_have_text("7")


def test_undo_clear_and_samples(open_page):
    page = open_page("draw")
    draw(page, FOUR)
    expect(said(page)).to_have_text("4")
    page.locator(".st-key-undo button").click()
    expect(said(page)).not_to_have_text("4")
    page.locator(".st-key-clear button").click()
    expect(page.locator(".st-key-undo button")).to_be_disabled()
    expect(said(page)).to_have_text("")
    page.locator(".st-key-sample_3 button").first.click()
    expect(said(page)).to_have_text("3")


def test_the_drawing_survives_a_page_switch(open_page):
    page = open_page("draw")
    draw(page, TWO)
    expect(said(page)).to_have_text("2")
    expect(page.locator(".st-key-undo button")).to_be_enabled()
    page.get_by_role("link", name="Filters").click()
    expect(page.locator("h1")).to_have_text("Filters")
    page.get_by_role("link", name="Draw", exact=True).click()
    expect(page.locator("h1")).to_have_text("Draw")
    expect(said(page)).to_have_text("2")
    expect(page.locator(".st-key-undo button")).to_be_enabled()


def test_pointing_at_a_pixel_shows_where_its_number_comes_from(open_page):
    page = open_page("draw")
    page.locator(".st-key-sample_2 button").first.click()
    expect(said(page)).to_have_text("2")
    maps = page.locator(".st-key-layer2 canvas").first
    maps.hover(position={"x": 27, "y": 27})
    readout = page.locator(".st-key-layer2 .readout")
    expect(readout).to_contain_text(re.compile(r"^Map 1, row 4, column 4: "))
    value = readout.inner_text().split(": ")[1]
    account = page.locator(".st-key-pixel")
    expect(account).to_contain_text(f"Layer 2, map 1, row 4, column 4: {value}, because")
    expect(account).to_contain_text("Sum over all 16 input maps")
    # Arrow keys step on from there.
    maps.focus()
    page.keyboard.press("ArrowRight")
    expect(account).to_contain_text("Layer 2, map 1, row 4, column 5")


def test_the_looks_deeper_open(open_page):
    page = open_page("draw")
    page.locator(".st-key-sample_5 button").first.click()
    settle(page)
    view = page.locator(".st-key-deeper_view")
    expect(view).to_have_count(0)
    for look, text in {
        "Why this digit": "make the logit",
        "How it was prepared": "Left out: read as",
        "Change the drawing": "Along",
        "Stroke by stroke": "Points drawn",
    }.items():
        page.get_by_role("radio", name=look).click()
        expect(view).to_contain_text(text)
    page.get_by_role("radio", name="Slide the window").click()
    slide = page.locator(".slide")
    slide.locator(".step").click()
    cell = int(slide.get_attribute("data-cell") or -1)
    slide.locator(".step").click()
    assert int(slide.get_attribute("data-cell") or -1) == cell + 1
    expect(slide.locator(".sum")).to_contain_text(re.compile(r"the 25 products sum to −?\d+\.\d{3}"))


def test_a_run_is_started_watched_stopped_and_taken_up_again(open_page):
    page = open_page("train")
    page.get_by_role("button", name="+10,000", exact=True).click()
    status = page.locator(".st-key-status")
    expect(status).to_contain_text("Training", timeout=60_000)
    expect(status).to_contain_text(re.compile(r"iteration [1-9][\d,]* of 10,000"), timeout=60_000)
    expect(page.locator(".st-key-curves canvas, .st-key-curves svg").first).to_be_visible()
    # Somebody else sees the same run, and the page they look at is not the one that trains.
    other = open_page("train")
    expect(other.locator(".st-key-status")).to_contain_text("of 10,000")
    page.locator(".st-key-stop button").click()
    expect(status).to_contain_text("Stopped", timeout=60_000)
    reached = int(re.search(r"iteration ([\d,]+)", status.inner_text())[1].replace(",", ""))
    assert 0 < reached < 10_000
    page.get_by_role("button", name="+1", exact=True).click()
    expect(status).to_contain_text(f"iteration {reached + 1:,} of {reached + 1:,}", timeout=60_000)
    expect(status).to_contain_text("Finished", timeout=60_000)


@pytest.mark.parametrize("path", PAGES)
def test_each_page_opens_by_its_own_address_on_a_fresh_server(open_page, tmp_path, path):
    server, where = serve(tmp_path)
    try:
        page = open_page(f"{path}?from=a+link", where=where)
        for name in PAGES.values():
            expect(page.get_by_role("link", name=name, exact=True).first).to_be_visible()
        expect(page).to_have_title(re.compile("DigitLens"))
        if path:
            expect(page.locator("h1")).to_have_text(PAGES[path])
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_a_phone(open_page, path, theme):
    page = open_page(path, width=360, theme=theme)
    page.wait_for_timeout(500)
    assert overflow(page) <= 0
