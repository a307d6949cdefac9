"""Keeping, correcting and training on one's own digits, in a real browser: `pytest tests/test_journeys_yours.py`."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.accessible import show_theme
from tests.journeys.browser import draw, overflow, said, served, settle
from tests.strokes import FOUR, TWO

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def own_server(tmp_path):
    """A server of its own, whose runs nobody else changes."""
    with served(tmp_path) as where:
        yield where


def correct(page, digit: int, contradicting: bool = False) -> None:
    """Says on Draw what the drawing really is; twice, if that contradicts a sure reading."""
    page.locator(".st-key-correct button:visible").first.click()
    page.get_by_role("radio", name=str(digit), exact=True).click()
    if contradicting:
        page.locator(".st-key-keep_anyway button").click()
    expect(page.locator(".st-key-correction")).to_contain_text(f"Kept as a {digit}")
    page.keyboard.press("Escape")


def test_a_drawing_is_corrected_seen_relabelled_downloaded_deleted_and_uploaded_again(open_page):
    page = open_page("draw")
    draw(page, FOUR)
    expect(said(page)).to_have_text("4")
    correct(page, 9, contradicting=True)
    page.locator(".st-key-clear button").click()
    expect(said(page)).to_have_text("")
    settle(page)
    draw(page, TWO)
    expect(said(page)).to_have_text("2")
    expect(page.locator(".st-key-correction")).not_to_contain_text("Kept")
    correct(page, 2)

    page.locator(".st-key-correction").get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Your digits")
    gallery = page.locator(".st-key-own_gallery")
    expect(gallery.locator("button")).to_have_text(["2read as 2", "9read as 4"])
    gallery.locator("button").nth(1).click()
    expect(gallery.locator("button[aria-pressed=true]")).to_have_text("9read as 4")
    page.get_by_role("radio", name="4", exact=True).click()
    expect(gallery.locator("button").nth(1)).to_have_text("4read as 4")

    with page.expect_download() as download:
        page.locator(".st-key-own_download button").click()
    content = download.value.path().read_bytes()
    assert [json.loads(line)["label"] for line in content.splitlines()] == [4, 2]

    page.locator(".st-key-own_delete button:visible").first.click()
    page.get_by_role("button", name="Delete for good").click()
    expect(gallery.locator("button")).to_have_text(["2read as 2"])

    page.get_by_role("button", name="Upload").first.click()
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(
        {"name": "strokes.jsonl", "mimeType": "application/jsonl", "buffer": content}
    )
    expect(page.get_by_text("1 digit added. 1 were here already.")).to_be_visible()
    expect(gallery.locator("button")).to_have_text(["4read as 4", "2read as 2"])

    page.locator(".st-key-own_open button").click()
    expect(page.locator("h1")).to_have_text("Draw")
    expect(said(page)).to_have_text("4")


def test_the_lesson_ends_with_a_kept_digit_that_is_trained_on_and_its_weights_read_on_draw(open_page, own_server):
    page = open_page("learn?step=12", where=own_server)
    page.locator(".st-key-question").get_by_text("It may get a little worse on them").click()
    page.locator(".st-key-answer button").click()
    page.locator(".st-key-away").get_by_role("link", name="Draw a digit").click()
    expect(page.locator("h1")).to_have_text("Draw")
    draw(page, TWO)
    expect(said(page)).to_have_text("2")
    correct(page, 2)
    page.get_by_role("link", name="Your digits").click()
    page.locator(".st-key-tune button").click()
    expect(page.locator(".st-key-tune_stop")).to_be_visible(timeout=60_000)
    stranger = open_page("train", where=own_server)  # who is told that it trains, and no more
    expect(stranger.get_by_text("Somebody's own run is training")).to_be_visible()
    other = page.context.new_page()  # for its own browser the run is one like any other
    other.goto(f"{own_server}/train")
    expect(other.locator(".st-key-status")).to_contain_text("of 600")
    expect(page.locator(".st-key-tuning_status")).to_contain_text(re.compile("iteration [1-9]"), timeout=120_000)
    page.locator(".st-key-tune_stop button").click()
    change = page.locator(".st-key-change")
    expect(change).to_contain_text("own-1 started from the shipped weights.", timeout=120_000)
    expect(change).to_contain_text(re.compile(r"Yours, trained on\s*1\s*1\s*1\s*0"))
    expect(change).to_contain_text("Test images of")
    settle(page)
    page.locator(".st-key-use_tuned button").click()
    expect(page.locator("h1")).to_have_text("Draw")
    expect(said(page)).to_have_text("2")
    back = page.get_by_role("link", name="Back to step 12 of the lesson")
    back.click()
    expect(page.locator(".st-key-lesson [aria-current=step]")).to_have_class("done")
    expect(page.locator(".st-key-step")).to_contain_text(
        re.compile(r"What it gained: \d+ digits? .*What it forgot: \d+")
    )
    expect(back).to_have_count(0)
    page.get_by_role("link", name="Draw", exact=True).click()
    expect(back).to_have_count(0)  # the step is done
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("combobox", name="Read by")).to_have_value("own-1")


def test_the_page_of_kept_digits_fits_a_phone(open_page):
    page = open_page("draw", width=360)
    draw(page, FOUR)
    correct(page, 9, contradicting=True)
    page.get_by_role("link", name="Your digits").click()
    expect(page.locator(".st-key-own_gallery button")).to_have_count(1)
    settle(page)
    for theme in ("light", "dark"):
        show_theme(page, theme)
        assert overflow(page) <= 0
