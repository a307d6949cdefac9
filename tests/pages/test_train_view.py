"""What Train shows of a run: curves, comparisons, and the network as it learns."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from ocr import CNN, load_checkpoint
from ocr.ink.picture import segment_image
from ocr.runs import folder
from ocr.runs.comparison import running_mean
from ocr.runs.process import execute
from ocr.runs.run import Run
from ocr.training.report import Progress
from pages.ui.drawing import Drawing
from pages.ui.elements.curves import MOST_POINTS
from pages.ui.train.files import metrics_csv
from tests.pages.apptest import check, kept, open_page, set_status, shown, texts, values
from tests.strokes import ONE, SEVEN

pytestmark = pytest.mark.usefixtures("fresh_caches", "few_digits")


# Curves


def test_the_curves_are_the_reports_and_smoothed_the_raw_ones_stay_behind(small_run):
    page = open_page("train", run="small")
    reports = [report for report in small_run.metrics() if report.training_loss is not None]
    training = shown(page)["learning_curves"]["panels"][1]["lines"][0]
    assert training["x"] == [report.iteration for report in reports]
    np.testing.assert_allclose(training["y"], [report.training_loss for report in reports], atol=1e-5)
    assert training["raw"] is None
    check(page.select_slider(key="smoothing").set_value(3).run())
    training = shown(page)["learning_curves"]["panels"][1]["lines"][0]
    raw = [report.training_loss for report in reports]
    np.testing.assert_allclose(training["raw"], raw, atol=1e-5)
    np.testing.assert_allclose(training["y"], running_mean(raw, 3), atol=1e-5)


def test_a_change_of_the_learning_rate_is_marked(small_run, monkeypatch):
    monkeypatch.setattr(Run, "rate_changes", lambda run: [(5, 0.002), (9, None)])
    curves = shown(open_page("train", run="small"))["learning_curves"]
    assert curves["changes"] == [
        {"x": 5, "text": "rate 0.002", "color": None},
        {"x": 9, "text": "the recipe's rate", "color": None},
    ]


def test_the_axis_ends_at_the_next_milestone(small_run):
    set_status(small_run, state="stopped", target=500)
    assert shown(open_page("train", run="small"))["learning_curves"]["last"] == 20


def test_a_long_run_sends_no_more_points_than_there_are_pixels():
    reports = [Progress(i, 0.5, i / 10_000, None, None, 1.0, 1.0, 0.1) for i in range(10_000)]

    def script(reports):
        from pages.ui.elements.curves import show_curves

        show_curves(reports, 10_000, tutorial=False)

    page = check(AppTest.from_function(script, kwargs={"reports": reports}, default_timeout=60).run())
    line = shown(page)["learning_curves"]["panels"][1]["lines"][0]
    assert len(line["x"]) < MOST_POINTS + 60
    assert line["x"][:5] == [0, 1, 2, 3, 4]
    assert line["x"][-1] == 9_999


def test_runs_are_compared_by_their_curves_and_the_rows_that_differ(small_run, few, tiny):
    other = folder.create_run("wide", replace(tiny, batch_size=16), "tutorial")
    list(execute(other, few, iterations=5))
    page = open_page("train", run="small")
    assert "What differs" not in texts(page) + "".join(header.value for header in page.header)
    check(page.multiselect(key="compared").set_value(["wide"]).run())
    lines = shown(page)["learning_curves"]["panels"][0]["lines"]
    assert [line["name"] for line in lines] == ["training batches", "validation images", "wide"]
    assert lines[2]["x"][-1] == 5
    told = texts(page)
    assert '<th scope=\\"row\\">batch size</th><td>8</td><td>16</td>' in told
    assert '<th scope=\\"row\\">learning rate</th>' not in told
    assert '<th scope=\\"row\\">wide</th><td>Finished</td><td>5</td>' in told


def test_what_was_asked_of_compared_runs_on_the_way_is_not_hidden(small_run, few, tiny, monkeypatch):
    list(execute(folder.create_run("other", tiny, "tutorial"), few, iterations=5))
    monkeypatch.setattr(Run, "rate_changes", lambda run: [(3, 0.02)] if run.name == "other" else [])
    page = open_page("train", run="small")
    check(page.multiselect(key="compared").set_value(["other"]).run())
    assert '<th scope=\\"row\\">iterations asked for</th><td>12</td><td>5</td>' in texts(page)
    assert '<th scope=\\"row\\">learning rate changed</th><td>never</td><td>0.02 after 3</td>' in texts(page)
    curves = shown(page)["learning_curves"]
    assert curves["changes"] == [
        {"x": 3, "text": "other: rate 0.02", "color": curves["panels"][0]["lines"][2]["color"]}
    ]


# The network beside them


def test_what_the_page_shows_while_the_slider_moves_is_what_python_shows_where_it_rests(small_run):
    page = open_page("train", run="small")
    moments = shown(page)["moments"]
    frames = values(moments).reshape(len(small_run.snapshots()), -1)
    for number, at in enumerate(small_run.snapshots()):
        check(page.select_slider(key="moment_small").set_value(at).run())
        told, start = shown(page), 0
        for part in moments["parts"]:
            frame, start = frames[number, start : start + part["length"]], start + part["length"]
            element = told[part["name"]]
            assert frame == pytest.approx(values(element) if "values" in element else element["probabilities"])
            assert element["redrawn"] == part["name"]


def test_the_network_is_that_of_the_chosen_moment(small_run):
    page = open_page("train", run="small")

    def first_layer(path: Path) -> np.ndarray:
        model = load_checkpoint(path).model
        assert isinstance(model, CNN)
        return model.convs[0].weight.numpy().ravel()

    def on_show() -> np.ndarray:
        return values(shown(page)["learning_filters1"])

    np.testing.assert_array_equal(on_show(), first_layer(small_run.checkpoint_path))
    check(page.select_slider(key="moment_small").set_value(2).run())
    np.testing.assert_array_equal(on_show(), first_layer(small_run.snapshots()[2]))
    told = shown(page)
    assert told["learning_filters1"]["signed"]
    low, high = told["learning_filters1"]["range"]
    assert low == -high < 0
    assert told["learning_maps2"]["count"] == 4


def test_the_drawing_of_the_draw_page_is_what_it_reads(small_run):
    def drawing(**state) -> str:
        return shown(open_page("train", run="small", **state))["learning_drawing"]["values"]

    assert len({drawing(), drawing(**kept(Drawing(SEVEN))), drawing(**kept(Drawing(ONE)))}) == 3
    assert "A sample, until you draw" in shown(open_page("train", run="small"))["learning_drawing"]["caption"]
    assert "Your drawing" in shown(open_page("train", run="small", **kept(Drawing(ONE))))["learning_drawing"]["caption"]


def test_a_picture_uploaded_on_draw_is_what_it_reads(small_run, monkeypatch):
    image = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(image).line([(140, 40), (140, 240)], 0, 16)
    file = io.BytesIO()
    image.save(file, "PNG")
    read = []
    monkeypatch.setattr(
        "pages.ui.draw.picture.segment_image", lambda *how, **more: read.append(1) or segment_image(*how, **more)
    )
    page = open_page("draw", **kept(Drawing(SEVEN)))
    page.file_uploader[0].upload("one.png", file.getvalue(), "image/png")
    seen = shown(check(page.run()))["seen"]["values"]
    page.switch_page("pages/train.py")
    page.session_state["run"] = "small"
    told = shown(check(page.run()))["learning_drawing"]
    assert told["values"] == seen
    assert told["caption"] == "one.png"
    page.switch_page("pages/draw.py")
    assert shown(check(page.run()))["seen"]["values"] == seen
    assert len(read) == 1  # not at every rerun


def test_the_linear_baseline_shows_its_ten_images(linear_run):
    told = shown(open_page("train", run=linear_run.name))
    assert told["learning_weights"]["count"] == 10
    assert "learning_maps1" not in told


def test_while_it_learns_the_confusion_matrix_is_a_click_away(small_run):
    set_status(small_run, state="training", target=500)
    with folder.hold_lock(small_run):
        page = open_page("train", run="small")
        assert "validation_matrix" not in shown(page)
        check(page.segmented_control(key="more_about_live").set_value("Confusion matrix").run())
        assert "validation_matrix" in shown(page)


@pytest.mark.parametrize("name", ["draw", "filters", "mistakes"])
def test_a_finished_run_leads_on_to_the_pages_that_read_with_it(small_run, name):
    page = open_page("train", run="small")
    check(page.button(key=f"lead_pages/{name}.py").click().run())
    chooser = {"draw": "draw_weights", "filters": "filters_left", "mistakes": "mistakes_weights"}[name]
    assert page.session_state[chooser] == "small"


def test_at_the_end_there_is_the_confusion_matrix(small_run, few):
    page = open_page("train", run="small")
    counts = np.array(shown(page)["validation_matrix"]["counts"])
    assert counts.sum() == len(few.validation)
    accuracy = small_run.metrics()[-1].validation_accuracy
    assert np.trace(counts) == round(accuracy * len(few.validation))


def test_metrics_are_a_table_with_every_report(small_run):
    rows = list(csv.DictReader(io.StringIO(metrics_csv(small_run.metrics()))))
    assert [int(row["iteration"]) for row in rows] == [report.iteration for report in small_run.metrics()]
    assert rows[0]["training_loss"] == ""
    assert float(rows[-1]["validation_accuracy"]) == small_run.metrics()[-1].validation_accuracy


def test_the_words_on_the_curves_are_explained_once_asked_for(small_run):
    for page in (open_page("train", run="New run"), open_page("train", run="small")):
        (words,) = (each for each in page.expander if each.label == "What these words mean")
        assert not words.proto.expanded
        assert "in the unit <strong>nats</strong>" in words.get("html")[0].proto.body
