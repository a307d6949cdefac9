"""Train as it shows a run, in every state that a run can be in, and what can be done to it there."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from ocr import OCRError, load_checkpoint
from ocr.runs import folder
from ocr.runs.process import execute
from ocr.runs.queue import queued_runs
from ocr.runs.run import Run
from tests.pages.apptest import check, delete_after, open_page, set_status, shown, texts, values

pytestmark = pytest.mark.usefixtures("fresh_caches", "few_digits")


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
