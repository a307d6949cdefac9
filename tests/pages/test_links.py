"""Links: what a page shows, in its address, and what becomes of addresses that somebody made up."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ocr.ink.canvas import sample_strokes
from ocr.ink.stroke_text import LONGEST, read_first_line, read_strokes, write_line, write_strokes
from ocr.runs.folder import create_run
from ocr.runs.process import execute
from pages.ui.drawing import Drawing
from pages.ui.links import host
from pages.ui.links.copying import code_of
from pages.ui.links.parameters import PARAMETERS
from pages.ui.links.parts import PARTS, parts_of
from pages.ui.topics import Home
from tests.pages.apptest import check, drawing_of, kept, on_canvas, open_page, reading, shown, texts

pytestmark = pytest.mark.usefixtures("fresh_caches")

FOUR = write_strokes(sample_strokes(4))
HOME = "http://class.example:8501/"


def link_of(page: AppTest, file: str, where: str = HOME, code: bool = False, show: list[str] | None = None) -> dict:
    """What the page's buttons are told when one is pressed."""
    page.session_state["link"] = {"asked": {"number": 7, "page": where, "code": code, "show": show}}
    told = shown(check(page.run()))["link"]
    del page.session_state["link"]
    assert told["number"] == 7
    return told


def facts(link: str) -> dict[str, str]:
    return {name: text for name, [text] in parse_qs(urlsplit(link).query).items()}


# What is seen, as a link, and back


def test_a_drawing_its_pixel_and_the_digit_looked_at_go_into_a_link_and_come_out_of_it():
    strokes = [[[20, 60], [60, 60], [40, 200]], [[200, 60], [201, 200]]]
    drawing = Drawing(strokes=strokes, version=1, chosen=0, pixel=("maps2", 16, 2, 4))
    link = link_of(open_page("draw", **kept(drawing)), "pages/draw.py")["link"]
    assert facts(link) == {"drawing": write_strokes(strokes), "digit": "1", "pixel": "layer2.17.3.5"}
    assert link.startswith(f"{HOME}?drawing=")
    page = open_page("draw", query=facts(link))
    taken = drawing_of(page)
    assert (taken.strokes, taken.chosen, taken.pixel) == (strokes, 0, ("maps2", 16, 2, 4))
    assert "map 17, row 3, column 5" in texts(page)
    assert facts(link_of(page, "pages/draw.py")["link"]) == facts(link)


def test_the_drawing_of_a_link_is_taken_once_and_then_the_persons_own():
    page = open_page("draw", query={"drawing": FOUR, "show": "canvas"})
    assert reading(page)["pieces"][0]["text"] == "4"
    assert dict(page.query_params) == {"show": "canvas"}  # what a page that is loaded once more has
    page.session_state["strokes"] = {"drawing": {"version": 1, "step": 1, "strokes": [[[1, 1], [1, 90]]]}}
    check(page.run())
    assert drawing_of(page).strokes == [[[1, 1], [1, 90]]]
    check(page.button(key="undo").click().run())
    assert drawing_of(page).strokes == read_strokes(FOUR)


def test_a_link_beats_what_the_session_has_and_undo_brings_that_back():
    page = open_page("draw", query={"drawing": FOUR}, **on_canvas([[[5, 5], [200, 200]]]))
    assert drawing_of(page).strokes == read_strokes(FOUR)
    check(page.button(key="undo").click().run())
    assert drawing_of(page).strokes == [[[5, 5], [200, 200]]]


def test_a_page_as_it_opens_has_a_bare_link(few_digits):
    for name, file in [("home", "app.py"), *((file[6:-3], file) for file in PARTS if file != "app.py")]:
        bare = f"{HOME}?step=1" if name == "learn" else HOME
        assert link_of(open_page(name), file)["link"] == bare


def test_networks_snapshots_and_filters_go_into_a_link_and_come_out_of_it(few_digits, small_run):
    query = {"run": "small", "at": "5", "with": "Shipped weights", "filter": "2.3", "view": "Its weights"}
    page = open_page("filters", query=query)
    assert not page.warning
    assert page.select_slider(key="filters_left_at_small").value == 5
    assert page.selectbox(key="filters_right").value == "Shipped weights"
    assert page.slider(key="filter1").value == 3
    assert facts(link_of(page, "pages/filters.py")["link"]) == query


def test_a_cell_of_the_confusion_matrix_goes_into_a_link_and_comes_out_of_it(few_digits, small_run):
    page = open_page("mistakes", query={"run": "small", "cell": "4-any"})
    assert (page.selectbox(key="true_class").value, page.selectbox(key="read_class").value) == ("4", "any")
    assert facts(link_of(page, "pages/mistakes.py")["link"]) == {"run": "small", "cell": "4-any"}


