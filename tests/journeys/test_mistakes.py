"""What people do on Mistakes, and bringing a network of their own, in a real browser: on the bundled digits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from safetensors.torch import save

from ocr import CNNConfig, TrainConfig, load_data
from ocr.runs.folder import create_run
from ocr.runs.process import execute
from tests.data.test_labelled import archive, png
from tests.journeys.browser import overflow, served, settle
from tests.network.test_foreign import keras_tensors
from tests.runs.test_imported import trained

pytestmark = pytest.mark.timeout(300)

# What each look shows, and what has to be pressed for it first.
LOOKS = {
    "Each digit": ("recall", None),
    "Confidence": ("The least decided", None),
    "Nearest training images": ("nearest of 1,297 training images", "Compute"),
    "Two networks": ("McNemar", None),
    "Map of the digits": ("These two directions hold", None),
    "The images themselves": ("the mean of each digit", None),
}


@pytest.fixture(scope="module")
def without_mnist(tmp_path_factory) -> Iterator[str]:
    """A server that has the bundled digits alone, and a run with snapshots, called small."""
    folder = tmp_path_factory.mktemp("mistakes")
    settings = {"OCR_DATA_DIR": str(folder / "data"), "OCR_CACHE_DIR": str(folder / "cache")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCR_RUNS_DIR", str(folder / "runs"))
        recipe = TrainConfig(network=CNNConfig(filters=(4, 6), fc_size=16), batch_size=16, learning_rate=3e-3)
        run = create_run("small", recipe, "tutorial")
        list(execute(run, load_data(folder / "data"), iterations=60))
    with served(folder / "runs", **settings) as where:
        yield where


@pytest.fixture
def open_mistakes(open_page, without_mnist):
    def open_(query: str = "", **options) -> Page:
        return open_page(f"mistakes{query}", where=without_mnist, **options)

    return open_


def look(page: Page, name: str) -> None:
    page.locator(".st-key-mistakes_deeper").get_by_text(name, exact=True).click()


@pytest.mark.parametrize(("width", "theme", "query"), [(1280, "light", "?run=small"), (360, "dark", "")])
def test_each_look_opens_for_a_run_and_for_the_shipped_weights_on_a_phone(open_mistakes, width, theme, query):
    page = open_mistakes(query, width=width, theme=theme)
    expect(page.locator(".st-key-score")).to_contain_text("of 300 test images read right")
    page.get_by_text("Percent of each row").click()
    expect(page.locator(".st-key-confusion")).to_contain_text("In percent of the images of the true class")
    expect(page.locator(".st-key-confusion [data-at='1,1']")).to_contain_text(".")
    page.locator(".st-key-confusion [data-at='1,1']").click()
    expect(page.locator(".st-key-behind")).to_contain_text("images of a 1 read right, the least confident first")
    page.get_by_role("button", name="All mistakes").click()
    for name, (told, first) in LOOKS.items():
        look(page, name)
        view = page.locator(".st-key-deeper_view")
        if first:
            view.get_by_role("button", name=first).click()
        expect(view).to_contain_text(told)
        settle(page)  # until then the look before may still be there
        expect(view.get_by_role("button", name="Take it away", disabled=False)).to_be_visible()
        assert overflow(page) <= 0, name


def test_pointing_at_the_map_shows_the_image_and_the_map_moves_through_training(open_mistakes):
    page = open_mistakes("?run=small")
    look(page, "Map of the digits")
    page.locator(".st-key-digit_map .nsewdrag").wait_for()
    page.locator(".st-key-digit_map").scroll_into_view_if_needed()
    box = page.locator(".st-key-digit_map .nsewdrag").bounding_box()
    assert box
    image = page.locator("canvas[data-image]")
    for step in range(60):
        page.mouse.move(box["x"] + box["width"] * (0.3 + step / 150), box["y"] + box["height"] / 2)
        page.wait_for_timeout(120)  # which the chart takes to see the pointer
        if image.count() and image.is_visible():
            break
    assert image.is_visible()
    page.get_by_text("Through training", exact=True).click()
    page.get_by_role("button", name="Lay out").click()
    chart = page.locator(".st-key-digit_map .js-plotly-plot")
    expect(chart.locator(".slider-label").first).to_contain_text("Iteration 60")
    chart.get_by_text("Play", exact=True).click()
    expect(chart.locator(".slider-label").first).not_to_contain_text("Iteration 60")


def test_pictures_that_are_brought_are_read(open_mistakes, digits, tmp_path):
    files = {f"{digits.test.labels[i]}/{i}.png": png(digits.test.images[i]) for i in range(12)}
    path = tmp_path / "class 4b.zip"
    path.write_bytes(archive(files | {"who.png": png(digits.test.images[0])}))
    page = open_mistakes(width=360)
    page.get_by_role("button", name="Bring others").click()
    page.locator("input[type=file]").set_input_files(path)
    expect(page.locator(".st-key-score")).to_contain_text("of 12 images read right")
    page.get_by_role("button", name="1 item left out").click()
    expect(page.get_by_text("who.png: neither its folder nor its name says")).to_be_visible()
    assert overflow(page) <= 0


def test_a_network_of_ones_own_is_taken_in_and_looked_at(open_page, without_mnist, few, tmp_path: Path):
    path = tmp_path / "theirs.safetensors"
    path.write_bytes(save(keras_tensors(trained(few))))
    page = open_page("train", where=without_mnist, width=360, theme="dark")
    page.get_by_text("Your own network, trained elsewhere").click()
    page.locator(".st-key-elsewhere input[type=file]").set_input_files(path)
    expect(page.locator(".st-key-elsewhere")).to_contain_text("sequential/conv2d_1/kernel")
    expect(page.locator(".st-key-elsewhere")).to_contain_text("this one fits best")
    assert overflow(page) <= 0
    page.get_by_role("button", name="Add this network").click()
    page.get_by_role("button", name="Its mistakes").click()
    expect(page.get_by_role("combobox", name="Read by")).to_have_value("imported-1")
    expect(page.locator(".st-key-score")).to_contain_text("of 300 test images read right")
