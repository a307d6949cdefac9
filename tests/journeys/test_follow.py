"""While a stroke is drawn the page reads by itself; what Python says then is the same, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from ocr import load_checkpoint, predict
from ocr.ink.segment import segment_strokes
from pages.ui.text.numbers import percent
from tests.journeys.browser import clear, draw, said, settle
from tests.strokes import FOUR, ONE, SEVEN, TWO, ZERO

pytestmark = pytest.mark.timeout(180)

# How the image and the maps look, and the reading with its bars.
LOOKS = """() => {
  const canvas = (key) => [...document.querySelectorAll(`.st-key-${key} *`)].map((e) => e.shadowRoot?.querySelector(".maps canvas")).find(Boolean);
  const reading = document.querySelector(".st-key-prediction .reading");
  return [...["seen", "maps1", "maps2"].map((key) => canvas(key).toDataURL()), reading.innerText, reading.querySelector("[role=img]").ariaLabel];
}"""  # noqa: E501


def looks(page: Page) -> list[str]:
    """How image, maps and reading look."""
    return page.evaluate(LOOKS)


def press(page: Page, stroke: list[list[float]]) -> None:
    """Puts the pen down and draws a stroke, without lifting it."""
    box = page.locator(".st-key-canvas canvas.upper-canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + stroke[0][0], box["y"] + stroke[0][1])
    page.mouse.down()
    for x, y in stroke[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=4)


def two_pictures(page: Page) -> None:
    """Waits until the browser has shown what there was to show."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def watch_what_is_sent(page: Page) -> Callable[[], int]:
    """Counts what the page sends to the server from now on."""
    page.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        "WebSocket.prototype.send = function (...message) { window.sent += 1; return send.apply(this, message); }; }"
    )
    return lambda: page.evaluate("window.sent")


def test_image_maps_and_reading_follow_the_pen_and_the_server_is_not_asked(open_page):
    page = open_page("draw")
    sent = watch_what_is_sent(page)
    press(page, SEVEN[0][:2])
    seen = []
    for x, y in ([180, 68], [208, 66], [170, 140], [130, 232]):
        box = page.locator(".st-key-canvas canvas.upper-canvas").bounding_box()
        page.mouse.move(box["x"] + x, box["y"] + y, steps=3)
        two_pictures(page)
        seen.append(looks(page))
    for before, after in pairwise(seen):
        for old, new in zip(before[:3], after[:3], strict=True):
            assert old != new
    expect(said(page)).to_have_text("7")
    assert page.evaluate("getComputedStyle(document.querySelector('.st-key-layers')).opacity") == "1"  # not faint
    assert sent() == 0
    page.mouse.up()
    expect(page.locator(".st-key-undo button").last).to_be_enabled()
    assert sent() > 0


def test_what_python_says_of_the_finished_stroke_is_what_the_page_read(open_page):
    page = open_page("draw")
    page.evaluate(
        f"() => {{ const looks = {LOOKS};"
        "document.addEventListener('ink', ({ detail: ink }) => {"
        "[window.ended, window.strokes] = [!ink.points, ink.strokes]; });"
        "document.addEventListener('read', () => { if (window.ended) window.ours = looks(); }); }"
    )
    for version, strokes in enumerate((SEVEN, TWO, FOUR, [*ONE, *ZERO])):  # Clear makes a version
        *first, last = strokes
        draw(page, first)
        press(page, last)
        page.evaluate("window.ended = false, window.ours = null")
        page.mouse.up()
        page.wait_for_function("window.ours")
        ours = page.evaluate("window.ours")
        expect(page.locator(".st-key-undo button").last).to_be_enabled()
        page.wait_for_function(
            "heard => document.querySelector('.st-key-reading .reading').dataset.heard === heard",
            arg=f"{version},{len(strokes)}",
        )
        settle(page)
        theirs = looks(page)
        assert ours[3:] == theirs[3:]
        drawn = page.evaluate("window.strokes")
        glyphs = segment_strokes(drawn).glyphs
        glyph = next(glyph for glyph in glyphs if any(list(map(list, one)) == drawn[-1] for one in glyph.strokes))
        shares = [percent(float(value)) for value in predict(load_checkpoint(), [glyph.image])[0].probabilities]
        assert theirs[4].endswith(", ".join(f"{digit}: {share}" for digit, share in enumerate(shares)))
        clear(page).click()
        expect(clear(page)).to_be_disabled()
        settle(page)


def test_without_the_script_python_follows_the_pen_and_nothing_is_said(open_page):
    page = open_page("draw")
    page.evaluate("() => { Float32Array.from = () => { throw new Error('an old browser'); }; }")
    draw(page, SEVEN, release=False)
    expect(said(page)).to_have_text("7")
    assert page.evaluate("document.querySelector('.st-key-reading .reading').dataset.heard") == "0,1"  # by Python
    page.mouse.up()
    expect(page.locator(".st-key-undo button").last).to_be_enabled()
    expect(said(page)).to_have_text("7")


def test_a_second_stroke_that_begins_at_once_is_shown_with_the_first(open_page):
    page = open_page("draw")
    press(page, FOUR[0])
    page.mouse.up()
    press(page, FOUR[1])
    expect(said(page)).to_have_text("4")
    page.mouse.up()
    expect(page.locator(".st-key-undo button").last).to_be_enabled()
    settle(page)
    expect(said(page)).to_have_text("4")
    expect(page.get_by_role("img", name=re.compile(r"ten digits: 0: [\d.]+%, .*4: over 99.9%, .*9: "))).to_be_visible()


def test_what_a_pixel_looked_at_lights_up_before_the_server_is_asked_and_stays_when_it_has_answered(open_page):
    page = open_page("draw")
    page.locator(".st-key-sample_2 button:visible").first.click()
    expect(said(page)).to_have_text("2")
    settle(page)
    plain, sent = looks(page), watch_what_is_sent(page)
    page.evaluate(
        f"() => {{ const looks = {LOOKS};"
        "document.addEventListener('boxes', () => { window.lit = looks(); window.asked = window.sent; }); }"
    )
    page.locator(".st-key-layer2 canvas").first.hover(position={"x": 27, "y": 40})
    expect(page.locator(".st-key-pixel")).to_contain_text("Layer 2, map 1, row 5, column 5")
    settle(page)
    lit = page.evaluate("window.lit")
    assert lit[0] != plain[0]  # the field in the image
    assert lit[1] != plain[1]  # the patch in the maps before
    assert looks(page)[:3] == lit[:3]
    assert page.evaluate("window.asked") == 0
    assert sent() > 0