def test_a_run_and_its_snapshot_go_into_a_link_and_come_out_of_it(few_digits, small_run):
    page = open_page("train", query={"run": "small", "at": "2"})
    assert not page.warning
    assert page.select_slider(key="moment_small").value == 2
    assert facts(link_of(page, "pages/train.py")["link"]) == {"run": "small", "at": "2"}


def test_a_test_image_on_the_home_page_goes_into_a_link_and_comes_out_of_it(few_digits):
    page = open_page("home", query={"image": "4"})
    assert page.session_state["Home"] == Home(digit=3)
    assert facts(link_of(page, "app.py")["link"]) == {"image": "4"}


# What does not fit


def test_a_drawing_that_does_not_fit_is_offered_as_a_file():
    chance = random.Random(1)
    strokes = [[[chance.randrange(281), chance.randrange(281)] for _ in range(500)]]
    told = link_of(open_page("draw", **on_canvas(strokes)), "pages/draw.py")
    assert told["link"] == HOME
    assert "does not fit into a link of 2,000 characters" in told["problem"]
    assert read_first_line(told["strokes"].encode(), "drawing.jsonl") == strokes


def test_the_file_is_drawn_where_it_is_uploaded_and_another_gets_a_sentence():
    page = open_page("draw", **on_canvas([[[5, 5], [200, 200]]]))
    check(page.file_uploader[0].upload("bad.JSONL", b"{}", "application/jsonl").run())
    assert r"bad.JSONL is no stroke file" in page.error[0].value
    assert drawing_of(page).strokes == [[[5, 5], [200, 200]]]
    content = write_line(sample_strokes(4), "drawing").encode()
    check(page.file_uploader[0].upload("drawing.jsonl", content, "application/jsonl").run())
    assert not page.error
    assert reading(page)["pieces"][0]["text"] == "4"
    check(page.button(key="undo").click().run())
    assert drawing_of(page).strokes == [[[5, 5], [200, 200]]]


def test_the_longest_link_has_2000_characters_with_every_part_named():
    chance = random.Random(1)
    lengths: list[int] = []
    page = open_page("draw")
    for count in range(420, 460, 6):
        strokes = [[[chance.randrange(281), chance.randrange(281)] for _ in range(count)]]
        page.session_state["Drawing"] = Drawing(strokes=strokes, version=count)
        told = link_of(page, "pages/draw.py", show=parts_of("pages/draw.py"))
        lengths.append(len(told["link"]))
    assert max(lengths) <= LONGEST
    assert max(lengths) > LONGEST - 80
    assert min(lengths) < 200  # those that did not fit


def test_an_image_of_the_data_goes_into_a_link_and_another_picture_is_said_not_to(few_digits):
    page = open_page("home", Home=Home(digit=3))
    check(page.button(key="open_digit").click().run())
    page.switch_page("pages/draw.py")
    told = link_of(page, "pages/draw.py")
    assert (facts(told["link"]), told["problem"]) == ({"image": "test.4"}, "")
    again = open_page("draw", query=facts(told["link"]))
    assert drawing_of(again).picture.name == f"test image 4, labelled {few_digits.test.labels[3]}"
    np.testing.assert_array_equal(drawing_of(again).picture.segmentation.glyphs[0].image, few_digits.test.ink(3))
    drawing = Drawing()
    drawing.open(few_digits.test.ink(3), "my photo")
    told = link_of(open_page("draw", **kept(drawing)), "pages/draw.py")
    assert told["link"] == HOME
    assert "A picture does not go into a link" in told["problem"]


# Addresses that somebody made up

HOSTILE = [
    *("", " ", "0", "-1", "1e9", "99999999999999999999", "NaN", "Infinity", "null", "²", "٣", "\x00", "\n", "%00"),
    *("../../etc/passwd", "/etc/passwd", "..", ".", "~", "C:\\", "small/../small", "x" * 100_000, "🙂" * 50),
    "<script>alert(1)</script>",
    "[a](javascript:alert(1)) **b** $x$ :red[c] `d` <b>e</b>",
    *("4-", "-", "4-9-1", "a-b", "10-3", "1.1.1", "layer1.1.1", "layer9.1.1.1", "layer1.17.1.1", "layer2.1.8.1"),
    *("layer1.0.1.1", "2.0", "3.1", "1.99", "Untrained network", "Shipped weights", "New run"),
    *("test.0", "test.51", "train.99999999", "__class__.1", "test", "source.1"),
    *(FOUR[:-3], FOUR + "!", FOUR * 40, "____", "A", "AA=="),
]


