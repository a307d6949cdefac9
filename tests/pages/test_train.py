"""Train as its visitors meet it, in every state that a run can be in: `pytest tests/test_pages_train.py`."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from ocr import CNN, CNNConfig, OCRError, TrainConfig, load_checkpoint
from ocr.ink.picture import segment_image
from ocr.runs import folder
from ocr.runs.comparison import running_mean
from ocr.runs.folder import list_runs
from ocr.runs.process import execute
from ocr.runs.queue import queued_runs
from ocr.runs.run import Run
from ocr.training.recipe import Augmentation
from ocr.training.report import Progress
from pages.ui.drawing import Drawing
from pages.ui.elements.curves import MOST_POINTS
from pages.ui.train.files import metrics_csv
from pages.ui.train.recipe_form import read_numbers
from tests.pages.apptest import check, delete_after, kept, open_page, set_status, shown, texts, values
from tests.strokes import ONE, SEVEN

pytestmark = pytest.mark.usefixtures("fresh_caches", "few_digits")


@pytest.fixture
def started(monkeypatch) -> list:
    """What the page has asked to be started or stepped, instead of doing it."""

    def record(run, count=None, asked=()):
        started.append((run.name, count, tuple(asked)))

    started: list = []
    monkeypatch.setattr("ocr.runs.queue.start", record)
    return started


@pytest.fixture
def asked(monkeypatch) -> list:
    """What the page has asked of a run's process, which is not there to do it."""
    requests: list = []
    monkeypatch.setattr("pages.ui.runs.PATIENCE", 0)
    monkeypatch.setattr(Run, "_ask", lambda run, what, value=None: requests.append((what, value)))
    return requests


# A new run


def test_the_words_on_the_curves_are_explained_once_asked_for(small_run):
    for page in (open_page("train", run="New run"), open_page("train", run="small")):
        (words,) = (each for each in page.expander if each.label == "What these words mean")
        assert not words.proto.expanded
        assert "in the unit <strong>nats</strong>" in words.get("html")[0].proto.body


def test_it_opens_with_the_tutorial_and_its_milestones_on_empty_axes():
    page = open_page("train")
    assert "Data in use: a few bundled digits" in texts(page)
    assert page.button(key="go").label == "Train 10,000 iterations"
    curves = shown(page)["learning_curves"]
    assert [(mark["x"], mark["y"]) for mark in curves["panels"][0]["marks"]] == [
        (0, 0.098),
        (1, 0.1),
        (100, 0.74),
        (1_000, 0.927),
        (10_000, 0.985),
    ]
    assert curves["reports"] == 0


@pytest.mark.parametrize(
    ("fast", "tutorial", "best"),
    [
        (True, "10,000 iterations take about 40 seconds", "25,800 iterations take about a quarter of an hour"),
        (False, "10,000 iterations take up to 4 minutes", "25,800 iterations take up to an hour and a half"),
    ],
)
def test_each_recipe_says_how_long_it_takes_and_only_the_tutorial_has_marks(monkeypatch, fast, tutorial, best):
    monkeypatch.setattr("pages.ui.train.plan.has_bfloat16", lambda device: fast)
    page = open_page("train")
    assert tutorial in texts(page)
    assert "TensorFlow Tutorial #02 by M. E. H. Pedersen" in texts(page)
    check(page.segmented_control(key="preset").set_value("best").run())
    assert best in texts(page)
    assert "Pedersen" not in texts(page)


@pytest.mark.parametrize(("key", "count"), [("go", None), ("go_100", 100), ("go_1000", 1_000), ("go_10000", 10_000)])
def test_a_click_starts_a_new_run(started, key, count):
    page = open_page("train")
    check(page.button(key=key).click().run())
    assert started == [("tutorial-1", count, ())]
    assert folder.find_run("tutorial-1").config() == TrainConfig()
    assert page.selectbox(key="run").value == "tutorial-1"


def test_what_was_typed_just_before_the_click_counts(started):
    """Both may reach the server at once, and then the button was drawn before."""
    page = open_page("train")
    page.number_input(key="iterations_tutorial").set_value(500)
    check(page.button(key="go").click().run())
    assert started == [("tutorial-1", None, ())]
    assert folder.find_run("tutorial-1").config().iterations == 500


