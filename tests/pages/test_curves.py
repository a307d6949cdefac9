"""The curves of a run: the axis of iterations and the panels, whose scripts run in a blank page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from pages.ui.elements.base import scripts

LINE = {
    "name": "a",
    "end": "a",
    "color": 0,
    "dash": 0,
    "run": 0,
    "x": [0, 100, 1_000],
    "y": [0.1, 0.5, 0.9],
    "raw": None,
}
PANEL = {"name": "accuracy", "percent": True, "height": 100, "range": [0, 1], "lines": [LINE], "marks": []}


@pytest.fixture(scope="module")
def page(browser) -> Page:
    page = browser.new_page()
    page.goto("about:blank")
    page.add_script_tag(content="".join(path.read_text() for path in scripts("curves")[:-1]))
    page.evaluate("""() => {
        const place = { last: 1000, left: 50, right: 250 };
        window.axisOf = (zoom, log) => Object.assign(new IterationAxis(), { ...place, log, zoom });
        window.drawn = (panel, zoom) => new PanelDrawing(panel, axisOf(zoom, false), ["black"], 10);
    }""")
    yield page
    page.close()


@pytest.mark.parametrize(("log", "middle"), [(False, 500), (True, 1_001**0.5 - 1)])
def test_an_iteration_has_its_place_and_a_place_its_iteration(page, log, middle):
    places = page.evaluate("([log, at]) => [0, at, 1000].map((at) => axisOf(null, log).x(at))", [log, middle])
    assert places == pytest.approx([50, 150, 250])
    back = page.evaluate("log => [0, 150, 9000].map((pixel) => axisOf(null, log).iterationAt(pixel))", log)
    assert back == pytest.approx([0, middle, 1_000])


@pytest.mark.parametrize(
    ("asked", "shown"),
    [([200, 400], [200, 400]), ([-50, 400], [0, 400]), ([-50, 2_000], None), ([300, 301], [100, 900]), (None, None)],
)
def test_a_zoom_stays_within_what_there_is(page, asked, shown):
    script = "asked => { const axis = axisOf([100, 900], false); axis.show(asked); return axis.zoom; }"
    assert page.evaluate(script, asked) == shown


def test_a_line_is_in_view_between_its_reports_and_named_where_it_leaves_it(page):
    drawing = "const drawing = drawn(panel, [200, 600]);"  # no report lies between these
    low, high, at, name = page.evaluate(
        f"panel => {{ {drawing} return [drawing.low, drawing.high, drawing.y(drawing.valueAt(panel.lines[0], 600)),"
        ' Number(/ y="([^"]*)"/.exec(drawing.names())[1])]; }',
        PANEL,
    )
    first, last = 0.5 + 0.4 / 9, 0.5 + 0.4 * 5 / 9  # on the straight line from (100, 0.5) to (1000, 0.9)
    assert low < first < last < high
    assert high - low < 1.2 * (last - first)
    assert name == pytest.approx(at + 4)  # the letters' base line
    assert 10 <= at <= 110


def test_a_line_that_is_not_in_view_does_not_set_the_scale(page):
    panel = PANEL | {"lines": [LINE, LINE | {"x": [0, 100], "y": [0.0, 0.1]}]}
    assert page.evaluate("panel => drawn(panel, [200, 600]).low", panel) > 0.5


def test_all_is_shown_on_the_whole_range(page):
    assert page.evaluate("panel => { const { low, high } = drawn(panel, null); return [low, high]; }", PANEL) == [0, 1]
