"""Mistakes as its visitors meet it, without a browser: `pytest tests/test_pages_mistakes.py`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr import evaluate, load_checkpoint, save_checkpoint
from ocr.data.statistics import class_statistics, strangeness
from ocr.inspection.findings import findings_dir
from ocr.inspection.robustness import KINDS
from ocr.network.checkpoint import SHIPPED, TEACHERS, temperature
from ocr.reading.scores import class_scores, coverage, doubtful_labels, together
from tests.pages.apptest import check, finished, open_page, shown, texts, values

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def few_mistakes(few, monkeypatch):
    """The few digits with wrong labels among them: whatever weights are shipped, they make mistakes."""
    labels = few.test.labels.copy()
    labels[[3, 5, 8, 13]] = (labels[[3, 5, 8, 13]] + 1) % 10
    mislabelled = replace(few, test=replace(few.test, labels=labels))
    monkeypatch.setattr("pages.ui.cache.load_data", lambda: mislabelled)
    return mislabelled


def test_mistakes_says_accuracy_with_counts_and_shows_the_most_confident_first(few_mistakes):
    page = open_page("mistakes")
    evaluation = evaluate(load_checkpoint().model, few_mistakes.test)
    assert f"{evaluation.correct} of 50 test images read right" in page.markdown[0].value
    assert shown(page)["matrix"]["counts"] == evaluation.confusion().tolist()
    first = evaluation.mistakes[:9]
    titles = [f"{few_mistakes.test.labels[i]} read as {evaluation.predictions[i]}" for i in first]
    assert shown(page)["gallery"]["titles"] == titles
    np.testing.assert_array_equal(
        values(shown(page)["gallery"]), (few_mistakes.test.images[first].astype(np.float32) / 255).ravel()
    )


def test_an_image_that_is_opened_on_draw_takes_its_label_along(few_mistakes, monkeypatch):
    title = shown(open_page("mistakes"))["gallery"]["titles"][0]
    monkeypatch.setattr("pages.ui.behind.show_gallery", lambda *_, **__: 0)  # the first is pressed
    page = open_page("mistakes")
    assert f"Reading **the test image from Mistakes, labelled {title[0]}**" in texts(page)


def test_choosing_classes_opens_the_cell(few_mistakes):
    page = open_page("mistakes")
    evaluation = evaluate(load_checkpoint().model, few_mistakes.test)
    confusion = evaluation.confusion() * (1 - np.eye(10, dtype=int))
    true, read = np.unravel_index(confusion.argmax(), confusion.shape)
    page.selectbox(key="true_class").set_value(str(true))
    check(page.selectbox(key="read_class").set_value(str(read)).run())
    told = shown(page)
    assert told["gallery"]["titles"] == [f"{true} read as {read}"] * min(9, confusion.max())
    assert told["matrix"]["chosen"] == [true, read]
    check(page.selectbox(key="read_class").set_value(str(true)).run())
    assert any("read right, the least confident first" in caption.value for caption in page.caption)


def test_an_empty_cell_says_so(few_digits):
    evaluation = evaluate(load_checkpoint().model, few_digits.test)
    true, read = np.argwhere(evaluation.confusion() == 0)[0]
    page = open_page("mistakes", true_class=str(true), read_class=str(read))
    assert any("nothing to show" in caption.value for caption in page.caption)
    assert "gallery" not in shown(page)


def test_nine_more_images_and_back_to_nine_for_another_cell(digits):
    page = open_page("mistakes", mistakes_weights="Untrained network")
    assert len(shown(page)["gallery"]["titles"]) == 9
    check(page.button(key="more").click().run())
    assert len(shown(page)["gallery"]["titles"]) == 18
    check(page.selectbox(key="true_class").set_value("3").run())
    assert len(shown(page)["gallery"]["titles"]) == 9


def test_the_linear_baseline_can_be_evaluated(few_digits, linear_run):
    page = open_page("mistakes", mistakes_weights="line")
    correct = evaluate(load_checkpoint(linear_run.checkpoint_path).model, few_digits.test).correct
    assert f"{correct} of 50 test images" in page.markdown[0].value


def test_weights_that_changed_are_evaluated_again(few_digits, small_run):
    page = open_page("mistakes", mistakes_weights="small")
    before = shown(page)["matrix"]["counts"]
    save_checkpoint(small_run.checkpoint_path, load_checkpoint())
    check(page.run())
    after = evaluate(load_checkpoint().model, few_digits.test).confusion().tolist()
    assert shown(page)["matrix"]["counts"] == after
    assert after != before


def look(name: str, **state: object):
    return open_page("mistakes", mistakes_deeper=name, **state)


def test_looks_deeper_are_closed_at_first(few_mistakes):
    page = open_page("mistakes")
    assert page.segmented_control(key="mistakes_deeper").value is None
    assert "data_Mean" not in shown(page)


def test_each_digit_has_its_scores(few_mistakes):
    page = look("Each digit")
    scores = class_scores(evaluate(load_checkpoint().model, few_mistakes.test))
    assert f"{scores.recall[3]:.2%}" in texts(page)


def test_a_threshold_says_what_it_costs_and_gains(few_mistakes):
    page = look("Confidence", threshold=0.998)
    evaluation = evaluate(load_checkpoint().model, few_mistakes.test, temperature(load_checkpoint()))
    kept = coverage(evaluation, 0.998)
    assert f"**{kept.kept} of 50** images are read" in texts(page)
    assert "**1 mistake**" in texts(page) or f"**{kept.kept - kept.right} mistakes**" in texts(page)
    assert len(shown(page)["closest"]["titles"]) == 12


def test_doubtful_labels_ask_networks_that_know_mnist(few_mistakes):
    assert "Without MNIST there is nothing to ask" in texts(look("Doubtful labels"))


def test_doubtful_labels_come_first_where_four_networks_agree(few_mistakes, monkeypatch):
    mnist = replace(few_mistakes, name="MNIST")
    monkeypatch.setattr("pages.ui.cache.load_data", lambda: mnist)
    told = shown(look("Doubtful labels"))["doubtful"]
    everybody = [evaluate(c.model, mnist.test, temperature(c)) for c in map(load_checkpoint, (SHIPPED, *TEACHERS))]
    expected = doubtful_labels(together(everybody))
    assert {3, 5, 8, 13} <= set(expected.tolist())
    assert [note.split("image ")[1] for note in told["notes"]] == [f"{i + 1}" for i in expected[:12]]


def test_two_networks_and_the_images_that_only_one_reads(few_mistakes):
    page = look("Two networks")
    first = evaluate(load_checkpoint().model, few_mistakes.test)
    assert page.selectbox(key="mistakes_other").value == "Untrained network"
    assert f"The first reads {first.correct} of 50 right" in texts(page)
    assert "so one is truly better" in texts(page)
    check(page.selectbox(key="mistakes_other").set_value("Shipped weights").run())
    assert "Both read the same images right." in texts(page)


def test_the_images_themselves(few_mistakes):
    told = shown(look("The images themselves"))
    means = values(told["data_Mean"]).reshape(10, 28, 28)
    np.testing.assert_allclose(means, class_statistics(few_mistakes.test).mean, atol=0.01)
    order = np.argsort(-strangeness(few_mistakes.test), kind="stable")[:12]
    assert told["stand_out_Strangest"]["titles"] == [f"a {few_mistakes.test.labels[i]}" for i in order]


def test_robustness_is_measured_once_and_kept(few_mistakes):
    page = look("Robustness")
    assert not page.get("plotly_chart")
    check(page.button(key="find robustness").click().run())
    page = finished(page)
    assert len(page.get("plotly_chart")) == len(KINDS)
    assert list(findings_dir().glob("robustness-*.safetensors"))
    kinds = shown(page)["harmed"]
    assert len(kinds["names"]) == 2 * len(KINDS[0].strengths)


def test_a_map_of_the_digits_with_the_drawing_in_it(few_mistakes):
    page = look("Map of the digits")
    assert len(page.get("plotly_chart")) == 1
    assert "map_images" not in shown(page)
    check(page.segmented_control(key="map_method").set_value("Neighbourhoods (t-SNE)").run())
    check(page.button(key="find map-3").click().run())
    page = finished(page)
    assert len(page.get("plotly_chart")) == 1
    assert list(findings_dir().glob("map-3-*.safetensors"))


def test_the_linear_baseline_has_no_map(few_digits, linear_run):
    assert "no layers" in texts(look("Map of the digits", mistakes_weights="line"))
