"""The page of one's own digits and the correction on Draw, without a browser: `pytest tests/test_pages_yours.py`."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ocr import OCRError, Trainer, load_checkpoint
from ocr.data.stroke_file import UNREAD
from ocr.data.user_digits import hold_out, keep_digit, load_user_digits, user_digits_path
from ocr.runs import folder
from ocr.runs.finetune import create_fine_tuning
from ocr.runs.process import execute
from ocr.runs.queue import queued_runs
from ocr.runs.run import Run
from pages.ui.drawing import Drawing
from pages.ui.session import Collection
from tests.conftest import accept_quickly, tune_quickly
from tests.pages.apptest import check, kept, on_canvas, open_page, reading, set_status, shown, texts
from tests.strokes import ONE, SEVEN, ZERO

pytestmark = pytest.mark.usefixtures("fresh_caches", "few_digits", "common_digits")


@pytest.fixture(scope="module")
def tuned_once(few, tiny, tmp_path_factory) -> Path:
    """Folders `runs` and `own` with a run that went on from a small network with a 7 kept as a 3, and learnt it."""
    folder = tmp_path_factory.mktemp("tuned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCR_RUNS_DIR", str(folder / "runs"))
        patch.setenv("OCR_OWN_DIR", str(folder / "own"))
        tune_quickly(patch)
        accept_quickly(patch)
        trainer = Trainer(tiny, few)
        list(trainer.train(30))
        run = create_fine_tuning([keep_digit(SEVEN, 3, read=7)], trainer.checkpoint(), "a small network")
        list(execute(run, few))
    return folder


@pytest.fixture
def tuned(tuned_once, tmp_path, quick_tuning, quick_accepting) -> Run:
    """That run as this test's only one."""
    shutil.copytree(tuned_once, tmp_path, dirs_exist_ok=True)
    (run,) = folder.list_runs()
    return run


def labels() -> list[int]:
    return [digit.label for digit in load_user_digits().digits]


def upload(page: AppTest, content: bytes, name: str = "strokes.jsonl") -> AppTest:
    page.file_uploader[0].upload(name, content, "application/octet-stream")
    return check(page.run())


# Draw


def test_a_misread_drawing_is_kept_with_what_it_is_and_what_it_was_read_as(monkeypatch):
    monkeypatch.setattr("pages.ui.draw.correction.SURE", 1.1)  # that it were unsure
    page = open_page("draw", **on_canvas(SEVEN))
    check(page.segmented_control(key="label").set_value(4).run())
    (digit,) = load_user_digits().digits
    assert (digit.label, digit.read, digit.strokes) == (4, 7, SEVEN)
    assert "Kept as a 4" in texts(page)
    page.segmented_control(key="label").set_value(7).run()
    assert labels() == [7]


def test_the_ten_digits_are_one_widget_that_stands_for_the_drawing_at_hand(monkeypatch):
    monkeypatch.setattr("pages.ui.draw.correction.SURE", 1.1)
    page = open_page("draw", **on_canvas(SEVEN))
    check(page.segmented_control(key="label").set_value(4).run())
    known = [chooser.key for chooser in page.segmented_control]
    for step, (strokes, label) in enumerate([([*SEVEN, *ZERO], None), (ZERO, None), (SEVEN, 4)], 2):
        page.session_state["strokes"] = on_canvas(strokes, step)["strokes"]
        check(page.run())
        assert page.segmented_control(key="label").value == label
    assert labels() == [4]
    assert [chooser.key for chooser in page.segmented_control] == known  # of each, Streamlit keeps what belongs to it


def test_a_label_that_contradicts_a_sure_reading_is_asked_for_twice():
    page = open_page("draw", **on_canvas(SEVEN))
    check(page.segmented_control(key="label").set_value(4).run())
    assert not labels()
    assert "sure that this is a 7" in texts(page)
    check(page.button(key="keep_anyway").click().run())
    assert labels() == [4]
    assert "Kept as a 4" in texts(page)
    assert not [button for button in page.button if button.key == "keep_anyway"]


