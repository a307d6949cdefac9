"""Every page as the first that a fresh server is asked for, in a real browser. Needs Debian's `chromium`."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import served

PAGES = {
    "": "DigitLens",
    "draw": "Draw",
    "train": "Train",
    "filters": "Filters",
    "mistakes": "Mistakes",
    "yours": "Your digits",
}

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("path", sorted(PAGES.keys() - {"draw", "train"}))  # theirs: where a server is restarted
def test_each_page_opens_by_its_own_address_on_a_fresh_server(open_page, tmp_path, path):
    with served(tmp_path) as where:
        page = open_page(f"{path}?from=a+link", where=where)
        for name in PAGES.values():
            expect(page.get_by_role("link", name=name, exact=True).first).to_be_visible()
        expect(page).to_have_title(re.compile("DigitLens"))
        if path:
            expect(page.locator("h1")).to_have_text(PAGES[path])