def test_a_step_starts_the_trainer_waiting_and_lets_it_do_one_iteration(started):
    check(open_page("train").button(key="go_1").click().run())
    assert started == [("tutorial-1", None, (("step", 1),))]


def test_a_changed_recipe_is_the_one_that_is_trained(started):
    page = open_page("train")
    page.number_input(key="batch_tutorial").set_value(32).run()
    page.number_input(key="seed_tutorial").set_value(7).run()
    page.number_input(key="fc_tutorial").set_value(64).run()
    page.text_input(key="filters_tutorial").set_value("8 12, 20").run()
    page.text_input(key="sizes_tutorial").set_value("3, 3, 3").run()
    page.slider(key="dropout_tutorial").set_value(0.5).run()
    page.toggle(key="distort_tutorial").set_value(True).run()
    page.toggle(key="cycle_tutorial").set_value(True).run()
    check(page.button(key="go").click().run())
    assert folder.find_run("tutorial-1").config() == TrainConfig(
        network=CNNConfig(filters=(8, 12, 20), filter_sizes=(3, 3, 3), fc_size=64),
        batch_size=32,
        seed=7,
        dropout=0.5,
        augmentation=Augmentation(),
        one_cycle=True,
    )


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "filters_tutorial",
            "16, many",
            "“16, many” does not work as the number of filters of each layer: give one whole number a layer",
        ),
        ("filters_tutorial", "", "does not work as the number of filters"),
        ("filters_tutorial", "16, 0", "the number of filters must be a whole number from 1 to 256, not 0."),
        ("filters_tutorial", "16, 99999999999", "does not work as the number of filters"),
        ("filters_tutorial", "1, 2, 3, 4, 5", "the number of convolutional layers must be a whole number from 1 to 4"),
        ("sizes_tutorial", "5, -5", "does not work as the filter size"),
        ("sizes_tutorial", "5, 16", "the filter size must be a whole number from 1 to 15, not 16."),
        ("sizes_tutorial", "5", "there are 2 and 1"),
        ("filters_tutorial", "<b>*x*</b>", r"“\<b\>\*x\*\</b\>” does not work"),  # letter for letter
        ("name_tutorial-1", "../elsewhere", "cannot name a run"),
        ("name_tutorial-1", "taken", "There is already a run taken. Go on with that one, or choose"),
    ],
)
def test_what_does_not_work_gives_one_sentence_and_nothing_can_be_started(key, value, sentence, tiny):
    folder.create_run("taken", tiny, "fast")
    page = open_page("train", run="New run")
    check(page.text_input(key=key).set_value(value).run())
    assert len(page.error) == 1
    assert sentence in page.error[0].value
    assert page.button(key="go").disabled
    assert page.button(key="go_1").disabled


def test_the_name_of_a_run_is_shown_letter_for_letter(tiny):
    folder.create_run("a-_b_", tiny, "fast")
    said = "\n".join(each.value for each in open_page("train", run="a-_b_").markdown)
    assert r"Delete a-\_b\_ with its weights for good?" in said
    assert r"What a-\_b\_ has learnt is lost." in said


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("iterations_tutorial", -1, "the iterations must be a whole number from 0 to 100,000,000, not -1."),
        ("iterations_tutorial", 5 * 10**8, "iterations must be a whole number from 0 to 100,000,000, not 500,000,000."),
        ("batch_tutorial", 0, "the batch size must be a whole number from 1 to 2,048, not 0."),
        ("seed_tutorial", -5, "the seed must be a whole number from 0 to 4,294,967,295, not -5."),
        ("fc_tutorial", 5_000, "the fully connected size must be a whole number from 1 to 2,048, not 5,000."),
        ("rate_tutorial", -1.0, "A learning rate is a number above 0 and at most 1."),
    ],
)
def test_a_number_that_does_not_work_hides_no_other_field(key, value, sentence):
    page = open_page("train")
    fields = len(page.number_input), len(page.text_input)
    check(page.number_input(key=key).set_value(value).run())
    assert [error.value.endswith(sentence) for error in page.error] == [True]
    assert page.button(key="go").disabled
    assert len(page.number_input) == fields[0]
    assert len(page.text_input) == fields[1] - 1  # the name, which comes after the recipe