def test_what_looked_like_no_digit_counts_as_misread():
    scribble = [[[10.0 + 37 * (i % 7), 10.0 + 53 * (i % 5)] for i in range(30)]]
    page = open_page("draw", **on_canvas(scribble))
    assert "does not look like a digit" in reading(page)["note"]
    check(page.segmented_control(key="label").set_value(4).run())
    (digit,) = load_user_digits().digits
    assert (digit.label, digit.read, digit.misread) == (4, UNREAD, True)
    yours = open_page("yours")
    assert "1 of them misread when kept" in texts(yours)
    assert "Read as ?, kept on" in texts(yours)


def test_of_several_digits_the_chosen_one_is_kept_alone():
    page = open_page("draw", **on_canvas([*ONE, *ZERO]), **kept(Drawing(chosen=1)))
    page.segmented_control(key="label").set_value(0).run()
    assert [(digit.label, digit.strokes) for digit in load_user_digits().digits] == [(0, ZERO)]


def test_the_sample_before_the_first_stroke_cannot_be_kept():
    page = open_page("draw")
    assert "Kept as" not in texts(page)
    assert not labels()


def test_a_picture_cannot_be_kept_and_says_why():
    image = np.zeros((28, 28), np.float32)
    image[6:22, 13:15] = 1
    drawing = Drawing()
    drawing.open(image, "a test image")
    page = open_page("draw", **kept(drawing))
    assert "A picture has no strokes" in texts(page)


def test_a_folder_that_cannot_be_written_is_one_sentence_on_draw(tmp_path, monkeypatch):
    page = open_page("draw", **on_canvas(SEVEN))
    (tmp_path / "own").write_text("in the way")
    check(page.segmented_control(key="label").set_value(7).run())
    assert "Your digits cannot be" in page.error[0].value


def test_digits_that_cannot_be_read_do_not_keep_draw_from_reading():
    user_digits_path().mkdir(parents=True)
    page = open_page("draw", **on_canvas(SEVEN))
    assert not page.error
    assert [piece["text"] for piece in reading(page)["pieces"]] == ["7"]
    assert "Your digits in" in texts(page)


# The set


def test_the_empty_page_says_how_digits_get_there():
    page = open_page("yours")
    assert "Not right?" in texts(page)
    assert page.button(key="tune").disabled
    assert page.button(key="own_draw").label == "Draw a digit"


def test_the_digits_are_counted_and_the_newest_can_be_relabelled_and_deleted():
    keep_digit(ONE, 1, read=1)
    newest = keep_digit(SEVEN, 1, read=7)
    page = open_page("yours")
    assert "**2 digits**, 1 of them misread when kept" in texts(page)
    assert "Read as 7, kept on" in texts(page)
    page.segmented_control(key=f"own_label_{newest.id}").set_value(7).run()
    assert labels() == [1, 7]
    assert "0 of them misread" in texts(page)
    page.button(key="own_delete_yes").click().run()
    assert labels() == [1]
    page.button(key="own_delete_all_yes").click().run()
    assert labels() == []
    assert "No digits of yours are kept yet" in texts(page)


def test_the_one_that_was_pressed_is_the_one_that_changes():
    older = keep_digit(ONE, 1)
    keep_digit(SEVEN, 7)
    page = open_page("yours", **kept(Collection(chosen=older.id)))
    page.segmented_control(key=f"own_label_{older.id}").set_value(9).run()
    assert labels() == [9, 7]


def test_what_another_window_changed_is_shown():
    kept = keep_digit(ONE, 1)
    page = open_page("yours")
    keep_digit(ONE, 7)
    page.run()
    assert page.segmented_control(key=f"own_label_{kept.id}").value == 7


def test_a_download_is_uploaded_again_elsewhere(tmp_path, monkeypatch):
    keep_digit(ONE, 1)
    keep_digit(SEVEN, 7)
    content = user_digits_path().read_bytes()
    monkeypatch.setenv("OCR_OWN_DIR", str(tmp_path / "elsewhere"))
    page = upload(open_page("yours"), content)
    assert page.success[0].value == "2 digits added."
    assert labels() == [1, 7]
    page = upload(page, content)
    assert page.success[0].value == "0 digits added. 2 were here already."


def test_what_a_file_says_is_quoted_letter_for_letter():
    page = upload(open_page("yours"), json.dumps({"label": "**7**", "strokes": SEVEN}).encode())
    assert r"\*\*7\*\*" in page.error[0].value


