"""Mistakes as its visitors meet it, without a browser: `pytest tests/test_pages_mistakes.py`."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from ocr import Split, TrainConfig, evaluate, load_checkpoint, save_checkpoint
from ocr.data.statistics import class_statistics, strangeness
from ocr.data.user_digits import keep_digit
from ocr.inspection.findings import findings_dir
from ocr.inspection.robustness import KINDS
from ocr.network.checkpoint import SHIPPED, TEACHERS, temperature
from ocr.reading.scores import class_scores, coverage, doubtful_labels, together
from ocr.runs.folder import create_run
from tests.data.test_labelled import png
from tests.pages.apptest import check, delete_after, finished, open_page, shown, texts, values
from tests.strokes import SEVEN
from tests.test_evaluate import plain

LOOKS = (
    "Each digit",
    "Confidence",
    "Doubtful labels",
    "Nearest training images",
    "Two networks",
    "Map of the digits",
    "Robustness",
    "The images themselves",
)
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
    shipped = load_checkpoint()
    evaluation = evaluate(shipped.model, few_mistakes.test, temperature(shipped))  # which decides who is surest
    assert f"{evaluation.correct} of 50 test images read right" in texts(page)
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
    assert f"{correct} of 50 test images" in texts(page)


def test_weights_that_changed_are_evaluated_again(few_digits, small_run):
    page = open_page("mistakes", mistakes_weights="small")
    before = shown(page)["matrix"]["counts"]
    save_checkpoint(small_run.checkpoint_path, load_checkpoint())
    check(page.run())
    after = evaluate(load_checkpoint().model, few_digits.test).confusion().tolist()
    assert shown(page)["matrix"]["counts"] == after
    assert after != before


def pictures(few, count: int = 6) -> bytes:
    """A zip archive of test images, in folders by their labels, one with a name that says nothing."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for i in range(count):
            archive.writestr(f"set/{few.test.labels[i]}/image {i}.png", png(few.test.images[i]))
        archive.writestr("set/who.png", png(few.test.images[0]))
    return file.getvalue()


def bring(content: bytes, name: str, **state: object):
    page = open_page("mistakes", **state)
    return check(page.file_uploader(key="images_file_0").set_value((name, content, "application/zip")).run())


def test_pictures_that_are_brought_are_looked_at_in_every_way(few_mistakes, few):
    page = bring(pictures(few), "class 4b.zip")
    right = evaluate(load_checkpoint().model, Split(few.test.images[:6], few.test.labels[:6])).correct
    assert f"{right} of 6 images read right" in texts(page)
    assert "set/who.png: neither its folder nor its name says which digit it is." in texts(page)
    for name in LOOKS:
        check(page.segmented_control(key="mistakes_deeper").set_value(name).run())
        assert not page.error
    check(page.segmented_control(key="mistakes_deeper").set_value("Confidence").run())
    assert sorted(note.split("set/")[1][2:] for note in shown(page)["closest"]["notes"]) == [
        f"image {i}.png" for i in range(6)
    ]


def test_what_cannot_be_brought_is_a_sentence_and_the_page_stays(few_mistakes):
    page = bring(b"what is this", "x.zip")
    assert "x.zip is neither a stroke file nor a zip archive" in page.error[0].value
    assert page.selectbox(key="mistakes_images").value == "Test images"


def test_validation_images_are_read(few_mistakes):
    page = open_page("mistakes", mistakes_images="Validation images", mistakes_deeper="The images themselves")
    evaluation = evaluate(load_checkpoint().model, few_mistakes.validation)
    assert f"{evaluation.correct} of 50 validation images read right" in texts(page)
    means = values(shown(page)["data_Mean"]).reshape(10, 28, 28)
    np.testing.assert_allclose(means, class_statistics(few_mistakes.validation).mean, atol=0.01)


def test_ones_own_digits_are_read_and_those_learnt_are_said(few_mistakes, common_digits):
    digit = keep_digit(SEVEN, 7)
    assert "Your digits" in open_page("mistakes").selectbox(key="mistakes_images").options
    page = open_page("mistakes", mistakes_images="Your digits")
    assert "of 1 digit of yours read right" in texts(page)
    run = create_run("tuned", TrainConfig(iterations=1), "tutorial")
    save_checkpoint(run.checkpoint_path, replace(load_checkpoint(), info={"learnt": [digit.id]}))
    page = open_page("mistakes", mistakes_images="Your digits", mistakes_weights="tuned")
    assert "was trained on 1 of these" in texts(page)
    for name in LOOKS:
        check(page.segmented_control(key="mistakes_deeper").set_value(name).run())


def test_a_link_says_which_images(few_mistakes):
    page = open_page("mistakes", query={"images": "validation"})
    assert page.selectbox(key="mistakes_images").value == "Validation images"
    assert "There are no images" in texts(open_page("mistakes", query={"images": "<b>"}))


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
    assert all("\n" in note and "·" not in note for note in told["stand_out_Strangest"]["notes"])
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


