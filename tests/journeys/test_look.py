"""What people see of a drawing in the maps and below them, in a real browser. Needs Debian's `chromium`."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import draw, look_deeper, painted, said, settle, tap
from tests.strokes import FOUR

pytestmark = pytest.mark.timeout(180)


def accents(page: Page, key: str) -> int:
    """How many pixels of a map grid have the accent colour, in which boxes are drawn."""
    return page.locator(f".st-key-{key} canvas").first.evaluate(
        """canvas => { const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let count = 0; for (let i = 0; i < data.length; i += 4)
          if (Math.abs(data[i] - 0x1f) + Math.abs(data[i + 1] - 0x6f) + Math.abs(data[i + 2] - 0x5c) < 12) count++;
        return count; }"""
    )


def test_large_maps_have_the_whole_width(open_page):
    page = open_page("draw")
    maps = [page.locator(f".st-key-layer{number} canvas").first for number in (1, 2)]
    before = [one.bounding_box() for one in maps]
    page.get_by_role("button", name="More").click()
    page.get_by_text("Large maps").click()
    page.keyboard.press("Escape")
    page.wait_for_function("width => document.querySelector('.st-key-layer1').offsetWidth > width", arg=500)
    for one, small in zip(maps, before, strict=True):
        while one.bounding_box()["width"] <= 1.6 * small["width"]:  # until the test's time is over
            page.wait_for_timeout(50)


def test_pointing_at_a_pixel_shows_where_its_number_comes_from(open_page):
    page = open_page("draw")
    page.locator(".st-key-sample_2 button:visible").first.click()
    expect(said(page)).to_have_text("2")
    assert accents(page, "seen") == accents(page, "layer1") == 0
    maps = page.locator(".st-key-layer2 canvas").first
    maps.hover(position={"x": 27, "y": 40})
    readout = page.locator(".st-key-layer2 .readout")
    expect(readout).to_contain_text(re.compile(r"^Map 1, row 5, column 5: "))
    value = readout.inner_text().split(": ")[1]
    account = page.locator(".st-key-pixel")
    expect(account).to_contain_text(f"Layer 2, map 1, row 5, column 5: {value}, because")
    expect(account).to_contain_text("Sum over all 16 input maps")
    settle(page)
    assert accents(page, "seen") > 100  # its receptive field
    assert accents(page, "layer1") > 16 * 50  # a patch in each of the 16 maps
    # Arrow keys step on from there.
    maps.focus()
    page.keyboard.press("ArrowRight")
    expect(account).to_contain_text("Layer 2, map 1, row 5, column 6")


def test_on_a_phone_a_link_below_the_maps_leads_to_the_account_of_a_tapped_pixel(open_page):
    page = open_page("draw", width=360)
    note, bars = (page.locator(f".st-key-prediction {part}").first.bounding_box() for part in (".sure", ".row"))
    assert note["x"] == bars["x"]  # the words before the first stroke
    page.locator(".st-key-sample_2 button:visible").first.click()
    expect(said(page)).to_have_text("2")
    tap(page, page.locator(".st-key-layer1 canvas").first, 27, 40)
    account = page.locator(".st-key-pixel").get_by_text("Layer 1, map 1, row 6, column 6")
    expect(account).to_be_attached()
    page.locator(".st-key-layer1 a.to-pixel").click()
    expect(account).to_be_in_viewport()
    expect(page.locator("h1")).to_have_text("Draw")
    expect(said(page)).to_have_text("2")


def test_why_this_digit_shows_evidence_that_sums_to_the_logit(open_page):
    page = open_page("draw")
    page.locator(".st-key-sample_6 button:visible").first.click()
    expect(said(page)).to_have_text("6")
    expect(page.locator(".st-key-deeper_view")).to_have_count(0)
    view = look_deeper(page, "Why this digit")
    expect(view).to_contain_text(re.compile(r"the logit −?\d+\.\d{3} of 6"))
    features, biases, logit = (
        float(number.replace("−", "-"))
        for number in re.search(
            r"them (\S+), and (\S+) from the biases, make the logit (\S+) of", view.inner_text()
        ).groups()
    )
    assert features + biases == pytest.approx(logit, abs=0.0015)
    expect(view).to_contain_text(re.compile(r"With ink of [\d.]+ pixels added and [\d.]+ removed, .* read as \d"))
    for key in ("why_evidence", "why_saliency", "why_occlusion", "why_flip"):
        assert painted(page, key) > 10
    settle(page)
    view.get_by_role("radio", name="3", exact=True).click()
    expect(view).to_contain_text("For and against 3")


def test_the_window_slides_steps_and_follows_the_pointer(open_page):
    page = open_page("draw")
    view = look_deeper(page, "Slide the window")
    slide = view.locator(".slide")

    def cell() -> int:
        return int(slide.get_attribute("data-cell") or -1)

    expect(slide).not_to_have_attribute("data-cell", "0")  # it plays by itself
    slide.locator(".play").click()
    expect(slide.locator(".play")).to_have_text("Play")
    before = cell()
    slide.locator(".step").click()
    assert cell() == before + 1
    slide.locator(".result").hover(position={"x": 130, "y": 130})
    assert cell() == 14 * 28 + 14
    slide.locator(".source").hover(position={"x": 4, "y": 4})
    assert cell() == 0
    expect(slide.locator(".sum")).to_contain_text(re.compile(r"Row 1, column 1: the 25 products sum to −?\d+\.\d{3}"))
    total, bias, value, largest, relu = (
        float(found.replace("−", "-")) for found in re.findall(r"−?\d+\.\d{3}", slide.locator(".sum").inner_text())
    )
    assert total + bias == pytest.approx(value, abs=0.0015)
    assert largest >= value
    assert relu == max(0, largest)
    # By keyboard, back too; and by a finger, which scrolls the page all the same.
    tap(page, slide.locator(".result"), 130, 130)
    expect(slide).to_have_attribute("data-cell", str(14 * 28 + 14))
    slide.locator(".result").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    expect(slide).to_have_attribute("data-cell", str(13 * 28 + 13))
    assert "pan-y" in slide.locator(".result").evaluate("canvas => getComputedStyle(canvas).touchAction")


def test_the_preparation_shows_what_each_step_is_for(open_page):
    page = open_page("draw")
    draw(page, [[(20, 20), (28, 20), (36, 20), (31, 30), (27, 42)]])  # a small 7 in a corner
    expect(said(page)).to_have_text("7")
    view = look_deeper(page, "How it was prepared")
    for step in ("1. Drawn", "2. Cropped", "3. Scaled", "4. Inked", "5. Centred"):
        expect(view).to_contain_text(step)
    expect(view.get_by_text("Without this step: read as")).to_have_count(4)
    assert painted(page, "step_4") > 10


def test_sliders_change_the_drawing_and_its_reading(open_page):
    page = open_page("draw")
    page.locator(".st-key-sample_7 button:visible").first.click()
    expect(said(page)).to_have_text("7")
    view = look_deeper(page, "Change the drawing")
    expect(view).to_contain_text("Read as 7")
    redrawn = view.locator(".redrawn")
    sure = redrawn.inner_text()
    thumb = view.get_by_role("slider").first
    thumb.focus()
    page.keyboard.press("End")
    expect(redrawn).not_to_have_text(sure)
    expect(view.locator("[data-testid=stPlotlyChart]")).to_be_visible()


def test_the_reading_stroke_by_stroke_follows_its_slider_in_the_page_until_it_rests(open_page):
    page = open_page("draw")
    draw(page, FOUR)
    expect(said(page)).to_have_text("4")
    view = look_deeper(page, "Stroke by stroke")
    redrawn = view.locator(".redrawn")
    expect(redrawn).to_contain_text("Read as 4")
    settle(page)
    page.evaluate(
        """() => { window.made = []; const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (...message) { window.sent = true; return send.apply(this, message); };
        document.addEventListener("redrawn", ({ detail: { image } }) => { if (image) made.push(!window.sent); }); }"""
    )
    slider = view.get_by_role("slider")
    slider.scroll_into_view_if_needed()
    thumb = view.locator("[data-testid=stSliderThumbValue]").locator("..").bounding_box()
    track = view.locator("[data-testid=stSlider] [role=group]").bounding_box()
    page.mouse.move(thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2)
    page.mouse.down()
    for share in (0.9, 0.7, 0.5, 0.3, 0.1, 0):
        page.mouse.move(track["x"] + share * track["width"], thumb["y"] + thumb["height"] / 2, steps=3)
    expect(redrawn).not_to_contain_text("Read as 4")
    made = page.evaluate("window.made")
    assert len(made) > 3
    assert all(made)  # before the server is asked
    page.mouse.up()
    page.wait_for_function("window.sent")
    settle(page)
    expect(redrawn).not_to_contain_text("Read as 4")