def take_everything() -> None:
    """A page's script that takes every hostile address of every page, and says what is wrong with each."""
    import streamlit as st

    from pages.ui.links.parameters import PARAMETERS
    from pages.ui.links.parts import hide_parts
    from pages.ui.links.taking import take_link
    from tests.pages.test_links import HOSTILE

    for file, parameters in PARAMETERS.items():
        for text in HOSTILE:
            for name in (*(parameter.name for parameter in parameters), "show"):
                st.query_params.clear()
                st.query_params[name] = text
                st.warning(str(take_link(file)) + hide_parts(file))


def test_no_address_whatever_raises_anything_or_is_said_at_length(few_digits, small_run):
    page = check(AppTest.from_function(take_everything, default_timeout=60).run())
    said = [warning.value for warning in page.warning]
    assert len(said) > 15 * len(HOSTILE)
    assert max(map(len, said)) < 400
    assert not any("root:" in text for text in said)


@pytest.mark.parametrize("name", ["home", "draw", "train", "filters", "mistakes", "yours"])
def test_a_page_with_a_hostile_address_is_there(name, few_digits, small_run):
    file = "app.py" if name == "home" else f"pages/{name}.py"
    names = [*(parameter.name for parameter in PARAMETERS.get(file, ())), "show", "unknown"]
    for text in ("../../etc/passwd", "[a](javascript:alert(1)) **b** <b>e</b>", "x" * 50_000):
        page = open_page(name, query=dict.fromkeys(names, text))
        said = "\n".join(str(warning.value) for warning in page.warning)
        assert len(page.warning) >= 1
        assert len(said) < 1500
        assert not re.search(r"(?<!\\)[*<\[$:`](?=[*a-z(])", said)  # nothing that Markdown or HTML knows
        assert len(shown(page)) + len(page.button) > 1  # the page itself


def test_what_is_wrong_with_an_address_is_said_in_a_sentence_each(few_digits, small_run):
    query = {"run": "**gone**", "drawing": "<b>", "digit": "7", "pixel": "layer3.1.1.1", "show": "canvas,lens"}
    said = [warning.value for warning in open_page("draw", query=query).warning]
    assert said == [
        "This page has no part «lens» to show. It has navigation, title, canvas, tools, samples, prediction, layer1, "
        "layer2, pixel, deeper.",
        r"There is no network «\*\*gone\*\*» here: it was renamed or deleted, or is somebody else's.",
        "The drawing of this link cannot be read: a part of it is missing or was changed.",
        "There is no digit «7» on the drawing: there are 1.",
        "The network has no pixel «layer3.1.1.1». A link names layer, map, row and column, such as layer1.3.5.7.",
    ]
    said = [
        warning.value for warning in open_page("filters", query={"run": "small", "at": "3", "filter": "1.4"}).warning
    ]
    assert said[0] == "small has no snapshot at iteration «3». It is shown as it is now."
    assert said[1].startswith("The network has no filter «1.4».")
    [said] = [warning.value for warning in open_page("mistakes", query={"cell": "4-x"}).warning]
    assert "no cell «4-x»" in said
    [said] = [warning.value for warning in open_page("train", query={"run": "small", "with": "small,gone"}).warning]
    assert "no run «gone»" in said


def test_a_fact_that_is_named_twice_counts_once_and_others_stay(few_digits):
    page = open_page("mistakes", query={"cell": ["1-2", "4-9"], "unknown": ["a", "b"]})
    assert page.selectbox(key="read_class").value == "9"
    assert dict(page.query_params) == {"unknown": ["a", "b"]}


def test_a_run_that_is_deleted_after_the_link_was_made_is_said(few_digits, small_run):
    assert not open_page("filters", query={"run": "small", "at": "5"}).warning
    for path in small_run.path.rglob("*.safetensors"):
        path.unlink()
    assert "no network «small» here" in open_page("filters", query={"run": "small", "at": "5"}).warning[0].value


def test_somebody_elses_private_run_is_as_unknown_as_one_that_never_was(few_digits, few, tiny):
    list(execute(create_run("secret", tiny, "tutorial", owner="0" * 32, private=True), few, iterations=2))
    for name, of, query in [
        ("draw", "run", {"pixel": "layer1.1.1.1"}),
        ("filters", "run", {"at": "1"}),
        ("filters", "with", {"with_at": "1"}),
        ("mistakes", "run", {}),
        ("train", "run", {"at": "1"}),
        ("train", "with", {}),
    ]:
        said = [
            [warning.value.replace(run, "…") for warning in open_page(name, query={of: run, **query}).warning]
            for run in ("secret", "nowhere")
        ]
        assert said[0] == said[1]
        assert len(said[0]) == 1


