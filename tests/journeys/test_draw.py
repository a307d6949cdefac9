"""What people do, in a real browser: `pytest tests/test_journeys.py`. Needs Debian's `chromium`."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from tests.journeys.browser import Fingers, draw, free_port, overflow, said, serve, settle, undo
from tests.strokes import FOUR, LETTER, ONE, SEVEN, TWO, ZERO

PAGES = {
    "": "DigitLens",
    "draw": "Draw",
    "train": "Train",
    "filters": "Filters",
    "mistakes": "Mistakes",
    "yours": "Your digits",
}

pytestmark = pytest.mark.timeout(180)


def painted(page: Page, key: str) -> int:
    """How many colours there are on the canvas of a map grid: 1 or 0 when nothing is drawn on it."""
    return page.locator(f".st-key-{key} canvas").first.evaluate(
        """canvas => { const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const seen = new Set(); for (let i = 0; i < data.length; i += 4) seen.add(data[i] * 65536 + data[i+1] * 256 + data[i+2]);
        return seen.size; }"""  # noqa: E501
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
    hint = page.locator(".st-key-canvas").get_by_text("draw here")
    expect(hint).to_be_visible()
    draw(page, SEVEN, release=False)
    expect(hint).to_have_count(0)
    expect(said(page)).to_have_text("7")
    page.mouse.up()
    expect(undo(page)).to_be_enabled()
    expect(said(page)).to_have_text("7")


def clear(page: Page) -> Locator:
    """The button; the last, as with Undo."""
    return page.locator(".st-key-clear button").last


def test_undo_redo_clear_and_samples(open_page):
    page = open_page("draw")
    draw(page, [*ONE, *ZERO])
    expect(said(page)).to_have_text("10")
    undo(page).click()
    expect(said(page)).to_have_text("1")
    page.locator(".st-key-redo button").last.click()
    expect(said(page)).to_have_text("10")
    clear(page).click()
    expect(clear(page)).to_be_disabled()
    expect(said(page)).to_have_text("")
    expect(page.locator(".st-key-canvas").get_by_text("draw here")).to_be_visible()
    undo(page).click()
    expect(said(page)).to_have_text("10")
    page.locator(".st-key-sample_3 button:visible").first.click()
    expect(said(page)).to_have_text("3")


def test_undo_and_redo_by_keys(open_page):
    page = open_page("draw")
    draw(page, [*ONE, *ZERO])
    expect(said(page)).to_have_text("10")
    page.keyboard.press("Control+z")
    expect(said(page)).to_have_text("1")
    settle(page)
    page.keyboard.press("Control+Shift+z")
    expect(said(page)).to_have_text("10")


def test_a_rubber_takes_single_strokes_off_at_once_and_undo_brings_them_back(open_page):
    page = open_page("draw")
    draw(page, [*ONE, *ZERO])
    expect(said(page)).to_have_text("10")
    page.get_by_role("button", name="Rubber").click()
    expect(page.get_by_role("button", name="Rubber", pressed=True)).to_be_visible()
    box = page.locator(".st-key-canvas canvas.upper-canvas").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 65, box["y"] + 150)
    assert inked(page, 59, 120) < 0.1  # before anybody is asked
    page.mouse.move(box["x"] + 90, box["y"] + 150)
    page.mouse.up()
    expect(said(page)).to_have_text("0")
    settle(page)
    assert inked(page, 59, 120) < 0.1
    assert inked(page, 131, 172) > 0.8
    undo(page).click()
    expect(said(page)).to_have_text("10")
    page.get_by_role("button", name="Rubber").click()
    expect(page.get_by_role("button", name="Rubber", pressed=False)).to_be_visible()
    settle(page)
    draw(page, [[[100, 20], [180, 20]]])  # a pen again
    assert inked(page, 140, 20) > 0.8
    assert inked(page, 59, 120) > 0.8


def test_a_digit_is_drawn_by_keys(open_page):
    page = open_page("draw", width=1600)
    canvas = page.get_by_role("application", name=re.compile("Arrow keys move a pen"))
    canvas.focus()
    for key in ["ArrowUp"] * 7 + ["Shift+ArrowLeft"]:
        page.keyboard.press(key)
    expect(page.get_by_role("status").filter(has_text="138 right, 70 down")).to_be_attached()
    page.keyboard.press("Space")
    for _ in range(15):
        page.keyboard.press("ArrowDown")
    expect(said(page)).to_have_text("1")
    page.keyboard.press("Escape")
    expect(page.get_by_role("status").filter(has_text="Pen up")).to_be_attached()
    expect(undo(page)).to_be_enabled()
    assert inked(page, 138, 150) > 0.8
    page.keyboard.press("Control+z")
    expect(said(page)).to_have_text("")


@pytest.mark.parametrize(("width", "side"), [(1600, 420), (320, 280)])
def test_the_canvas_is_larger_where_the_screen_has_room_and_the_drawing_is_the_same(open_page, width, side):
    page = open_page("draw", width=width)
    page.evaluate("document.addEventListener('ink', ({ detail }) => { window.strokes = detail.strokes; })")
    scale = side / 280
    draw(page, [[[scale * x, scale * y] for x, y in SEVEN[0]]])
    expect(said(page)).to_have_text("7")
    drawn = page.evaluate("window.strokes[0]")
    assert drawn[0] + drawn[-1] == pytest.approx(SEVEN[0][0] + SEVEN[0][-1], abs=1)
    assert inked(page, 140, 68) > 0.8
    assert page.locator(".st-key-canvas canvas.upper-canvas").bounding_box()["width"] == side
    assert overflow(page) == 0
    assert page.locator(".st-key-tools").bounding_box()["height"] < 50  # one row


def test_undo_right_after_a_stroke_takes_only_that_one(open_page):
    page = open_page("draw")
    draw(page, ONE)
    expect(said(page)).to_have_text("1")
    draw(page, ZERO, release=False)
    page.mouse.up()
    undo(page).click()
    expect(page.locator(".st-key-redo button").last).to_be_enabled()
    settle(page)
    expect(said(page)).to_have_text("1")


def test_a_button_is_heeded_in_the_moment_in_which_the_pen_speaks(open_page):
    """The browser puts both into one message, which asks for the lens alone."""
    page = open_page("draw")
    draw(page, ONE)
    expect(said(page)).to_have_text("1")
    page.evaluate(
        """() => { const detail = { version: 0, step: 1, strokes: [], points: [[200, 99]] };
        document.dispatchEvent(new CustomEvent("ink", { detail }));
        document.querySelector(".st-key-clear button").click(); }"""
    )
    expect(clear(page)).to_be_disabled()
    expect(said(page)).to_have_text("")


def test_the_canvas_own_toolbar_does_not_show_and_nothing_moves_for_another_canvas(open_page):
    page = open_page("draw")
    draw(page, ONE)
    page.evaluate(
        """() => { window.heights = new Set(); const look = () => { requestAnimationFrame(look);
        window.heights.add(document.querySelector(".st-key-tools").offsetTop); }; look(); }"""
    )
    page.locator(".st-key-canvas canvas.upper-canvas").hover()
    expect(page.locator(".st-key-canvas .dc-toolbar").last).to_be_hidden()  # what its Edit moves, nobody here follows
    clear(page).click()  # puts another canvas there
    expect(clear(page)).to_be_disabled()
    expect(page.locator(".st-key-canvas .dc-toolbar")).to_have_count(1)
    expect(page.locator(".st-key-canvas .dc-toolbar").last).to_be_hidden()
    assert page.evaluate("[...window.heights].length") == 1


def test_a_stroke_stays_though_a_palm_rests_on_the_canvas(open_page):
    page = open_page("draw", width=360)
    fingers = Fingers(page)
    fingers.draw(0, TWO[0][:6])
    fingers.down(1, 250, 260)  # the palm, which stays
    fingers.up(0)
    expect(clear(page)).to_be_enabled()
    fingers.draw(0, TWO[0][5:])
    fingers.up(0)
    fingers.up(1)
    expect(said(page)).to_have_text("2")
    settle(page)
    assert inked(page, 105, 58) > 0.8
    assert inked(page, 140, 232) > 0.8
    assert inked(page, 250, 260) < 0.1  # of the palm nothing
    undo(page).click()
    expect(page.locator(".st-key-redo button").last).to_be_enabled()  # of both strokes one
    expect(clear(page)).to_be_enabled()


def test_a_second_finger_beside_the_canvas_disturbs_nothing(open_page):
    page = open_page("draw", width=360)
    fingers = Fingers(page)
    fingers.draw(0, TWO[0][:4])
    fingers.down(1, 100, 400)
    for x, y in TWO[0][4:]:
        fingers.move(0, x, y)
    expect(said(page)).to_have_text("2")  # while both are down; an error in a script would fail the test
    fingers.up(0)
    fingers.up(1)
    expect(clear(page)).to_be_enabled()
    expect(said(page)).to_have_text("2")


def inked(page: Page, x: float, y: float) -> float:
    """How far the screen at a place of the canvas is from its ground: 0 is the ground, 1 black on white."""
    canvas = page.locator(".st-key-canvas canvas.upper-canvas")
    picture = Image.open(io.BytesIO(canvas.screenshot())).convert("L")
    scale = picture.width / 280
    place, ground = (int(x * scale), int(y * scale)), (int(5 * scale), int(275 * scale))
    return abs(picture.getpixel(place) - picture.getpixel(ground)) / 255


@pytest.mark.parametrize(("before", "after"), [("light", "dark"), ("dark", "light")])
def test_ink_is_seen_at_once_when_the_theme_changes(open_page, before, after):
    page = open_page("draw", theme=before)
    draw(page, SEVEN)
    assert inked(page, 140, 68) > 0.8
    page.emulate_media(color_scheme=after)
    ground = "250, 247, 240" if after == "light" else "20, 19, 17"
    expect(page.locator(".stApp")).to_have_css("background-color", f"rgb({ground})")
    assert inked(page, 140, 68) > 0.8


def test_a_server_restarted_under_an_open_page_reads_what_was_drawn_and_what_is_drawn_next(open_page, tmp_path):
    port = free_port()
    server, where = serve(tmp_path, port)
    try:
        page = open_page("draw", where=where)
        draw(page, [[[x + 40, y] for x, y in SEVEN[0]]])
        expect(said(page)).to_have_text("7")
        server.terminate()
        server.wait(10)
        page.wait_for_selector("[data-testid=stConnectionStatus]")
        server, _ = serve(tmp_path, port)
        page.wait_for_selector("[data-testid=stConnectionStatus]", state="detached")
        open_page("draw", where=where)  # by then it has loaded what a page needs
        settle(page)
        draw(page, ONE)
        expect(said(page)).to_have_text("17")
    finally:
        server.terminate()
        server.wait(10)


def test_a_reloaded_page_goes_on_with_its_drawing_its_view_and_its_look_and_no_other_does(open_page):
    page = open_page("draw")
    draw(page, SEVEN)
    page.get_by_role("button", name="More").click()
    page.get_by_text("One scale").click()
    page.get_by_role("combobox", name="Read by").click()
    page.get_by_role("option", name="Untrained network").click()
    page.keyboard.press("Escape")
    settle(page)
    look_deeper(page, "How it was prepared")
    expect(page.get_by_text("5. Centred")).to_be_visible()
    shares = page.get_by_role("img", name=re.compile("ten digits"))
    before = shares.get_attribute("aria-label")
    settle(page)
    page.reload()
    expect(shares).to_have_attribute("aria-label", before)
    expect(page.get_by_text("5. Centred")).to_be_visible()
    expect(page.locator(".st-key-layers")).to_contain_text("one scale for all")
    settle(page)
    assert inked(page, 140, 68) > 0.8
    undo(page).click()
    expect(page.locator(".st-key-canvas").get_by_text("draw here")).to_be_visible()
    other = open_page("draw")
    other.wait_for_timeout(500)
    expect(said(other)).to_have_text("")


def test_the_drawing_survives_a_page_switch(open_page):
    page = open_page("draw")
    draw(page, TWO)
    expect(said(page)).to_have_text("2")
    expect(undo(page)).to_be_enabled()
    page.get_by_role("link", name="Filters").click()
    expect(page.locator("h1")).to_have_text("Filters")
    page.get_by_role("link", name="Draw", exact=True).click()
    expect(page.locator("h1")).to_have_text("Draw")
    expect(said(page)).to_have_text("2")
    expect(undo(page)).to_be_enabled()


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
    maps = page.locator(".st-key-layer2 canvas").first
    maps.hover(position={"x": 27, "y": 40})
    readout = page.locator(".st-key-layer2 .readout")
    expect(readout).to_contain_text(re.compile(r"^Map 1, row 5, column 5: "))
    value = readout.inner_text().split(": ")[1]
    account = page.locator(".st-key-pixel")
    expect(account).to_contain_text(f"Layer 2, map 1, row 5, column 5: {value}, because")
    expect(account).to_contain_text("Sum over all 16 input maps")
    # Arrow keys step on from there.
    maps.focus()
    page.keyboard.press("ArrowRight")
    expect(account).to_contain_text("Layer 2, map 1, row 5, column 6")


def test_on_a_phone_a_link_below_the_maps_leads_to_the_account_of_a_tapped_pixel(open_page):
    page = open_page("draw", width=360)
    page.locator(".st-key-sample_2 button:visible").first.click()
    expect(said(page)).to_have_text("2")
    tap(page, page.locator(".st-key-layer1 canvas").first, 27, 40)
    account = page.locator(".st-key-pixel").get_by_text("Layer 1, map 1, row 6, column 6")
    expect(account).to_be_attached()
    page.locator(".st-key-layer1 a.to-pixel").click()
    expect(account).to_be_in_viewport()
    expect(page.locator("h1")).to_have_text("Draw")
    expect(said(page)).to_have_text("2")


def accents(page: Page, key: str) -> int:
    """How many pixels of a map grid have the accent colour, in which boxes are drawn."""
    return page.locator(f".st-key-{key} canvas").first.evaluate(
        """canvas => { const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let count = 0; for (let i = 0; i < data.length; i += 4)
          if (Math.abs(data[i] - 0x1f) + Math.abs(data[i + 1] - 0x6f) + Math.abs(data[i + 2] - 0x5c) < 12) count++;
        return count; }"""
    )


def test_the_receptive_field_lights_up_in_the_layer_before_and_in_the_image(open_page):
    page = open_page("draw")
    page.locator(".st-key-sample_2 button:visible").first.click()
    expect(said(page)).to_have_text("2")
    assert accents(page, "seen") == accents(page, "layer1") == 0
    page.locator(".st-key-layer2 canvas").first.hover(position={"x": 27, "y": 40})
    expect(page.locator(".st-key-pixel")).to_contain_text("because")
    settle(page)
    assert accents(page, "seen") > 100
    assert accents(page, "layer1") > 16 * 50  # a patch in each of the 16 maps


def look_deeper(page: Page, look: str) -> Locator:
    page.get_by_role("radio", name=look).click()
    return page.locator(".st-key-deeper_view")


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


def test_a_filter_is_chosen_by_a_finger_and_by_the_keyboard(open_page):
    page = open_page("filters")
    filters = page.locator(".st-key-filters0_left canvas")
    expect(page.get_by_role("table", name="The weights of filter 1 of layer 1.")).to_be_visible()
    box = filters.bounding_box()
    assert box
    tap(page, filters, box["width"] - 20, 20)  # the last of the first of two rows
    expect(page.get_by_role("table", name="The weights of filter 8 of layer 1.")).to_be_visible()
    page.get_by_role("application", name=re.compile("Shipped weights.*layer 1.*Enter or Space chooses one")).focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(page.get_by_role("table", name="The weights of filter 7 of layer 1.")).to_be_visible()


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


def test_several_digits_are_read_as_a_number_and_each_can_be_chosen(open_page):
    page = open_page("draw")
    draw(page, ONE)
    expect(said(page)).to_have_text("1")
    seen = page.locator(".st-key-seen").bounding_box()
    draw(page, ZERO)
    expect(said(page)).to_have_text("10")
    expect(page.locator(".st-key-prediction").get_by_role("radio")).to_have_count(2)
    settle(page)
    assert page.locator(".st-key-seen").bounding_box() == seen  # nothing moves down for the second digit
    sure = page.locator(".st-key-prediction .sure")
    expect(sure).to_contain_text("sure of the 0")  # the one that was drawn last
    page.locator(".st-key-prediction").get_by_role("radio", name="1: 1", exact=True).click()
    expect(sure).to_contain_text("sure of the 1")
    expect(page.locator(".st-key-canvas b")).to_have_text(["1", "2"])
    page.get_by_role("link", name="Filters").click()
    expect(page.locator("h1")).to_have_text("Filters")
    page.get_by_role("link", name="Draw", exact=True).click()
    expect(sure).to_contain_text("sure of the 1")
    clear(page).click()
    expect(clear(page)).to_be_disabled()
    settle(page)
    draw(page, LETTER)
    expect(said(page)).to_have_text("?")
    settle(page)
    assert page.locator(".st-key-seen").bounding_box() == seen


def picture_of(text_strokes: list[list[tuple[float, float]]]) -> bytes:
    """A PNG of dark strokes on yellowish paper."""
    image = Image.new("RGB", (640, 400), (236, 228, 205))
    pen = ImageDraw.Draw(image)
    for points in text_strokes:
        pen.line(points, (40, 42, 60), width=16, joint="curve")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def paste(page: Page, picture: bytes) -> None:
    """As Ctrl-V does."""
    page.evaluate(
        """async (content) => { const blob = await (await fetch('data:image/png;base64,' + content)).blob();
        const clipboard = new DataTransfer(); clipboard.items.add(new File([blob], 'photo.png', { type: 'image/png' }));
        document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true })); }""",
        base64.b64encode(picture).decode(),
    )


def test_a_pasted_picture_is_read_and_the_canvas_comes_back(open_page):
    page = open_page("draw")
    draw(page, TWO)
    expect(said(page)).to_have_text("2")
    expect(undo(page)).to_be_enabled()
    shifted = [[(x + 300, y + 40) for x, y in stroke] for stroke in FOUR]
    paste(page, picture_of([*[[(x, y + 40) for x, y in stroke] for stroke in SEVEN], *shifted]))
    expect(said(page)).to_have_text("74")
    expect(page.locator(".picture span")).to_have_count(2)
    expect(page.locator(".st-key-canvas")).to_have_count(0)  # where it was, the picture is: nothing is drawn in vain
    page.locator(".st-key-back button").click()
    expect(said(page)).to_have_text("2")
    expect(undo(page)).to_be_enabled()
    paste(page, picture_of(SEVEN))
    expect(said(page)).to_have_text("7")
    page.locator(".st-key-sample_3 button:visible").first.click()
    expect(said(page)).to_have_text("3")


def test_the_newest_picture_is_read(open_page):
    page = open_page("draw")
    page.locator(".st-key-sample_3 button:visible").first.click()
    expect(said(page)).to_have_text("3")
    paste(page, picture_of(SEVEN))
    expect(said(page)).to_have_text("7")
    page.get_by_role("button", name="Picture").click()
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(
        {"name": "two.png", "mimeType": "image/png", "buffer": picture_of(TWO)}
    )
    expect(said(page)).to_have_text("2")
    paste(page, picture_of(FOUR))
    expect(said(page)).to_have_text("4")
    page.locator(".st-key-back button").click()
    expect(said(page)).to_have_text("3")  # neither of the two before comes back


def test_a_text_file_as_picture_gives_a_sentence_and_keeps_the_drawing(open_page):
    page = open_page("draw")
    draw(page, TWO)
    expect(said(page)).to_have_text("2")
    page.get_by_role("button", name="Picture").click()
    uploader = page.locator("[data-testid=stFileUploaderDropzoneInput]")
    uploader.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture at all"})
    expect(page.get_by_text("notes.txt is not an image that can be read")).to_be_visible()
    uploader.set_input_files({"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture at all"})
    expect(page.get_by_text("notes.png is not an image that can be read")).to_be_visible()
    uploader.set_input_files({"name": "large.png", "mimeType": "image/png", "buffer": bytes(11 * 2**20)})
    refused = page.locator("[data-testid=stFileChip] [role=alert]")
    expect(refused).to_be_visible()
    assert refused.bounding_box()["width"] > 100  # what only screen readers see counts as visible too
    expect(said(page)).to_have_text("2")


def test_a_photo_of_a_sheet_is_read_and_can_be_turned_and_read_as_one_digit(open_page):
    page = open_page("draw")
    page.get_by_role("button", name="Picture").click()
    sheet = Image.new("L", (480, 360), 80)  # a desk, and a sheet on it
    digits = Image.open(io.BytesIO(picture_of(FOUR))).convert("L").resize((320, 240))
    sheet.paste(digits, (80, 60))
    file = io.BytesIO()
    sheet.save(file, "PNG")
    uploader = page.locator("[data-testid=stFileUploaderDropzoneInput]")
    uploader.set_input_files({"name": "photo.jfif", "mimeType": "application/octet-stream", "buffer": file.getvalue()})
    expect(said(page)).to_have_text("4")
    page.keyboard.press("Escape")
    for upright in (True, False, True, False):  # the picture is wider than high at first
        page.get_by_role("button", name="Turn").click()
        page.wait_for_function(
            "upright => { const i = document.querySelector('.st-key-picture img');"
            " return (i.clientHeight > i.clientWidth) === upright; }",
            arg=upright,
        )
        settle(page)
    expect(said(page)).to_have_text("4")
    page.get_by_role("button", name="One digit").click()
    expect(page.get_by_role("button", name="Several digits")).to_be_visible()
    expect(said(page)).to_have_text("4")


def test_only_a_part_of_a_picture_is_read_marked_by_mouse_or_by_keys(open_page):
    page = open_page("draw")
    shifted = [[(x + 300, y + 40) for x, y in stroke] for stroke in FOUR]
    paste(page, picture_of([*[[(x, y + 40) for x, y in stroke] for stroke in SEVEN], *shifted]))
    expect(said(page)).to_have_text("74")
    page.get_by_role("button", name="Only a part").click()
    box = page.locator(".mark .sheet").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.move(box["x"] + box["width"] + 20, box["y"] + box["height"] - 2)  # beyond it is to its edge
    page.mouse.up()
    expect(said(page)).to_have_text("4")
    page.get_by_role("button", name="Whole picture").click()
    expect(said(page)).to_have_text("74")
    page.get_by_role("button", name="Only a part").click()
    sheet = page.locator(".mark .sheet")
    expect(sheet).to_be_focused()
    for key, times in (("ArrowLeft", 9), ("ArrowUp", 9), ("Shift+ArrowLeft", 15), ("Shift+ArrowDown", 9)):
        for _ in range(times):
            sheet.press(key)
    sheet.press("Enter")
    expect(said(page)).to_have_text("7")


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
