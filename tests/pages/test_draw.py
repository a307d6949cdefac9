"""Draw in all its states, without a browser: `pytest tests/test_pages_draw.py`."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from ocr import CNNConfig, evaluate, load_checkpoint
from ocr.ink.view import View
from ocr.inspection.knock_out import switch_off
from ocr.runs.folder import create_run
from ocr.runs.process import execute
from pages.ui.draw.fabric import to_drawing
from pages.ui.draw.picture import read_picture
from pages.ui.drawing import Drawing
from tests.pages.apptest import check, drawing_of, kept, on_canvas, open_page, reading, shown, texts, values
from tests.strokes import LETTER, ONE, SEVEN, ZERO

pytestmark = pytest.mark.usefixtures("fresh_caches")


def said(page: AppTest) -> str:
    """The digits in large type."""
    return "".join(piece["text"] for piece in reading(page)["pieces"])


def test_before_the_first_stroke_a_sample_shows_what_will_be_seen():
    page = open_page("draw")
    assert "Draw a digit. Until then" in reading(page)["note"]
    assert reading(page)["empty"]
    assert shown(page)["strokes"]["tools"] == {"undo": False, "redo": False, "rubber": False, "clear": False}


def test_a_drawing_is_read():
    page = open_page("draw", **on_canvas(SEVEN))
    assert said(page) == "7"
    assert shown(page)["strokes"]["tools"] == {"undo": True, "redo": False, "rubber": True, "clear": True}


def test_what_is_shown_is_what_predict_says_of_the_same_strokes(cli, tmp_path):
    path = tmp_path / "drawing.jsonl"
    path.write_text(json.dumps({"strokes": SEVEN}))
    code, printed, _ = cli("predict", path)
    predicted = json.loads(printed)
    page = open_page("draw", **on_canvas(SEVEN))
    assert code == 0
    assert said(page) == predicted["text"]
    assert reading(page)["probabilities"] == pytest.approx(predicted["digits"][0]["probabilities"], abs=1e-6)


def test_maps_on_one_scale_say_so():
    page = open_page("draw", **on_canvas(SEVEN))
    assert sum("each, each map on its own scale" in str(element.proto) for element in page.get("bidi_component")) == 2
    check(page.toggle(key="one_scale").set_value(True).run())
    assert sum("each, one scale for all" in str(element.proto) for element in page.get("bidi_component")) == 2


def test_undo_takes_one_stroke_and_clear_takes_all_and_both_can_be_taken_back():
    stroke = [[20.0, 20.0], [40.0, 40.0]]
    page = open_page("draw", **on_canvas([*SEVEN, stroke]))
    page.button(key="undo").click().run()
    assert drawing_of(page).strokes == SEVEN
    page.button(key="redo").click().run()
    assert drawing_of(page).strokes == [*SEVEN, stroke]
    page.button(key="clear").click().run()
    assert drawing_of(page).strokes == []
    assert shown(page)["strokes"]["tools"] == {"undo": True, "redo": False, "rubber": False, "clear": False}
    page.button(key="undo").click().run()
    assert drawing_of(page).strokes == [*SEVEN, stroke]
    check(page)


def forwarded(stroke: list[list[float]], step: int) -> dict:
    """What the session knows of a stroke that was forwarded while it was drawn."""
    return {"live": {"version": 0, "step": step, "points": stroke, "echo": f"{step}.9.9"}}


def test_a_stroke_that_the_canvas_told_of_and_took_off_again_is_not_read():
    page = open_page("draw", **on_canvas(ONE), pen=forwarded(ZERO[0], step=2))
    assert said(page) == "10"  # while the stroke is being drawn
    for step, (strokes, digit) in enumerate((([*ONE, *ZERO], "10"), (ONE, "1"), ([], "")), 2):  # told, then rubbed out
        for key, value in on_canvas(strokes, step).items():
            page.session_state[key] = value
        assert said(check(page.run())) == digit
    page.session_state["pen"] = forwarded(SEVEN[0], step=5)
    assert said(check(page.run())) == "7"


def picture(strokes: list[list[list[float]]]) -> bytes:
    """A PNG of a drawing."""
    image = Image.new("L", (280, 280), 255)
    for stroke in strokes:
        ImageDraw.Draw(image).line([(x, y) for x, y in stroke], 0, 16)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_an_uploaded_picture_takes_the_place_of_one_opened_from_another_page():
    opened = np.zeros((28, 28), np.float32)
    opened[6:22, 13:15] = 1
    drawing = Drawing()
    drawing.open(opened, "the validation image from Train")
    page = open_page("draw", **kept(drawing))
    assert "Reading **the validation image from Train**" in texts(page)
    assert said(page) == "1"
    assert shown(page)["opened"]["values"] == shown(page)["seen"]["values"]  # in the page's own ink
    page.file_uploader[0].upload("seven.png", picture(SEVEN), "image/png")
    assert said(check(page.run())) == "7"
    assert "Reading **seven.png**" in texts(page)
    page.file_uploader[0].upload("my_*seven*_[1].png", picture(SEVEN), "image/png")
    check(page.run())
    captions = [caption.value for caption in page.caption]
    assert r"Reading **my\_\*seven\*\_\[1\].png**" in captions  # Markdown's signs are only signs in a name
    check(page.button(key="back").click().run())
    assert said(page) == ""


@pytest.mark.parametrize("turns", range(4))
def test_of_a_turned_picture_the_part_that_was_marked_is_read(turns, monkeypatch):
    grey = np.full((200, 300), 255, np.uint8)
    grey[20:80, 30:40] = 0
    grey[120:180, 250:260] = grey[170:180, 250:285] = 90  # another shape
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    whole = read_picture("two.png", file.getvalue(), View(turns=turns))
    monkeypatch.setattr("pages.ui.draw.picture.open_picture", None)  # it is decoded once
    for glyph in whole.segmentation.glyphs:
        left, top, right, bottom = glyph.box
        width, height = whole.size
        marked = ((left - 8) / width, (top - 8) / height, (right + 8) / width, (bottom + 8) / height)
        part = read_picture("two.png", b"", whole.view.of_part(marked), whole.opened)
        [only] = part.segmentation.glyphs
        assert np.abs(only.image - glyph.image).mean() < 0.03
        np.testing.assert_allclose(part.size, (right - left + 16, bottom - top + 16), atol=2)
        inner = part.view.of_part((0, 0, 0.5, 1)).part  # a part of a part lies in it
        assert all(part.view.part[edge] <= inner[edge] + 1e-9 for edge in (0, 1))
        assert all(part.view.part[edge] >= inner[edge] - 1e-9 for edge in (2, 3))


def test_marking_a_part_takes_the_place_of_the_boxes_and_can_be_left():
    page = open_page("draw", **on_canvas(SEVEN))
    page.file_uploader[0].upload("seven.png", picture(SEVEN), "image/png")
    check(page.run())
    check(page.button(key="correct_part").click().run())
    assert "mark" in shown(page)
    check(page.button(key="correct_cancel").click().run())
    assert "mark" not in shown(page)
    assert said(page) == "7"


def test_a_dot_is_no_traceback():
    page = open_page("draw", **on_canvas([[[140.0, 140.0]]]))
    assert said(page) == "?"
    assert "does not look like a digit" in reading(page)["note"]


def test_a_letter_among_digits_is_no_digit_either():
    page = open_page("draw", **on_canvas([*ONE, *LETTER]))
    assert said(page) == "1?"
    assert shown(page)["pen"]["doubts"] == [False, True]


def test_a_drawing_turned_too_far_no_longer_looks_like_a_digit():
    page = open_page("draw", **on_canvas(SEVEN), deeper="Change the drawing", vary_size=0.4, vary_thickness=2.5)
    assert "but it does not look like a digit" in shown(page)["varied_said"]["said"]


def test_evidence_by_place_lies_on_the_digit():
    told = shown(open_page("draw", **on_canvas(SEVEN), deeper="Why this digit"))
    for key in ("why_saliency", "why_occlusion"):
        assert told[key]["under"] == told["seen"]["values"]


def pointing(layer: int, channel: int, row: int, column: int) -> dict:
    """What the session knows when a pixel of a layer's maps (all from 1) is pointed at."""
    return {f"maps{layer}": {"picked": {"at": [channel - 1, row - 1, column - 1], "echo": 1}}}


