"""A class on one server: two browsers, one that trains and one that watches, and the teacher's. Needs `chromium`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import draw, said, served, settle
from tests.strokes import SEVEN

SLOW = 90_000  # milliseconds; a trainer starts in seconds, and on a busy machine in many

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def classroom(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("class")
    secrets = folder / "secrets.toml"
    secrets.write_text('teacher_password = "chalk"\n')
    with served(folder / "runs", [f"--secrets.files={secrets}"], OCR_RUNS_BY="owner") as where:
        yield where


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).and_(page.locator(":visible")).first.click()


def test_one_trains_the_other_watches_and_waits_and_the_teacher_ends_it(open_page, classroom):
    anna, ben = (open_page("train", where=classroom) for _ in range(2))
    press(anna, "Train 10,000 iterations")
    expect(anna.get_by_role("button", name="Stop")).to_be_enabled(timeout=SLOW)

    press(ben, "Add to the queue")  # the page has followed by itself
    queue = ben.locator(".st-key-queue")
    expect(queue).to_contain_text("1 · tutorial-2 (yours)", timeout=SLOW)
    expect(anna.locator(".st-key-queue")).to_contain_text("1 · tutorial-2")
    expect(anna.locator(".st-key-queue button")).to_have_count(0)  # it is not Anna's
    ben.get_by_label("Run", exact=True).first.click()
    ben.get_by_role("option", name="tutorial-1", exact=True).click()
    expect(ben.get_by_text("You watch this run")).to_be_visible()
    expect(ben.locator(".st-key-status").last).to_contain_text(re.compile(r"Training.*iteration \d"), timeout=SLOW)
    expect(ben.locator(".st-key-learning canvas").first).to_be_visible()
    for name in ("Stop", "Pause", "Reset", "Delete", "Rename"):
        expect(ben.get_by_role("button", name=name, exact=True)).to_have_count(0)

    teacher = open_page("teacher", where=classroom)
    teacher.get_by_label("Password", exact=True).fill("chalk")
    press(teacher, "Open")
    expect(teacher.locator(".st-key-class_training")).to_contain_text("1 · tutorial-2 waits")
    expect(teacher.locator(".st-key-people tr", has_text="Train")).to_contain_text("2", timeout=SLOW)
    press(teacher, "Stop all")
    expect(queue).to_have_count(0, timeout=SLOW)
    expect(anna.locator(".st-key-status").last).to_contain_text("Stopped", timeout=SLOW)
    teacher.locator(".st-key-shown_pages").get_by_text("Mistakes").click()
    settle(teacher)
    expect(open_page("mistakes", where=classroom).get_by_text("Your teacher has hidden this page")).to_be_visible()


def test_each_browser_keeps_its_own_digits_also_after_a_reload(open_page, classroom):
    anna, ben = (open_page("draw", where=classroom) for _ in range(2))
    draw(anna, SEVEN)
    expect(said(anna)).to_have_text("7")
    press(anna, "Not right?")
    anna.get_by_role("radio", name="1", exact=True).or_(anna.get_by_role("button", name="1", exact=True)).last.click()
    press(anna, "It is a 1, keep it")
    expect(anna.get_by_role("link", name="Kept as a 1")).to_be_visible()
    for page, text in ((anna, "1 digit"), (ben, "No digits of yours are kept yet.")):
        page.goto(f"{classroom}/yours")
        settle(page)
        expect(page.get_by_text(text).first).to_be_visible()
    ben.context.add_cookies([{"name": "digitlens", "value": "damaged", "url": classroom}])
    ben.reload()
    ben.wait_for_function("/(^|; )digitlens=[0-9a-f]{32}(;|$)/.test(document.cookie)")  # it is given another one