def test_the_buttons_of_a_learning_rate_change_it_little():
    page = open_page("train")
    assert page.number_input(key="rate_tutorial").step == pytest.approx(1e-5)
    check(page.segmented_control(key="preset").set_value("fast").run())
    assert page.number_input(key="rate_fast").step == pytest.approx(1e-3)


def test_a_press_together_with_a_bad_name_starts_nothing_later(started):
    page = open_page("train")
    page.text_input(key="name_tutorial-1").set_value("a/b")
    check(page.button(key="go").click().run())  # both in one message, as when the name was typed just before
    assert "cannot name a run" in page.error[0].value
    check(page.text_input(key="name_tutorial-1").set_value("ab").run())
    assert started == []


def test_sizes_are_read_with_commas_or_blanks():
    assert read_numbers("number of filters", " 16,36 ") == (16, 36)
    assert read_numbers("filter size", "4 5;6") == (4, 5, 6)


@pytest.mark.parametrize(
    ("source", "optimizer", "changed"),
    [
        ("tutorial", "adamw", "optimiser adam → adamw; weight decay 0 → 0.01"),
        ("linear", "adamw", "optimiser sgd → adamw; weight decay 0 → 0.01"),
        ("best", "adam", "optimiser adamw → adam; weight decay 0.01 → 0"),
        ("tutorial", "sgd", "optimiser adam → sgd"),
    ],
)
def test_weight_decay_goes_with_the_optimizer(source, optimizer, changed):
    page = open_page("train")
    check(page.segmented_control(key="preset").set_value(source).run())
    check(page.segmented_control(key=f"optimizer_{source}").set_value(optimizer).run())
    assert f"Changed: {changed}." in texts(page)
    assert not page.button(key="go").disabled


def test_the_linear_baseline_offers_no_sizes_of_a_convolutional_network():
    page = open_page("train")
    check(page.segmented_control(key="preset").set_value("linear").run())
    assert not page.slider
    assert [field.label for field in page.text_input] == ["Name of the run"]


def test_what_stands_in_the_way_of_a_start_is_one_sentence(monkeypatch):
    def refuse(run, count, asked):
        raise OCRError("The run cannot be written.")

    monkeypatch.setattr("ocr.runs.queue.start", refuse)
    page = open_page("train")
    check(page.button(key="go_1").click().run())
    assert "The run cannot be written." in page.error[0].value
    assert list_runs() == []  # no run is left that never began


def test_a_runs_folder_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("OCR_RUNS_DIR", str(blocked / "runs"))
    page = open_page("train")
    check(page.button(key="go_1").click().run())
    assert "cannot be written" in page.error[0].value


def test_the_same_with_one_thing_changed(small_run, tiny, started):
    page = open_page("train", run="small")
    check(page.button(key="copy").click().run())
    assert page.selectbox(key="run").value == "New run"
    assert "The recipe and the seed of small" in texts(page)
    assert shown(page)["top"] == 1  # which takes the page there
    assert "Changed:" not in texts(page)
    page.number_input(key="batch_as small").set_value(16).run()
    assert "Changed: batch size 8 → 16." in texts(page)
    page.number_input(key="seed_as small").set_value(6).run()
    assert "With 2 changes, no difference has one cause alone" in texts(page)
    page.number_input(key="seed_as small").set_value(5).run()
    check(page.button(key="go").click().run())
    assert started == [("tutorial-1", None, ())]
    assert folder.find_run("tutorial-1").config() == replace(tiny, batch_size=16)


# States


def test_a_finished_run_shows_its_accuracy_with_the_count(small_run):
    page = open_page("train", run="small")
    accuracy = small_run.metrics()[-1].validation_accuracy
    assert "**Finished** · iteration 12 of 12" in texts(page)
    assert f"{accuracy:.2%} ({round(accuracy * 50)} of 50)" in texts(page)
    assert page.button(key="play").label == "Play 1,000 more"
    assert page.button(key="stop").disabled