def test_the_account_of_a_pixel_adds_up_and_all_its_inputs_can_be_opened():
    page = open_page("draw", **on_canvas(SEVEN), **pointing(2, 2, 4, 4))
    [inputs] = [group for group in page.button_group if "pixel_input" in group.key]
    labels = list(inputs.options)
    assert len(labels) == 7
    assert labels[-1].startswith("the other 10: ")
    total = re.search(r"Sum over all 16 input maps: ([−\d.]+)", texts(page))
    parts = sum(float(label.split(": ")[1].replace("−", "-")) for label in labels)
    assert parts == pytest.approx(float(total[1].replace("−", "-")), abs=0.005)
    check(inputs.set_value(-1).run())
    [inputs] = [group for group in page.button_group if "pixel_input" in group.key]
    assert len(inputs.options) == 16


def test_the_winner_of_a_pool_is_outlined():
    told = shown(open_page("draw", **on_canvas(SEVEN), **pointing(1, 3, 4, 7)))["pixel_pool"]
    [[_, row, column, *_]] = told["boxes"]
    assert values(told).reshape(2, 2)[row, column] == values(told).max()


def test_a_pixel_of_a_layer_that_another_network_lacks_is_not_accounted_for(few, tiny):
    run = create_run("flat", replace(tiny, network=CNNConfig(filters=(3,), filter_sizes=(5,), fc_size=8)), "tutorial")
    list(execute(run, few, iterations=1))
    page = open_page("draw", **on_canvas(SEVEN), **pointing(2, 2, 4, 4))
    assert "map 2, row 4, column 4" in texts(page)
    assert "Point at any pixel" in texts(check(page.selectbox(key="draw_weights").set_value("flat").run()))