def test_bad_lines_of_an_upload_are_listed_and_the_good_ones_added():
    good = json.dumps({"label": 7, "strokes": SEVEN}).encode()
    bad = b"\n".join([b'{"label": 12, "strokes": [[[1, 2]]]}', *[b"{}"] * 7])
    page = upload(open_page("yours"), good + b"\n" + bad)
    assert page.success[0].value == "1 digit added."
    said = page.error[0].value
    assert "8 lines could not be added" in said
    assert "Line 2 of strokes.jsonl: the label is 12, not a digit from 0 to 9." in said
    assert "Line 3 of strokes.jsonl: there are no strokes." in said
    assert "and 3 more" in said
    assert labels() == [7]


def test_a_wrong_file_is_one_sentence_and_loses_nothing():
    keep_digit(ONE, 1)
    page = upload(open_page("yours"), b"\x89PNG\r\n\x1a\n", "photo.png")
    assert "photo.png holds no digit that can be added" in page.error[0].value
    assert labels() == [1]
    page.run()
    assert not page.error


def test_a_damaged_line_of_the_file_is_told():
    keep_digit(ONE, 1)
    with user_digits_path().open("a") as file:
        file.write('{"label": 4, "strokes"')
    page = open_page("yours")
    assert "1 line of your file cannot be read" in page.warning[0].value
    assert "**1 digit**" in texts(page)


# Fine-tuning


def test_training_starts_from_the_chosen_weights_with_the_digits_of_this_moment(monkeypatch):
    started = []
    monkeypatch.setattr("pages.ui.yours.tuning.start_or_queue", lambda run: started.append(run))
    keep_digit(ONE, 1)
    keep_digit(SEVEN, 7)
    page = open_page("yours")
    assert page.button(key="tune").label == "Train on your 2 digits"
    assert "measured on digits that were trained on" in texts(page)
    check(page.button(key="tune").click().run())
    (run,) = started
    assert run.user_digits_path.read_bytes() == user_digits_path().read_bytes()
    assert run.config().user_digits_share == 4 / 128


def test_it_goes_on_from_the_weights_that_draw_reads_with(tuned, monkeypatch):
    started = []
    monkeypatch.setattr("pages.ui.yours.tuning.start_or_queue", lambda run: started.append(run))
    page = open_page("yours", draw_weights=tuned.name)
    assert page.selectbox(key="yours_weights").value == tuned.name
    check(page.button(key="tune").click().run())
    assert load_checkpoint(started[0].initial_path).info["name"] == tuned.name


def test_one_class_alone_and_held_out_digits_are_told():
    for number in range(10):
        keep_digit([[[60.0, 70.0], [59.0, 150.0 + number]]], 1)
    page = open_page("yours")
    assert "All your digits are 1s" in texts(page)
    assert "Every fifth digit, 2 in all, is not trained on" in texts(page)
    assert page.button(key="tune").label == "Train on your 8 digits"


def test_what_stands_in_the_way_of_a_start_is_one_sentence_and_leaves_no_run(monkeypatch):
    def refuse(run):
        raise OCRError("other-1 is training, and one run trains at a time.")

    monkeypatch.setattr("pages.ui.yours.tuning.start_or_queue", refuse)
    keep_digit(ONE, 1)
    page = open_page("yours")
    check(page.button(key="tune").click().run())
    assert "other-1 is training" in page.error[0].value
    assert folder.list_runs() == []


def test_before_and_after_stand_beside_each_other(tuned, few):
    page = open_page("yours")
    said = texts(page)
    assert f"**{tuned.name}** started from a small network." in said
    table = next(str(element.proto) for element in page.get("html") if "Yours, trained on" in str(element.proto))
    assert "<td>1</td><td>0</td><td>1</td><td>+1</td>" in table
    assert f"<td>{len(few.test)}</td>" in table
    assert "Yours, held out" not in table
    assert "Of your 1, 1 looked like digits to it before, 1 do now." in said
    lost = next(toggle.label for toggle in page.toggle if toggle.key == "show_lost")
    count = int(re.fullmatch(r"Show the (\d+) lost", lost)[1])
    assert f"Of the test images, {count} were lost and" in said
    (changed,) = (each for each in shown(page).values() if each.get("titles") == ["3 ✓"])
    assert changed["notes"][0].endswith(" → 3")


