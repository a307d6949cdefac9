"""Mistakes as its visitors meet it, without a browser: `pytest tests/test_pages_mistakes.py`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr import evaluate, load_checkpoint, save_checkpoint
from tests.pages.apptest import check, open_page, shown, texts, values

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
