"""What is inside, in a real browser: `pytest tests/journeys/test_filters.py`. Needs Debian's `chromium`."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from ocr.runs.folder import create_run
from ocr.runs.process import execute
from tests.journeys.accessible import grave_findings
from tests.journeys.browser import overflow, served, settle, tap

VIEWS = {  # and what is there once it is open
    "Its weights": ".st-key-unit_weights canvas",
    "When it is active": ".st-key-exciting canvas",
    "What it makes of a digit": ".st-key-digit_seen canvas",
    "How it grew": ".st-key-closer_look",
    "Its figures": ".st-key-closer_look .figures",
    "How much accuracy it adds": ".st-key-closer_look .figures",
    "What it answers to": ".st-key-answer_patches canvas",
}


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory, few, tiny) -> Iterator[str]:
    """A server with a run just trained, on the bundled digits, so that every view is there in a moment."""
    folder = tmp_path_factory.mktemp("inside")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCR_RUNS_DIR", str(folder))
        list(execute(create_run("small", tiny, "tutorial"), few, iterations=12))
    with served(folder, OCR_DATA_DIR=str(folder / "none"), OCR_CACHE_DIR=str(folder / ".cache")) as where:
        yield where


def choose(page: Page, name: str) -> None:
    page.locator(".st-key-closer_look").get_by_role("radio", name=name, exact=True).click()
    settle(page)


def saved(page: Page, view: str, name: str) -> tuple[str, bytes]:
    """The name and the content of the file that a button of «Take it away» gives."""
    button = page.get_by_test_id("stPopoverBody").get_by_role("button", name=name).first
    if not button.is_visible():
        page.locator(f".st-key-take_{view} button").first.click()
    with page.expect_download() as download:
        button.click()
    expect(button).to_be_visible()  # for who wants another file too
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.mark.parametrize(
    ("width", "theme", "run", "unit", "name"),
    [(1280, "light", "", "neuron.17", "Neuron 17"), (360, "dark", "&run=small", "output.4", "The output of 4")],
)
def test_every_side_of_a_dossier_opens(open_page, inside, width, theme, run, unit, name):
    page = open_page(f"filters?filter={unit}{run}", width=width, theme=theme, where=inside)
    expect(page.locator(".st-key-closer_look")).to_contain_text(f"{name}: of all 300 test images")
    for view, there in VIEWS.items():
        choose(page, view)
        expect(page.locator(there).first).to_be_visible()
        assert overflow(page) <= 0, view


def test_parts_lead_to_each_other_and_can_be_taken_away(open_page, inside):
    page = open_page("filters?filter=output.4&view=Its weights&run=small", where=inside)
    closer = page.locator(".st-key-closer_look")
    expect(closer).to_contain_text("The output of 4 has 8 weights")
    page.locator(".st-key-unit_weights canvas").focus()
    page.keyboard.press("Enter")  # the strongest of its inputs
    expect(closer).to_contain_text("has 196 weights")
    file, content = saved(page, "weights", "PNG")
    assert (file, Image.open(io.BytesIO(content)).format) == ("weights.png", "PNG")
    assert grave_findings(page) == []
    file, content = saved(page, "weights", "SVG")
    assert (file, ElementTree.fromstring(content).tag) == ("weights.svg", "{http://www.w3.org/2000/svg}svg")
    file, content = saved(page, "weights", "CSV")
    rows = list(csv.reader(io.StringIO(content.decode())))
    assert (file, len(rows), len(rows[1])) == ("weights.csv", 1 + 4 * 7, 2 + 7)

    choose(page, "How it grew")
    page.get_by_role("button", name="Measure").click()
    page.locator(".st-key-growth_gradients .js-plotly-plot").wait_for()
    settle(page)
    file, content = saved(page, "growth", "PNG: Size of the gradient")
    assert (file, Image.open(io.BytesIO(content)).format) == ("gradients.png", "PNG")
    page.keyboard.press("Escape")
    shown = page.locator(".st-key-grown_weights .maps")
    painted = shown.get_attribute("data-painted")
    page.locator(".st-key-grown_at_small input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    expect(shown).not_to_have_attribute("data-painted", painted or "")


def test_what_carried_a_reading_is_lit_and_a_neuron_opens(open_page, inside):
    page = open_page("", where=inside)
    lit = page.locator(".st-key-flow path.carried")
    expect(page.locator(".st-key-flow path.moving").first).to_be_attached()
    expect(lit).to_have_count(0)
    page.get_by_text("Light up what carried the reading").click()
    expect(lit.first).to_be_attached()
    assert lit.count() > 30
    expect(page.locator(".st-key-flow path.moving")).to_have_count(0)

    page.goto(f"{inside}/draw?look=Neurons and digits&image=test.1")
    account = page.locator(".st-key-account")
    expect(account).to_contain_text("The logit of")
    page.locator(".st-key-neurons canvas").click(position={"x": 5, "y": 5})
    expect(account).to_contain_text("Neuron 1:")
    page.get_by_role("button", name="Look closer at neuron 1").click()
    expect(page.locator(".st-key-closer_look")).to_contain_text("Neuron 1: of all 300 test images")


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