def test_the_new_weights_are_taken_to_the_other_pages(tuned):
    page = open_page("yours")
    check(page.button(key="use_tuned").click().run())
    for key in ("draw_weights", "mistakes_weights", "filters_left"):
        assert page.session_state[key] == tuned.name


def test_digits_of_a_run_that_cannot_be_read_any_more_are_a_sentence(tuned):
    tuned.user_digits_path.write_bytes(b"\x00 no line of digits\n")
    page = open_page("yours")
    assert f"The digits that {tuned.name} learnt cannot be read any more" in page.warning[0].value


def test_what_the_start_weights_have_learnt_is_not_held_out(tuned, monkeypatch):
    started = []
    monkeypatch.setattr("pages.ui.yours.tuning.start_or_queue", lambda run: started.append(run))
    keep_digit(SEVEN, 3)  # already learnt by those weights, and the fifth: alone it would be held out
    for number in range(9):
        keep_digit([[[60.0, 70.0], [59.0, 150.0 + number]]], 1)
    digits = load_user_digits(user_digits_path()).digits
    first = next(digit.id for digit in digits if digit.strokes == SEVEN)
    info = load_checkpoint(tuned.checkpoint_path).info
    assert info["learnt"] == [first]
    page = open_page("yours", draw_weights=tuned.name)
    check(page.button(key="tune").click().run())
    initial = load_checkpoint(started[0].initial_path).info
    trained, _ = hold_out(digits, initial["learnt"])
    assert initial["learnt"] == [first]
    assert set(initial["trained_on"]) == {digit.id for digit in trained}
    assert page.button(key="tune").label == f"Train on your {len(trained)} digits"


def test_another_run_that_trains_is_named(tuned, tiny):
    other = folder.create_run("other", tiny, "tutorial")
    set_status(other, state="training")
    keep_digit(ONE, 1)
    with folder.hold_lock(other):
        page = open_page("yours")
        assert "other is training, and one run trains at a time." in texts(page)
        assert page.button(key="tune").label == "Add to the queue"
        check(page.button(key="tune").click().run())
        [waiting] = queued_runs()
        assert f"{waiting.name} waits for its turn." in texts(page)
        check(page.button(key="tune_take_out").click().run())
        assert not waiting.path.exists()


def test_while_it_trains_it_says_how_fast_and_how_long(tuned, monkeypatch):
    set_status(tuned, state="training", iteration=20, target=60)
    first, *_, last = [report for report in tuned.metrics() if report.images_per_second]
    slow = [replace(first, iteration=10, seconds=5.0), replace(last, iteration=20, seconds=10.0)]
    monkeypatch.setattr(Run, "metrics", lambda run: slow)
    with folder.hold_lock(tuned):
        said = texts(open_page("yours"))
    assert f"Training {tuned.name}: iteration 20 of 60 · 2 iterations/s · 10 s so far, 20 s left" in said


def test_a_stop_is_acknowledged_before_a_busy_trainer_heeds_it(tuned, monkeypatch):
    monkeypatch.setattr("pages.ui.runs.PATIENCE", 0)
    monkeypatch.setattr(Run, "_ask", lambda run, what, value=None: None)
    set_status(tuned, state="training", iteration=20, target=60)
    with folder.hold_lock(tuned):
        page = open_page("yours")
        check(page.button(key="tune_stop").click().run())
        assert page.button(key="tune_stop").disabled
        assert f"Stopping … {tuned.name}: iteration 20 of 60" in texts(page)


def test_a_paused_run_is_called_paused(tuned):
    set_status(tuned, state="paused", iteration=20, target=40)
    with folder.hold_lock(tuned):
        assert f"Paused {tuned.name}: iteration 20 of 40" in texts(open_page("yours"))


def test_a_stopped_run_can_go_on(few, tuned, monkeypatch):
    list(execute(tuned, few, iterations=3))
    set_status(tuned, state="stopped", iteration=20, target=40)
    started = []
    monkeypatch.setattr("pages.ui.yours.tuning.start_or_queue", lambda run: started.append(run))
    page = open_page("yours")
    assert f"{tuned.name} was stopped at iteration 20 of 40" in texts(page)
    page.button(key="tune_resume").click().run()
    assert started == [tuned]
