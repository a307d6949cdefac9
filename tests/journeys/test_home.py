"""Home in a real browser: `pytest tests/test_journeys_home.py`. Needs Debian's `chromium`."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import overflow


@pytest.mark.parametrize("width", [1280, 360])
def test_a_stage_says_what_happens_there_when_it_is_pointed_at_tapped_or_focused(open_page, width):
    page = open_page("", width=width)
    told = page.get_by_role("tooltip")
    name = page.get_by_role("button", name="Fully connected 2")
    expect(told).to_have_count(0)
    name.hover()
    expect(told).to_contain_text("Softmax turns the ten logits into probabilities")
    page.mouse.move(1, 1)  # where nothing is, however the page is scrolled
    expect(told).to_have_count(0)
    name.focus()
    expect(told).to_be_in_viewport(ratio=1)
    assert overflow(page) <= 0
    page.keyboard.press("Escape")
    expect(told).to_have_count(0)
    name.click()
    page.mouse.move(1, 1)  # where nothing is, however the page is scrolled
    expect(told).to_have_count(1)  # until something else is pressed
