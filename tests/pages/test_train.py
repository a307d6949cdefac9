"""Train before a run: its recipe, and what may start."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr import CNNConfig, OCRError, TrainConfig
from ocr.runs import folder
from ocr.runs.folder import list_runs
from ocr.training.recipe import Augmentation
from pages.ui.train.recipe_form import read_numbers
from tests.pages.apptest import check, open_page, shown, texts

pytestmark = pytest.mark.usefixtures("fresh_caches", "few_digits")


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