# Only parts of a page


def hidden(page: AppTest) -> set[str]:
    style = "\n".join(element.proto.body for element in page.get("html"))
    rules = re.findall(r"([^{}\n]*) { display: none !important; }", style)
    return {selector for rule in rules if ".st-key-" in rule for selector in rule.split(", ")}


def test_a_link_shows_the_named_parts_alone_and_hides_the_navigation_unless_named():
    assert hidden(open_page("draw")) == set()
    alone = hidden(open_page("draw", query={"show": "canvas, prediction"}))
    assert {".st-key-navigation", ".st-key-tools", ".st-key-layer1", "[data-testid=stHeading]:has(h1)"} <= alone
    assert alone.isdisjoint({".st-key-canvas", ".st-key-prediction"})
    assert ".st-key-navigation" not in hidden(open_page("draw", query={"show": "navigation,canvas"}))
    assert hidden(open_page("draw", query={"show": "nothing"})) == set()


def test_every_part_of_a_page_is_there(few_digits, small_run, linear_run):
    pages = {file: open_page("home" if file == "app.py" else file[6:-3]) for file in PARTS}
    pages["run"] = open_page("train", query={"run": "small"})

    def keys(page: AppTest) -> str:
        def walk(block: object) -> list[str]:
            own = [str(getattr(block, "proto", ""))]
            return own + [text for child in getattr(block, "children", {}).values() for text in walk(child)]

        return "\n".join(walk(page.main))

    for file, parts in PARTS.items():
        text = keys(pages[file]) + (keys(pages["run"]) if file == "pages/train.py" else "")
        for name, (key, *_) in parts.items():
            assert re.search(rf'"(\$\$ID-\w+-)?{key}"|-{key}"', text), (file, name)


def test_the_parts_go_into_the_link_as_they_are_ticked_or_as_the_address_has_them():
    page = open_page("draw", query={"show": "prediction,canvas"})
    assert facts(link_of(page, "pages/draw.py")["link"]) == {"show": "canvas,prediction"}
    told = link_of(page, "pages/draw.py", show=["pixel", "<b>"])
    assert (facts(told["link"]), told["shown"]) == ({"show": "pixel"}, ["pixel"])
    assert link_of(page, "pages/draw.py", show=[])["link"] == HOME
    assert told["parts"][:3] == ["navigation", "title", "canvas"]


# The code, and who can open the link


def test_a_code_is_a_square_of_dark_on_light_with_a_free_margin():
    told = link_of(open_page("draw"), "pages/draw.py", code=True)
    picture = ElementTree.fromstring(told["code"])
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    assert width == height == 25 + 8  # version 2, and four free modules on either side
    assert told["code"] == code_of(told["link"])
    assert link_of(open_page("draw"), "pages/draw.py")["code"] == ""


@pytest.mark.parametrize("own", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9"])
def test_a_link_to_this_machine_alone_says_so_and_how_to_start_for_others(own, monkeypatch):
    monkeypatch.setattr(host, "_address_in_network", lambda: "192.168.1.5")
    monkeypatch.setattr(host.st, "get_option", {"server.address": "127.0.0.1"}.get)
    address, hint = host.for_others(f"http://{own}:8501/draw")
    assert address == f"http://{own}:8501/draw"
    assert "STREAMLIT_SERVER_ADDRESS=0.0.0.0 make run" in hint
    assert "http://192.168.1.5:8501/draw" in hint
    monkeypatch.setattr(host.st, "context", SimpleNamespace(headers={"X-Forwarded-For": "10.1.2.3"}))
    assert "cannot open" not in host.for_others(f"http://{own}/digits/draw")[1]  # a proxy passes others on to it
    monkeypatch.setattr(host.st, "get_option", {"server.address": "0.0.0.0"}.get)
    address, hint = host.for_others(f"http://{own}:8501/draw")
    assert address == "http://192.168.1.5:8501/draw"
    assert "192.168.1.5" in hint


def test_a_link_that_others_can_open_is_left_as_it_is():
    for address in ("https://school.example/digits/draw", "http://192.168.1.5:8501/", "http://[2001:db8::1]/draw"):
        assert host.for_others(address) == (address, "")
