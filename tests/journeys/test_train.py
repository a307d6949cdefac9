"""What people do on Train, in a real browser: `pytest tests/test_journeys_train.py`. Needs Debian's `chromium`."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from ocr import load_checkpoint
from ocr.runs.folder import create_run, list_runs
from ocr.runs.process import execute
from ocr.training.recipe import Augmentation
from tests.journeys.accessible import grave_findings, show_theme
from tests.journeys.browser import overflow, served, settle

SLOW = 90_000  # milliseconds; a trainer starts in seconds, and on a busy machine in many

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("train_runs")


@pytest.fixture(scope="module")
def shared_server(shared_folder) -> Iterator[str]:
    with served(shared_folder) as where:
        yield where


@pytest.fixture
def folder(shared_folder, monkeypatch) -> Iterator[Path]:
    """The runs of the tests' server, for this process too; none is left over for the next test."""
    monkeypatch.setenv("OCR_RUNS_DIR", str(shared_folder))
    yield shared_folder
    for run in list_runs(shared_folder):
        run.request_stop()
        deadline = time.monotonic() + SLOW / 1000
        while run.status().live and time.monotonic() < deadline:
            time.sleep(0.1)
        shutil.rmtree(run.path, ignore_errors=True)


@pytest.fixture
def open_train(open_page, folder, shared_server):
    def open_(query: str = "", **options) -> Page:
        return open_page(f"train{query}", where=shared_server, **options)

    return open_


