"""Every page in a real browser as axe sees it, wide and light, and as a dark phone shows it. Needs `chromium`.

The lesson is looked at step by step in `test_learn.py`, a run that trains in `test_train.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.accessible import findings_in_both, grave_findings, show_theme
from tests.journeys.browser import draw, overflow, settle
from tests.strokes import FOUR

# What has the keys, if nothing shows that it has: no outline and no shadow, though it is large enough to be seen.
UNSEEN = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const style = getComputedStyle(at);
  const shows = style.outlineStyle !== "none" || style.boxShadow !== "none" || at.getBoundingClientRect().width < 2;
  return at === document.body || shows ? null : at.outerHTML.slice(0, 200);
}"""


FITS = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  return main.scrollWidth <= main.clientWidth;
}"""


def look_deeper(page: Page, look: str) -> None:
    page.locator(".st-key-look_deeper").get_by_role("radio", name=look, exact=True).click()
    expect(page.locator(".st-key-deeper_view")).to_be_visible()
    settle(page)


def open_the_link(page: Page) -> None:
    page.get_by_role("button", name="QR code").click()
    expect(page.get_by_role("img", name="QR code of")).to_be_visible()


def point_at_a_pixel(page: Page) -> None:
    draw(page, FOUR)
    maps = page.locator(".st-key-maps1 canvas")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        maps.press(key)
    expect(page.locator(".st-key-pixel")).to_contain_text("row 3, column 2")
    settle(page)


def open_the_popover(page: Page) -> None:
    page.get_by_role("button", name="Not right?").click()
    expect(page.get_by_text("It is a", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("path", "doings"),
    [
        ("", [open_the_link]),
        ("draw", [point_at_a_pixel, partial(look_deeper, look="How it was prepared"), open_the_popover]),
        ("train", []),
        ("filters", []),
        ("mistakes", [partial(look_deeper, look="Each digit"), partial(look_deeper, look="Confidence")]),
        ("yours", []),
    ],
)
def test_nothing_keeps_people_out(open_page, path: str, doings: list[Callable[[Page], None]]):
    page = open_page(path, width=360, theme="dark")
    settle(page)
    for theme in ("light", "dark"):
        show_theme(page, theme)
        assert overflow(page) <= 0
    assert findings_in_both(page) == []
    page.set_viewport_size({"width": 320, "height": 640})  # 1280 pixels at 400%
    page.wait_for_function(FITS)
    page.set_viewport_size({"width": 1280, "height": 900})
    for do in doings:
        do(page)
        assert grave_findings(page) == []


def test_pages_say_where_one_is_and_what_has_the_keys(open_page):
    page = open_page("")
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.locator("[aria-current=page]")).to_have_text("DigitLens")
    pages.get_by_role("link", name="Draw").click()
    expect(pages.locator("[aria-current=page]")).to_have_text("Draw")
    settle(page)
    headings = page.get_by_role("heading", level=2)
    expect(headings).to_have_text(
        ["Your drawing", "What it reads", "Layer 1 · 16 × 14 × 14", "Layer 2 · 36 × 7 × 7", "Look deeper"]
    )
    expect(page.locator(".st-key-canvas canvas.upper-canvas")).to_have_attribute("role", "application")
    expect(page.locator(".st-key-canvas .dc-toolbar")).to_be_hidden()  # the canvas's own, soon after it is there
    for _ in range(30):  # each of them can be seen to have the keys
        page.keyboard.press("Tab")
        assert page.evaluate(UNSEEN) is None
    page.evaluate(  # as where Streamlit puts the links in late
        """() => { const link = document.querySelector(".st-key-navigation a[aria-current]");
        const late = link.cloneNode(true); late.removeAttribute("aria-current");
        link.replaceWith(late); }"""
    )
    expect(pages.locator("[aria-current=page]")).to_have_text("Draw")