def test_a_run_that_trains_can_be_paused_and_stopped(small_run, asked):
    set_status(small_run, state="training", target=500)
    with folder.hold_lock(small_run):
        page = open_page("train")
        assert page.selectbox(key="run").value == "small"  # what trains is what is shown first
        assert "**Training** · iteration 12 of 500" in texts(page)
        assert page.button(key="go_1").disabled
        assert page.button(key="play").label == "Pause"
        check(page.button(key="play").click().run())
        check(page.button(key="stop").click().run())
        page.number_input(key="new_rate").set_value(0.01).run()
        check(page.button(key="use_rate").click().run())
    assert asked == [("pause", None), ("stop", None), ("learning rate", 0.01)]


@pytest.mark.parametrize(("key", "words", "others"), [("stop", "Stopping …", ["play"]), ("play", "Pausing …", [])])
def test_a_busy_trainer_that_takes_its_time_is_said_to_be_stopping_or_pausing(small_run, asked, key, words, others):
    set_status(small_run, state="training", target=500)
    with folder.hold_lock(small_run):
        page = open_page("train")
        check(page.button(key=key).click().run())
        assert f"**{words}** · iteration 12 of 500" in texts(page)
        assert page.button(key=key).label == words
        assert all(page.button(key=other).disabled for other in [*others, "go_1"])
        assert page.button(key="stop").disabled == (key == "stop")
        set_status(small_run, state="paused" if key == "play" else "stopped")
        check(page.run())
        assert words not in texts(page)
        set_status(small_run, state="training")  # as somebody else wants it
        check(page.run())
        assert "**Training**" in texts(page)
        assert not page.button(key="stop").disabled


def test_what_could_not_be_asked_is_said_and_not_under_way(small_run, monkeypatch):
    def refuse(run, what, value=None):
        raise OCRError("The disk is full.")

    monkeypatch.setattr(Run, "_ask", refuse)
    set_status(small_run, state="training", target=500)
    with folder.hold_lock(small_run):
        page = open_page("train")
        check(page.button(key="stop").click().run())
        assert "The disk is full." in texts(page)
        assert page.button(key="stop").label == "Stop"
        assert not page.button(key="stop").disabled


def test_what_went_wrong_with_a_run_that_is_gone_is_said_at_once(small_run):
    page = open_page("train", run="small")
    page.text_input(key="rename_small").set_value("other")
    folder.delete_run(small_run)
    assert "There is no run small any more" in texts(check(page.button(key="rename").click().run()))
    assert page.session_state["Training"].problem is None


def test_a_rate_typed_just_before_the_click_counts(small_run, asked):
    set_status(small_run, state="training", target=500)
    with folder.hold_lock(small_run):
        page = open_page("train")
        page.number_input(key="new_rate").set_value(0.02)
        check(page.button(key="use_rate").click().run())
    assert asked == [("learning rate", 0.02)]


def test_a_run_that_diverged_goes_on_with_a_lower_rate_from_its_first_iteration(small_run, started):
    message = "Training diverged. Go on with a lower learning rate."
    set_status(small_run, state="failed", target=500, message=message)
    page = open_page("train", run="small")
    assert page.button(key="use_rate").label == "Go on with it"
    page.number_input(key="new_rate").set_value(1e-4)
    check(page.button(key="use_rate").click().run())
    assert started == [("small", None, (("learning rate", 1e-4), ("play", None)))]


@pytest.mark.parametrize("target", [12, 500])  # it has got there, or was stopped
def test_while_it_fits_how_far_it_can_be_believed_there_is_nothing_to_press(small_run, target):
    message = "Trained. Fitting takes some seconds more."
    set_status(small_run, state="training", target=target, message=message, share=0.42)
    with folder.hold_lock(small_run):
        page = open_page("train")
        assert "42%" in texts(page)
        assert "left" not in page.markdown[0].value
        assert [bar.value for bar in page.get("progress")] == [42]
        assert page.button(key="play").disabled
        assert page.button(key="stop").disabled
        assert "Fitting takes some seconds" in texts(page)


def test_at_its_end_another_learning_rate_is_for_iterations_more(small_run, started):
    page = open_page("train", run="small")
    assert page.button(key="use_rate").label == "Play 1,000 more with it"
    page.number_input(key="new_rate").set_value(5e-4)
    check(page.button(key="use_rate").click().run())
    assert started == [("small", 1_000, (("learning rate", 5e-4), ("play", None)))]