def test_clear_forgets_the_pixel_that_was_pointed_at_and_a_page_switch_does_not():
    page = open_page("draw", **on_canvas(SEVEN), **pointing(1, 3, 4, 7))
    assert "map 3, row 4, column 7" in texts(page)
    del page.session_state["maps1"]  # as on another page
    assert "map 3, row 4, column 7" in texts(check(page.run()))
    page.session_state["maps1"] = pointing(1, 3, 4, 7)["maps1"]
    assert "Point at any pixel" in texts(check(page.button(key="clear").click().run()))


def test_looks_that_need_strokes_are_offered_for_drawings_only():
    page = open_page("draw", **on_canvas(SEVEN), deeper="Stroke by stroke")
    assert "Read as" in shown(page)["scrubbed_said"]["said"]
    image = np.zeros((28, 28), np.float32)
    image[6:22, 13:15] = 1
    drawing_of(page).open(image, "a test image")
    check(page.run())
    [looks] = [group for group in page.button_group if group.key == "deeper"]
    assert list(looks.options) == [
        "Why this digit",
        "Neurons and digits",
        "The whole network",
        "Two networks",
        "Slide the window",
    ]
    assert "need a drawing on the canvas" in texts(page)


def test_values_of_sliders_are_written_as_other_numbers_are():
    page = open_page("draw", **on_canvas(SEVEN), deeper="Change the drawing")
    assert page.select_slider(key="vary_rotation").options[0] == "−60°"
    assert page.select_slider(key="vary_size").options[-1] == "1.4 ×"


def test_strokes_that_are_left_out_are_said():
    specks = [[[30.0, 250.0], [34.0, 252.0]], [[250.0, 250.0]]]
    assert reading(open_page("draw", **on_canvas(SEVEN)))["left_out"] == ""
    page = open_page("draw", **on_canvas([*SEVEN, *specks]))
    assert said(page) == "7"
    assert reading(page)["left_out"] == "2 strokes are left out"


def test_a_canvas_painted_all_over_is_no_traceback():
    rows = [[[float(x), float(y)] for x in (0, 280)] for y in range(0, 281, 4)]
    page = open_page("draw", **on_canvas(rows))
    assert "not look like a digit" in reading(page)["note"]


def test_fabric_paints_each_stroke_through_its_points_in_the_ink_of_the_light_theme_twice_as_large():
    stroke, dot = to_drawing([[[1.5, 2.5], [3.5, 5.5], [9, 4]], [[5, 6]]], 16)["objects"]
    assert stroke["path"] == [["M", 3, 5], ["L", 7, 11], ["L", 18, 8]]
    assert (stroke["left"], stroke["top"], stroke["width"], stroke["height"]) == (3 - 16, 5 - 16, 15, 6)
    assert dot["path"] == [["M", 10, 12], ["L", 10, 12]]  # a line of no length, whose round ends are seen
    assert (stroke["stroke"], stroke["strokeWidth"]) == (st.get_option("theme.light.textColor"), 32)


def test_another_version_makes_fabric_paint_the_same_strokes_anew():
    assert to_drawing(ONE, 16, version=1) != to_drawing(ONE, 16, version=2)


def test_draw_reads_with_the_weights_of_a_run(small_run):
    page = open_page("draw", **on_canvas(SEVEN), draw_weights=small_run.name)
    assert "3 × 14 × 14" in texts(page)
    assert "4 × 7 × 7" in texts(page)


def test_draw_says_so_when_a_run_is_damaged(small_run):
    small_run.checkpoint_path.write_bytes(b"\x80\x04 a pickle, perhaps")
    page = open_page("draw", **on_canvas(SEVEN), draw_weights=small_run.name)
    assert "not a readable safetensors file" in page.error[0].value


def test_draw_says_what_the_linear_baseline_lacks(linear_run):
    page = open_page("draw", **on_canvas(SEVEN), draw_weights=linear_run.name)
    assert "no layers to look into" in page.info[0].value


def test_filters_are_switched_off_while_one_draws(few_digits):
    off = list(range(12))  # so many that digits are misread
    page = open_page("draw", off0=off, off1=[35], off2=[7])
    shipped = load_checkpoint()
    switched = switch_off(shipped, {0: off, 1: [35], 2: [7]})
    without, whole = (evaluate(each.model, few_digits.validation).accuracy for each in (switched, shipped))
    assert without < whole
    assert "**13 filters and 1 neuron switched off.**" in texts(page)
    assert f"It reads {without:.2%} of 50 validation images, {whole:.2%} with all." in texts(page)
    maps = values(shown(page)["maps1"]).reshape(16, 14, 14)
    assert not maps[off].any()
    assert maps[12:].any()
    check(page.button(key="switch_on").click().run())
    assert "switched off" not in texts(page)
    assert values(shown(page)["maps1"]).reshape(16, 14, 14)[off].any()