def python_of(page) -> dict[str, object]:
    """The names that «The Python that makes this» of the open look has assigned, once it has been run."""
    code = page.get("code")[-1].value
    names: dict[str, object] = {}
    exec(code, names)
    return names


@pytest.fixture
def same_data(few_mistakes, monkeypatch):
    """What the Python of a view loads is what the page shows."""
    monkeypatch.setattr("ocr.data.mnist.load_data", lambda: few_mistakes)
    monkeypatch.setattr("ocr.load_data", lambda: few_mistakes, raising=False)
    return few_mistakes


def test_the_confusion_matrix_is_taken_away_with_the_python_that_makes_it(same_data):
    page = open_page("mistakes")
    np.testing.assert_array_equal(python_of(page)["confusion"], shown(page)["matrix"]["counts"])


def test_the_python_of_each_look_gives_what_it_shows(same_data):
    page = look("Each digit")
    assert f"{python_of(page)['scores'].recall[3]:.2%}" in texts(page)
    page = look("Confidence", threshold=0.998)
    assert f"**{python_of(page)['kept'].kept} of 50** images are read" in texts(page)
    page = look("Two networks")
    only = python_of(page)["comparison"].only_first
    assert f"Only the first is right ({len(only)})" in page.segmented_control[-1].options[0]
    page = look("The images themselves")
    np.testing.assert_allclose(
        values(shown(page)["data_Mean"]).reshape(10, 28, 28), python_of(page)["figures"].mean, atol=1e-6
    )
    page = look("Map of the digits")
    places = python_of(page)["places"]
    assert places.shape == (50, 2)


def test_the_python_of_doubtful_labels_and_of_robustness(same_data, monkeypatch):
    monkeypatch.setattr("pages.ui.cache.load_data", lambda: replace(same_data, name="MNIST"))
    page = look("Doubtful labels")
    notes = shown(page)["doubtful"]["notes"]
    assert [note.split("image ")[1] for note in notes] == [f"{i + 1}" for i in python_of(page)["doubtful"][:12]]
    page = look("Robustness")
    page = finished(check(page.button(key="find robustness").click().run()))
    chart = json.loads(page.get("plotly_chart")[0].proto.spec)
    measured = [each.correct for each in python_of(page)["measured"] if each.kind == KINDS[0].name]
    assert [pair[0] for pair in plain(chart["data"][0]["customdata"])] == measured


def test_shares_of_rows(few_mistakes):
    page = open_page("mistakes")
    assert shown(page)["matrix"]["shares"] is False
    check(page.segmented_control(key="matrix_cells").set_value("Percent of each row").run())
    assert shown(page)["matrix"]["shares"] is True
    assert "In percent" in shown(page)["matrix"]["caption"]


def test_nearest_training_images(same_data):
    page = look("Nearest training images")
    page = finished(check(page.button(key="find training-features").click().run()))
    order = python_of(page)["order"]
    told = shown(page)
    assert all("\n" in note and "·" not in note for note in told["nearest"]["notes"])
    assert told["nearest"]["titles"] == [str(same_data.train.labels[i]) for i in order]
    first = evaluate(load_checkpoint().model, same_data.test).behind(None, None)[0]
    assert told["misread"]["chosen"] == 0
    assert told["misread"]["notes"][0] == f"image {first + 1}"


def test_a_map_through_training(few_digits, small_run, monkeypatch):
    assert "Through training" not in look("Map of the digits").segmented_control(key="map_method").options
    page = look("Map of the digits", mistakes_weights="small", map_method="Through training")
    page = finished(check(page.button(key="find course-3").click().run()))
    chart = json.loads(page.get("plotly_chart")[0].proto.spec)
    assert [frame["name"] for frame in chart["frames"]] == ["0", "1", "2", "5", "10", "12"]
    monkeypatch.setattr("ocr.load_data", lambda: few_digits, raising=False)
    course = python_of(page)["course"]
    assert course.shape == (6, 50, 2)
    drawn = plain(chart["frames"][1]["data"][3]["x"])
    np.testing.assert_allclose(course[1, few_digits.test.labels == 3, 0], drawn, atol=1e-5)


def test_a_run_that_is_deleted_while_its_map_is_looked_at_is_a_sentence(few_digits, small_run, monkeypatch):
    delete_after(monkeypatch, small_run, looks=1)
    page = look("Map of the digits", mistakes_weights="small", map_method="Through training")
    assert page.error[0].value == "There is no run small any more: it was renamed or deleted."


def test_a_layer_with_more_numbers_than_memory_bears_has_no_map(few_digits, monkeypatch):
    monkeypatch.setattr("pages.ui.mistakes.digit_map.MOST_NUMBERS", 3_000)
    page = look("Map of the digits")
    layers = page.segmented_control(key="map_layer")
    check(layers.set_value(layers.options[1]).run())
    assert "3,136 numbers for an image" in texts(page)
    assert not page.get("plotly_chart")


def test_the_linear_baseline_has_no_map(few_digits, linear_run):
    assert "no layers" in texts(look("Map of the digits", mistakes_weights="line"))