@pytest.fixture(scope="module")
def trained(tmp_path_factory, few, tiny) -> Path:
    """A folder with two finished runs, which differ in their batch size."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCR_RUNS_DIR", str(folder))
        for name, size in (("narrow", 8), ("wide", 16)):
            list(execute(create_run(name, replace(tiny, batch_size=size), "tutorial"), few, iterations=20))
    return folder


@pytest.fixture
def two_runs(folder, trained) -> None:
    """Both runs, which the test may change."""
    for name in ("narrow", "wide"):
        shutil.copytree(trained / name, folder / name)


def status(page: Page) -> Locator:
    return page.locator(".st-key-status")


def curves(page: Page) -> Locator:
    return page.locator(".curves")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).and_(page.locator(":visible")).first.click()


def start(page: Page, name: str = "+10,000") -> None:
    press(page, name)
    expect(status(page)).to_contain_text(re.compile(r"iteration [1-9][\d,]* of"), timeout=SLOW)


def reports_on_show(page: Page) -> int:
    return int(curves(page).get_attribute("data-reports") or 0)


def await_more_reports(page: Page, count: int) -> None:
    wanted, deadline = reports_on_show(page) + count, time.monotonic() + SLOW / 1000
    while reports_on_show(page) < wanted:
        assert time.monotonic() < deadline, "no new reports reached the curves"
        page.wait_for_timeout(100)


def compare_with(page: Page, name: str) -> None:
    """Chooses a run by its name; the list closes when the page scrolls, and a pointer scrolls it into view."""
    chooser = page.locator(".st-key-compared input")
    chooser.evaluate("input => input.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(300)
    chooser.click()
    chooser.press_sequentially(name, delay=30)
    chooser.press("Enter")
    chooser.press("Escape")
    expect(page.locator(".st-key-compared")).to_contain_text(name)


def drag_across(page: Page, start_share: float, end_share: float) -> None:
    """Drags the mouse over the curves, from one share of their width to another."""
    box = page.locator(".curves > svg").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * start_share, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end_share, box["y"] + 100, steps=5)
    page.mouse.up()


def pixels(page: Page, key: str) -> str:
    return page.locator(f".st-key-{key} canvas").first.evaluate("canvas => canvas.toDataURL()")


def test_two_people_look_at_the_same_run_and_the_other_one_stops_it(open_train):
    page, other = open_train(), open_train()
    start(page)
    expect(page).to_have_url(re.compile(r"\?run=tutorial-1$"))
    # The other one, who had opened the page before, is told, and finds the run in the chooser without a reload.
    expect(other.get_by_text("tutorial-1 is training, and one run trains at a time.")).to_be_visible(timeout=SLOW)
    expect(other.get_by_role("button", name="Add to the queue")).to_be_visible()
    third = open_train("?run=tutorial-1")
    await_more_reports(third, 2)
    press(third, "Stop")
    for viewer in (third, page):
        expect(status(viewer)).to_contain_text("Stopped", timeout=SLOW)
    # While the script runs, its new elements stand beside its old ones.
    expect(other.get_by_role("button", name="Train 10,000 iterations").first).to_be_enabled()
    reached = int(re.search(r"iteration ([\d,]+)", status(page).inner_text())[1].replace(",", ""))
    assert 0 < reached < 10_000
    press(page, "Step")
    expect(status(page)).to_contain_text(f"Paused · iteration {reached + 1:,} of 10,000", timeout=SLOW)


def test_curves_and_network_change_in_place_and_keep_the_zoom(open_train):
    page = open_train()
    start(page)
    await_more_reports(page, 3)
    # Marks on the nodes themselves are lost if anything is mounted anew; every frame is looked at for curves.
    curves(page).evaluate(
        """root => { root.dataset.mark = "the same"; window.blank = 0; window.frames_seen = 0;
        const look = () => { window.frames_seen++; if (!root.isConnected || !root.querySelector("path.line[d^=M]"))
        window.blank++; requestAnimationFrame(look); }; look(); }"""
    )
    maps = page.locator(".st-key-learning_maps1 .maps")
    maps.evaluate("root => { root.dataset.mark = 'the same'; }")
    before = pixels(page, "learning_maps1"), pixels(page, "learning_filters2")
    drag_across(page, 0.4, 0.7)
    expect(curves(page)).to_have_attribute("data-zoom", re.compile(r"\d+,\d+"))
    zoom = curves(page).get_attribute("data-zoom")
    await_more_reports(page, 4)
    assert curves(page).get_attribute("data-mark") == "the same"
    assert curves(page).get_attribute("data-zoom") == zoom
    assert maps.get_attribute("data-mark") == "the same"
    assert page.evaluate("[window.blank, window.frames_seen > 10]") == [0, True]
    after = pixels(page, "learning_maps1"), pixels(page, "learning_filters2")
    assert before[0] != after[0]
    assert before[1] != after[1]
    press(page, "Show all")
    expect(curves(page)).to_have_attribute("data-zoom", "")
    assert grave_findings(page) == []


def test_step_pause_play_and_another_learning_rate(open_train):
    page = open_train()
    press(page, "Step")
    expect(status(page)).to_contain_text("Paused · iteration 1 of 10,000", timeout=SLOW)
    press(page, "Step")
    expect(status(page)).to_contain_text("Paused · iteration 2 of 10,000", timeout=SLOW)
    press(page, "Learning rate")
    field = page.get_by_role("spinbutton", name="Learning rate")
    field.fill("0.001")
    field.press("Enter")
    press(page, "Use it")
    expect(curves(page).locator("text.note")).to_have_text("rate 0.001", timeout=SLOW)
    page.keyboard.press("Escape")
    press(page, "Step")
    expect(status(page)).to_contain_text("iteration 3 of 10,000", timeout=SLOW)
    expect(status(page)).to_contain_text("learning rate 0.001")
    press(page, "Play")
    expect(status(page)).to_contain_text(re.compile(r"Training · .* iterations/s .* left"), timeout=SLOW)
    press(page, "Pause")
    expect(status(page)).to_contain_text("Paused", timeout=SLOW)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()  # for who has no mouse
    held = status(page).inner_text()
    page.wait_for_timeout(2500)
    assert status(page).inner_text() == held
    press(page, "Learning rate")
    press(page, "Back to the recipe")
    expect(curves(page).locator("text.note").last).to_have_text("the recipe's rate", timeout=SLOW)


def test_a_restarted_server_finds_the_run_that_goes_on(open_page, folder):
    with served(folder) as where:
        page = open_page("train?from=a+link", where=where)
        expect(page.locator("h1")).to_have_text("Train")
        start(page)
    page.close()
    with served(folder) as where:
        page = open_page("train", where=where)
        expect(status(page)).to_contain_text("Training", timeout=SLOW)
        await_more_reports(page, 2)


def test_a_folder_deleted_while_it_is_watched_is_a_sentence(open_train, two_runs, folder):
    page = open_train("?run=narrow")
    expect(status(page)).to_contain_text("Finished")
    shutil.rmtree(folder / "narrow")
    expect(page.get_by_text("There is no run narrow any more: it was renamed or deleted.")).to_be_visible()
    expect(page.get_by_role("button", name="Train 10,000 iterations")).to_be_visible()
    settle(page)


def test_the_slider_goes_back_to_how_the_network_was(open_train, two_runs):
    page = open_train("?run=narrow")
    now = pixels(page, "learning_filters1"), page.locator(".reading").inner_text()
    page.evaluate("() => { window.send = WebSocket.prototype.send; WebSocket.prototype.send = () => {}; }")
    page.get_by_role("slider", name="The network at iteration").focus()
    page.keyboard.press("Home")  # the page shows it before the server is asked, which here it never is
    page.wait_for_function("old => document.querySelector('.reading').innerText !== old", arg=now[1])
    assert pixels(page, "learning_filters1") != now[0]
    page.evaluate("() => { WebSocket.prototype.send = window.send; }")
    page.keyboard.press("End")
    page.wait_for_function("old => document.querySelector('.reading').innerText === old", arg=now[1])
    settle(page)
    page.keyboard.press("Home")
    page.wait_for_function("old => document.querySelector('.reading').innerText !== old", arg=now[1])
    settle(page)
    assert pixels(page, "learning_filters1") != now[0]
    page.keyboard.press("End")
    page.wait_for_function("old => document.querySelector('.reading').innerText === old", arg=now[1])


def test_runs_lie_over_each_other_and_only_what_differs_is_listed(open_train, two_runs):
    page = open_train("?run=narrow")
    compare_with(page, "wide")
    expect(curves(page).locator(".legend")).to_contain_text("wide")
    expect(curves(page).locator("text.end").get_by_text("wide")).to_have_count(2)
    table = page.locator(".st-key-comparison table").first
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(table).to_contain_text(re.compile(r"batch size\s*8\s*16"))


def test_the_legend_gives_each_run_at_one_iteration_or_says_which(open_train, two_runs, few, tiny):
    list(execute(create_run("short", replace(tiny, batch_size=16), "tutorial"), few, iterations=10))
    page = open_train("?run=narrow")
    compare_with(page, "short")
    legend = curves(page).locator(".legend li")
    short = legend.filter(has_text="short")
    expect(short).to_contain_text("at its end, 10")
    curves(page).locator(":scope > svg").focus()
    page.keyboard.press("Home")
    expect(legend.first).to_have_text("at iteration 0")
    expect(short).not_to_contain_text("at")  # both were read there


def test_curves_are_read_and_zoomed_by_keys(open_train, two_runs):
    page = open_train("?run=narrow")
    page.locator(".curves > svg").focus()
    page.keyboard.press("End")
    expect(curves(page).locator(".legend")).to_contain_text("at iteration 20")
    page.keyboard.press("ArrowLeft")
    expect(curves(page).locator(".legend")).to_contain_text("at iteration 10")
    expect(curves(page).locator(".spoken")).to_contain_text("at iteration 10")
    page.keyboard.press("+")
    expect(curves(page)).to_have_attribute("data-zoom", "5,15")
    page.keyboard.press("Escape")
    expect(curves(page)).to_have_attribute("data-zoom", "")


def test_weights_config_and_metrics_are_downloaded(open_train, two_runs, tmp_path):
    page = open_train("?run=narrow")
    press(page, "Download")
    found = {}
    for label in ("Weights", "Config (JSON)", "Metrics (CSV)"):
        with page.expect_download() as download:  # the open list may reach beyond the window, where a mouse cannot
            page.get_by_role("button", name=label, exact=True).and_(page.locator(":visible")).first.dispatch_event(
                "click"
            )
        found[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(found[label])
    assert {path.name for path in found.values()} == {"narrow.safetensors", "narrow.json", "narrow.csv"}
    assert load_checkpoint(found["Weights"]).info["iteration"] == 20
    assert json.loads(found["Config (JSON)"].read_text())["recipe"]["batch_size"] == 8
    assert found["Metrics (CSV)"].read_text().splitlines()[-1].startswith("20,")


def test_from_the_confusion_matrix_to_the_lens(open_train, two_runs):
    page = open_train("?run=narrow")
    expect(page.locator(".st-key-validation_confusion table")).to_be_visible()
    page.locator(".st-key-validation_gallery button, .gallery button").first.click()
    expect(page).to_have_url(re.compile("/draw"))
    expect(page.get_by_text("Reading the validation image from Train")).to_have_count(1)


def test_what_is_wrong_with_a_name_is_said_beside_it(open_train, two_runs):
    page = open_train("?run=narrow")
    press(page, "Rename")
    popover = page.locator("[data-testid=stPopoverBody]")
    expect(popover).to_contain_text("Up to 64 letters, digits, dots, dashes and underscores.")
    popover.get_by_label("New name").fill("my run")
    popover.get_by_role("button", name="Rename").press("Enter")  # which a popover at the edge of the window allows too
    expect(popover).to_contain_text("'my run' cannot name a run")
    popover.get_by_label("New name").fill("wide")
    popover.get_by_role("button", name="Rename").press("Enter")
    expect(popover).to_contain_text("There is already a run wide.")


def test_a_button_leads_to_draw_even_if_the_browser_looks_at_the_run_meanwhile(open_train, two_runs):
    page = open_train("?run=narrow")
    servers, looks = [], []

    def join(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        servers.append(server)

        def tell(message: str | bytes) -> None:
            if BackMsg.FromString(message).rerun_script.is_auto_rerun:
                looks.append(message)
            server.send(message)

        socket.on_message(tell)

    page.route_web_socket(re.compile("_stcore/stream"), join)
    page.reload()
    settle(page)
    while not looks:
        page.wait_for_timeout(100)
    press(page, "Draw with it")
    for _ in range(5):  # as if the next look came before the browser has heard of the other page
        page.wait_for_timeout(50)
        servers[-1].send(looks[-1])
    expect(page.locator("h1")).to_have_text("Draw")
    page.wait_for_timeout(1_500)
    settle(page)
    expect(page.locator("h1")).to_have_text("Draw")


def test_the_browsers_back_shows_the_run_again(open_train, two_runs):
    page = open_train("?run=narrow")
    page.get_by_role("link", name="Mistakes", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Mistakes")
    settle(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Train")
    expect(status(page)).to_contain_text("Finished")
    page.get_by_role("combobox", name="Run").first.click()
    page.get_by_role("option", name="wide").click()
    expect(page).to_have_url(re.compile(r"\?run=wide$"))
    settle(page)
    page.get_by_role("link", name="Filters", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Filters")
    settle(page)
    page.get_by_role("link", name="Train", exact=True).first.click()
    expect(page).to_have_url(re.compile(r"\?run=wide$"))


def test_what_differs_shows_every_run(open_train, two_runs, few, tiny):
    recipe = replace(tiny, augmentation=Augmentation())
    name = "x" * 64
    list(execute(create_run(name, recipe, "best"), few, iterations=1))
    page = open_train("?run=narrow")
    compare_with(page, name)
    table = page.locator(".st-key-comparison .figures").first
    expect(table).to_contain_text("rotation")
    assert table.evaluate("region => region.scrollWidth - region.clientWidth") <= 0


def test_a_run_fits_a_phone(open_train, two_runs):
    page = open_train("?run=narrow", width=360)
    compare_with(page, "wide")
    expect(page.locator(".st-key-comparison")).to_be_visible()
    expect(page.locator(".st-key-validation_confusion table")).to_be_visible()
    settle(page)
    for theme in ("light", "dark"):
        show_theme(page, theme)
        assert overflow(page) <= 0
        assert grave_findings(page) == []


# Puts a translation, in capitals, in the place of every text, now and whenever there are others, as Chrome's translator
# does: in a <font> within a <font>, by turns in the text's place and around it.
TRANSLATE = """() => {
  let around = false;
  const translate = () => {
    const texts = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) texts.push(walk.currentNode);
    for (const text of texts) {
      if (!text.data.trim() || text.parentElement.closest('font, script, style, [translate=no]')) continue;
      const [outer, inner] = [document.createElement('font'), document.createElement('font')];
      outer.append(inner);
      inner.append(text.data.toUpperCase());
      text.replaceWith(outer);
      if (around = !around) inner.replaceChildren(Object.assign(text, { data: text.data.toUpperCase() }));
    }
  };
  translate();
  new MutationObserver(() => setTimeout(translate, 20)).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""  # noqa: E501


def test_a_page_that_the_browser_translates_goes_on(open_train):
    page = open_train()
    start(page)
    page.evaluate(TRANSLATE)
    await_more_reports(page, 2)
    page.locator(".st-key-stop button").click()
    expect(status(page)).to_contain_text("STOPPED", timeout=SLOW)
    expect(status(page)).to_have_text(
        re.compile(r"STOPPED · ITERATION [\d,]+ OF 10,000( · [A-Z0-9 .,()%-]+)+ITS MISTAKES")
    )
    page.get_by_role("link", name="FILTERS", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("FILTERS")