@pytest.mark.parametrize(("one_cycle", "target", "spent"), [(True, 600, True), (False, 600, False), (True, 100, False)])
def test_a_learning_rate_that_has_fallen_to_its_end_is_said(tiny, few, one_cycle, target, spent):
    run = folder.create_run("cycle", replace(tiny, one_cycle=one_cycle), "fast")
    list(execute(run, few, iterations=5))
    set_status(run, state="stopped", iteration=5, target=target)
    assert ("fallen to its end" in texts(open_page("train", run="cycle"))) == spent


def test_killed_while_it_fitted_it_can_be_finished(small_run, started):
    set_status(small_run, state="training", target=12)
    page = open_page("train", run="small")
    assert "**Interrupted** · iteration 12 of 12" in texts(page)
    assert page.button(key="play").label == "Finish"
    check(page.button(key="play").click().run())
    assert started == [("small", None, ())]


def test_a_paused_run_steps_and_plays_on(small_run, asked):
    set_status(small_run, state="paused", target=500)
    with folder.hold_lock(small_run):
        page = open_page("train")
        assert "**Paused** · iteration 12 of 500" in texts(page)
        assert page.button(key="play").label == "Play"
        check(page.button(key="go_1").click().run())
        check(page.button(key="go_100").click().run())
        check(page.button(key="play").click().run())
    assert asked == [("step", 1), ("step", 100), ("play", None)]


def test_while_another_run_trains_a_run_can_only_be_put_into_the_queue(small_run, tiny):
    other = folder.create_run("other", tiny, "tutorial")
    set_status(other, state="training", target=500)
    with folder.hold_lock(other):
        page = open_page("train", run="small")
        assert "other is training, and one run trains at a time" in texts(page)
        assert page.button(key="play").label == "Add to the queue"
        check(page.button(key="play").click().run())
        assert "**Waiting for its turn**" in texts(page)
        assert "**In the queue** · 1" in texts(page)
        assert [run.name for run in queued_runs()] == ["small"]
        check(page.button(key="take_out_small").click().run())
        assert queued_runs() == []
        assert small_run.status().iteration == 12  # it has learnt something, and stays


@pytest.mark.parametrize(
    ("key", "said", "asked"),
    [("go_1", "small, 1 iteration", [["step", 1]]), ("use_rate", "small, learning rate 0.02", None)],
)
def test_what_can_be_started_can_wait_in_the_queue(small_run, tiny, key, said, asked):
    other = folder.create_run("other", tiny, "tutorial")
    set_status(other, state="training", target=500)
    with folder.hold_lock(other):
        page = open_page("train", run="small")
        page.number_input(key="new_rate").set_value(0.02)
        check(page.button(key=key).click().run())
        assert said in texts(page)
        assert small_run.status().asked == (asked or [["learning rate", 0.02], ["play", None]])
        assert "is paused, and others wait" not in texts(page)
        set_status(other, state="paused")
        assert "other is paused, and others wait. If nobody goes on with it, it is stopped in 5 minutes" in texts(
            check(page.run())
        )


def test_a_stopped_run_plays_to_where_it_was_meant_to_go(small_run, started):
    set_status(small_run, state="stopped", target=500)
    page = open_page("train", run="small")
    assert "**Stopped** · iteration 12 of 500" in texts(page)
    assert page.button(key="play").label == "Play to 500"
    check(page.button(key="play").click().run())
    assert started == [("small", None, ())]


def test_a_failed_run_says_why(small_run):
    set_status(small_run, state="failed", message="Training diverged: at iteration 12 the loss is no longer a number.")
    page = open_page("train", run="small")
    assert "**Stopped by a problem**" in texts(page)
    assert page.warning[0].value == "Training diverged: at iteration 12 the loss is no longer a number."


def test_a_run_whose_process_is_gone_is_not_shown_as_training(small_run):
    set_status(small_run, state="training", target=500)
    page = open_page("train", run="small")
    assert "**Interrupted**" in texts(page)
    assert "Its process ended" in page.warning[0].value
    assert page.button(key="play").label == "Play to 500"


