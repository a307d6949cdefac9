"""What people draw and how it is read, in a real browser. Needs Debian's `chromium`."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import (
    Fingers,
    clear,
    draw,
    end,
    free_port,
    inked,
    look_deeper,
    overflow,
    painted,
    said,
    serve,
    settle,
    undo,
)
from tests.strokes import FOUR, LETTER, ONE, SEVEN, TWO, ZERO

pytestmark = pytest.mark.timeout(180)


def test_a_digit_drawn_with_the_mouse_is_read_and_all_52_maps_show(open_page):
    page = open_page("draw")
    for strokes, digit in ((SEVEN, "7"), (TWO, "2"), (FOUR, "4")):
        draw(page, strokes)
        expect(said(page)).to_have_text(digit)
        expect(page.locator(".st-key-layer1")).to_contain_text("16 × 14 × 14")
        expect(page.locator(".st-key-layer2")).to_contain_text("36 × 7 × 7")
        assert painted(page, "layer1") > 20
        assert painted(page, "layer2") > 20
        clear(page).click()
        expect(clear(page)).to_be_disabled()
        expect(said(page)).to_have_text("")
        settle(page)


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


def test_ink_is_seen_at_once_when_the_theme_changes(open_page):
    page = open_page("draw")
    draw(page, ONE)
    assert inked(page, 59, 120) > 0.8
    for theme, ground in (("dark", "20, 19, 17"), ("light", "250, 247, 240")):
        page.emulate_media(color_scheme=theme)
        expect(page.locator(".stApp")).to_have_css("background-color", f"rgb({ground})")
        assert inked(page, 59, 120) > 0.8
        if theme == "dark":
            draw(page, ZERO)
        assert inked(page, 131, 172) > 0.8  # drawn in the dark


def test_a_server_restarted_under_an_open_page_reads_what_was_drawn_and_what_is_drawn_next(open_page, tmp_path):
    port = free_port()
    server, where = serve(tmp_path, port)
    try:
        page = open_page("draw?from=a+link", where=where)
        expect(page.locator("h1")).to_have_text("Draw")
        draw(page, [[[x + 40, y] for x, y in SEVEN[0]]])
        expect(said(page)).to_have_text("7")
        end(server)
        page.wait_for_selector("[data-testid=stConnectionStatus]")
        server, _ = serve(tmp_path, port)
        page.wait_for_selector("[data-testid=stConnectionStatus]", state="detached")
        open_page("draw", where=where)  # by then it has loaded what a page needs
        settle(page)
        draw(page, ONE)
        expect(said(page)).to_have_text("17")
    finally:
        end(server)


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