def test_a_run_that_never_started_says_so(tiny):
    folder.create_run("bare", tiny, "tutorial")
    page = open_page("train", run="bare")
    assert "**Not started yet** · iteration 0 of 100" in texts(page)
    assert all(page.button(key=f"lead_pages/{name}.py").disabled for name in ("draw", "filters", "mistakes"))


def test_a_folder_deleted_while_it_is_watched_is_a_sentence(small_run):
    page = open_page("train", run="small")
    shutil.rmtree(small_run.path)
    check(page.run())
    assert page.warning[0].value == "There is no run small any more: it was renamed or deleted."
    assert page.selectbox(key="run").value == "New run"


def test_a_run_that_is_deleted_while_its_page_is_drawn_is_a_sentence(small_run, monkeypatch):
    delete_after(monkeypatch, small_run, looks=4)
    assert "There is no" in texts(open_page("train", run="small"))


def test_damaged_files_are_sentences(small_run):
    small_run.checkpoint_path.write_bytes(b"\x80\x04 a pickle, perhaps")
    (small_run.path / "metrics.jsonl").write_text("not a report\n{")
    page = open_page("train", run="small")
    assert "not a readable safetensors file" in page.error[0].value
    (small_run.path / "config.json").write_text("{")
    check(page.run())
    assert "There is no readable run small" in page.error[0].value
    check(page.button(key="delete").click().run())
    assert not small_run.path.exists()


def test_a_link_opens_its_run(small_run, tiny):
    folder.create_run("newer", tiny, "tutorial")
    page = open_page("train", query={"run": "small"})
    assert page.selectbox(key="run").value == "small"


def test_a_link_to_a_run_that_is_gone_is_a_sentence():
    page = open_page("train", query={"run": "gone"})
    assert page.warning[0].value == "There is no run gone any more: it was renamed or deleted."


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


# What becomes of a run


def test_delete_removes_the_run(small_run):
    page = open_page("train", run="small")
    check(page.button(key="delete").click().run())
    assert not small_run.path.exists()
    assert page.selectbox(key="run").value == "New run"


def test_delete_of_what_somebody_else_has_deleted_is_no_problem(small_run):
    page = open_page("train", run="small")
    shutil.rmtree(small_run.path)
    check(page.button(key="delete").click().run())
    assert not page.error
    assert page.selectbox(key="run").value == "New run"


def test_rename_keeps_everything_but_the_name(small_run):
    page = open_page("train", run="small")
    page.text_input(key="rename_small").set_value("better")  # and the click, at once
    check(page.button(key="rename").click().run())
    assert page.selectbox(key="run").value == "better"
    assert "iteration 12 of 12" in texts(page)
    assert not small_run.path.exists()
    page.text_input(key="rename_better").set_value("a/b").run()
    check(page.button(key="rename").click().run())
    (beside,) = page.get("popover")[3].get("error")  # where the field is, not at the page's top
    assert "cannot name a run" in beside.value
    assert page.selectbox(key="run").value == "better"


def test_reset_goes_back_to_the_identical_initial_weights(small_run, few):
    before = load_checkpoint(small_run.snapshots()[0]).model.state_dict()
    page = open_page("train", run="small")
    check(page.button(key="reset").click().run())
    assert "**Not started yet** · iteration 0 of 100" in texts(page)
    assert "before its first iteration" in texts(page)
    np.testing.assert_array_equal(values(shown(page)["learning_filters1"]), before["convs.0.weight"].numpy().ravel())
    assert shown(page)["learning_maps2"]["count"] == 4
    assert small_run.snapshots() == {}
    list(execute(small_run, few, iterations=1))
    after = load_checkpoint(small_run.snapshots()[0]).model.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_metrics_are_a_table_with_every_report(small_run):
    rows = list(csv.DictReader(io.StringIO(metrics_csv(small_run.metrics()))))
    assert [int(row["iteration"]) for row in rows] == [report.iteration for report in small_run.metrics()]
    assert rows[0]["training_loss"] == ""
    assert float(rows[-1]["validation_accuracy"]) == small_run.metrics()[-1].validation_accuracy
