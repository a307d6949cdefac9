"""Your own digits: kept, changed, added to, and trained on."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from ocr import Checkpoint, OCRError, Split, Trainer, evaluate, from_strokes, load_checkpoint
from ocr.data import stroke_file
from ocr.data import user_digits as own_module
from ocr.data.split import normalise
from ocr.data.stroke_file import UserDigit, digit_id, to_lines, to_split
from ocr.data.synthetic.nondigits import MEASURED, draw_nondigits
from ocr.data.user_digits import (
    add_file,
    hold_out,
    keep_digit,
    load_user_digits,
    relabel,
    remove,
    user_digits_dir,
    user_digits_path,
)
from ocr.network.checkpoint import temperature
from ocr.network.linear import LinearConfig
from ocr.network.models import build_model
from ocr.reading.evaluation import Evaluation
from ocr.reading.familiarity import familiarity
from ocr.runs.finetune import Change, create_fine_tuning, fine_tuning_recipe, list_fine_tunings, measure_change
from ocr.runs.process import execute
from ocr.training.trainer import FineTuning
from tests.strokes import FOUR, ONE, SEVEN


def line(**values) -> bytes:
    return json.dumps({"label": 4, "strokes": FOUR} | values).encode() + b"\n"


def labels() -> list[int]:
    return [digit.label for digit in load_user_digits().digits]


def test_before_the_first_there_is_nothing_and_no_folder():
    assert load_user_digits() == own_module.UserDigits([], [])
    assert not user_digits_dir().exists()


def test_a_kept_drawing_comes_back_with_its_strokes_and_what_it_was_read_as():
    keep_digit([np.array(stroke, float) for stroke in FOUR], 4, read=9)
    (digit,) = load_user_digits().digits
    assert (digit.label, digit.read, digit.strokes) == (4, 9, FOUR)
    assert digit.kept.endswith("+00:00")
    assert digit.id == digit_id(FOUR) == digit_id([np.array(stroke, float) for stroke in FOUR])


def test_predict_reads_the_file_as_any_other_stroke_file(cli):
    kept = keep_digit(SEVEN, 7)
    code, printed, _ = cli("predict", user_digits_path(), "--single")
    assert code == 0
    assert (json.loads(printed)["id"], json.loads(printed)["text"]) == (kept.id, "7")


def test_the_same_drawing_is_kept_once_and_takes_the_new_label():
    keep_digit(SEVEN, 1, read=1)
    keep_digit(ONE, 1)
    keep_digit(SEVEN, 7, read=7)
    assert [(digit.label, digit.read) for digit in load_user_digits().digits] == [(7, 1), (1, None)]


def test_relabel_and_remove_change_that_digit_alone():
    seven, one = keep_digit(SEVEN, 1), keep_digit(ONE, 1)
    relabel(seven.id, 7)
    assert labels() == [7, 1]
    remove(one.id, "own-gone")
    assert labels() == [7]
    relabel(one.id, 3)  # deleted meanwhile, perhaps in another window
    assert labels() == [7]


@pytest.mark.parametrize("label", [10, -1, True, "4", None])
def test_a_label_that_is_no_digit_is_refused(label):
    with pytest.raises(OCRError, match="not a digit from 0 to 9"):
        keep_digit(FOUR, label)
    kept = keep_digit(FOUR, 4)
    with pytest.raises(OCRError, match="not a digit from 0 to 9"):
        relabel(kept.id, label)
    assert labels() == [4]


def test_a_drawing_without_ink_or_with_a_point_that_is_no_number_is_refused():
    with pytest.raises(OCRError, match="cannot be kept: there are no strokes"):
        keep_digit([], 4)
    with pytest.raises(OCRError, match="cannot be kept: a point is not"):
        keep_digit([[[1, float("nan")]]], 4)


def test_a_damaged_line_is_told_and_stays_and_so_does_the_rest():
    kept = keep_digit(SEVEN, 7)
    half = line()[:30]
    user_digits_path().write_bytes(b"\xff\xfe not JSON\n" + kept.line + half)
    found = load_user_digits()
    assert [digit.label for digit in found.digits] == [7]
    assert found.problems == [f"Line {number} of strokes.jsonl: this is not JSON." for number in (1, 3)]
    keep_digit(ONE, 1)
    assert labels() == [7, 1]
    assert {b"\xff\xfe not JSON", half} < set(user_digits_path().read_bytes().splitlines())


def test_changes_from_many_sides_at_once_are_all_kept():
    drawings = [[[[10.0, 10.0], [20.0 + number, 90.0]]] for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda strokes: keep_digit(strokes, 1), drawings))
    assert {digit.id for digit in load_user_digits().digits} == set(map(digit_id, drawings))


def test_what_was_kept_survives_a_full_disk(monkeypatch):
    keep_digit(SEVEN, 7)

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(own_module, "write_atomically", full)
    with pytest.raises(OCRError, match=r"cannot be written in .*: No space left on device"):
        keep_digit(ONE, 1)
    assert labels() == [7]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("OCR_OWN_DIR", str(tmp_path / "file" / "own"))
    with pytest.raises(OCRError, match="Your digits cannot be"):
        keep_digit(SEVEN, 7)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_is_added_to_what_is_there(pack):
    keep_digit(SEVEN, 7)
    keep_digit(ONE, 1)
    content = pack(line() + line(strokes=SEVEN, label=7) + line(strokes=ONE, label=2) + b"\n")
    added = add_file(content, "more.jsonl")
    assert (added.new, added.known, added.disputed, added.problems) == (1, 1, 1, [])
    assert labels() == [7, 1, 4]  # the 1 stays one


def test_what_was_downloaded_can_be_uploaded_again(tmp_path, monkeypatch):
    keep_digit(SEVEN, 7, read=1)
    keep_digit(FOUR, 4)
    before = load_user_digits()
    content = to_lines(before.digits)
    monkeypatch.setenv("OCR_OWN_DIR", str(tmp_path / "elsewhere"))
    assert add_file(content, "strokes.jsonl").new == 2
    assert load_user_digits() == before


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (b"nonsense\n", "this is not JSON."),
        (b"[" * 100_000 + b"\n", "this is not JSON."),
        (b"[1, 2]\n", "this is not an object with a label and strokes."),
        (line(strokes=None), "there are no strokes."),
        (line(strokes=[[]]), "there are no strokes."),
        (line(strokes=[5]), "a point is not [x, y] with two numbers below a million."),
        (line(strokes=[[[1]]]), "a point is not [x, y] with two numbers below a million."),
        (line(strokes=[[[1, "2"]]]), "a point is not [x, y] with two numbers below a million."),
        (line(strokes=[[[1, 1e9]]]), "a point is not [x, y] with two numbers below a million."),
        (line(strokes=[[[1, float("nan")]]]), "a point is not [x, y] with two numbers below a million."),
        (line(strokes=[[[1, 2]] * 10_001]), "there are more than 10,000 points."),
        (line(label=None), "the label is missing, not a digit from 0 to 9."),
        (line(label=10), "the label is 10, not a digit from 0 to 9."),
        (line(label=True), "the label is true, not a digit from 0 to 9."),
        (line(label="x" * 9_999), f'the label is "{"x" * 39}, not a digit from 0 to 9.'),
    ],
)
def test_each_bad_line_says_what_is_wrong_with_it_and_the_others_are_added(bad, problem):
    added = add_file(line() + bad, "more.jsonl")
    assert (added.new, added.problems) == (1, [f"Line 2 of more.jsonl: {problem}"])
    assert labels() == [4]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no digit that can be added. It is empty."),
        (b"\x89PNG\r\n\x1a\n\x00\x01", "holds no digit that can be added. Line 1 of photo.png: this is not JSON."),
        (gzip.compress(line(), mtime=0)[:-9], "is a damaged gzip file"),
        (b"\x1f\x8b and then nothing of the kind", "is a damaged gzip file"),
    ],
)
def test_a_wrong_file_is_one_sentence_and_changes_nothing(content, sentence):
    keep_digit(SEVEN, 7)
    with pytest.raises(OCRError) as error:
        add_file(content, "photo.png")
    assert sentence in str(error.value)
    assert labels() == [7]


def test_a_file_that_unzips_to_far_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(stroke_file, "LARGEST_FILE", 2**20)
    with pytest.raises(OCRError, match=r"big.jsonl.gz is larger than 1 MB"):
        add_file(gzip.compress(bytes(2**21)), "big.jsonl.gz")


def test_what_a_device_adds_to_a_point_is_left_out():
    timed = [[[x, y, 8 * i, None] for i, (x, y) in enumerate(stroke)] for stroke in FOUR]
    assert add_file(line(strokes=timed) + line(strokes=SEVEN, label=7), "tablet.jsonl").problems == []
    assert load_user_digits().digits[0].strokes == FOUR
    keep_digit([[[x, y, 8 * i] for i, (x, y) in enumerate(stroke)] for stroke in SEVEN], 7)
    assert labels() == [4, 7]


def test_images_are_made_like_any_other_drawing():
    split = to_split([UserDigit(4, FOUR), UserDigit(7, SEVEN)])
    assert (split.images.shape, split.images.dtype, split.labels.tolist()) == ((2, 28, 28), np.uint8, [4, 7])
    np.testing.assert_array_equal(split.images[1], np.round(from_strokes(SEVEN) * 255))
    assert to_split([]).images.shape == (0, 28, 28)


@pytest.mark.parametrize(("count", "held_out"), [(0, []), (9, []), (10, [4, 9]), (14, [4, 9]), (15, [4, 9, 14])])
def test_of_ten_or_more_every_fifth_is_held_out(count, held_out):
    digits = [UserDigit(1, [[[0.0, float(number)]]]) for number in range(count)]
    trained, kept_out = hold_out(digits)
    assert [digits.index(digit) for digit in kept_out] == held_out
    assert [digit for digit in digits if digit in trained or digit in kept_out] == digits
    assert len(trained) + len(kept_out) == count


def test_what_was_learnt_before_is_trained_on_again_and_not_held_out():
    digits = [UserDigit(1, [[[0.0, float(number)]]]) for number in range(15)]
    trained, kept_out = hold_out(digits, {digits[4].id, digits[5].id})
    assert [digits.index(digit) for digit in kept_out] == [9, 14]
    assert digits[4] in trained
    assert len(trained) == 13


# Fine-tuning


@pytest.fixture
def start(few, tiny) -> Checkpoint:
    """A small network that reads the bundled digits half right, as if it had been calibrated."""
    trainer = Trainer(tiny, few)
    list(trainer.train(60))
    checkpoint = trainer.checkpoint()
    checkpoint.extra["temperature"] = torch.tensor(1.7)
    return checkpoint


def digits_to_learn(count: int) -> list[UserDigit]:
    """A cross, which is no digit's shape, kept as a 3."""
    return [UserDigit(3, [[[0.0, 0.0], [90.0, 90.0 + number]], [[90.0, 0.0], [0.0, 90.0]]]) for number in range(count)]


def test_the_recipe_gives_each_digit_two_places_in_a_batch_and_all_of_them_few():
    checkpoint = load_checkpoint()
    shares = [fine_tuning_recipe(checkpoint, count).user_digits_share for count in (1, 3, 4, 1_000)]
    assert [round(128 * share) for share in shares] == [2, 6, 8, 8]
    assert fine_tuning_recipe(checkpoint, 1).network == checkpoint.model.config
    linear = Checkpoint(build_model(LinearConfig(), seed=0))
    assert fine_tuning_recipe(linear, 1).model == "linear"


def test_every_batch_has_its_share_of_own_digits(few, tiny):
    own = Split(np.full((1, 28, 28), 255, np.uint8), np.array([3]))
    start = Trainer(tiny, few).checkpoint()
    trainer = Trainer(replace(tiny, user_digits_share=0.25), few, fine_tuning=FineTuning(start, own, []))
    images, labels = trainer.batches.batch(0)
    assert images.shape == (8, 1, 28, 28)
    assert (images.amin((1, 2, 3)) == 1).tolist() == [False] * 6 + [True] * 2
    assert labels[-2:].tolist() == [3, 3]


def test_a_misread_digit_is_learnt(few, start, quick_tuning, quick_accepting):
    digits = digits_to_learn(4)
    split = to_split(digits)
    assert evaluate(start.model, split).correct == 0
    run = create_fine_tuning(digits, start, "a small network")
    list(execute(run, few))
    after = load_checkpoint(run.path)
    assert measure_change(start, after, split).after.correct == 4
    assert not torch.equal(after.model.convs[0].weight, start.model.convs[0].weight)
    assert temperature(after) != pytest.approx(1.7)
    assert list_fine_tunings() == [run]
    assert load_checkpoint(run.initial_path).info["name"] == "a small network"


def test_what_looked_like_no_digit_looks_like_one_afterwards_and_everything_else_as_before(few, quick_tuning):
    shipped = load_checkpoint()
    digits = digits_to_learn(3)
    run = create_fine_tuning(digits, shipped, "Shipped weights")
    list(execute(run, few, iterations=3))
    after = load_checkpoint(run.path)
    own = normalise(to_split(digits).images)
    assert familiarity(shipped, own).max() < 0.5 < familiarity(after, own).min()
    others = normalise(np.concatenate(list(draw_nondigits(MEASURED, 20, seed=3).values())))
    before, now = (familiarity(each, others) >= 0.5 for each in (shipped, after))
    assert now.mean() <= before.mean() + 0.03  # a cross is near to many of them
    before, now = (familiarity(each, normalise(few.test.images)) >= 0.5 for each in (shipped, after))
    assert (before == now).mean() >= 0.98


def test_a_stopped_run_goes_on_exactly_whatever_became_of_the_digits(few, start, quick_tuning, quick_accepting):
    for digit in digits_to_learn(12):
        keep_digit(digit.strokes, digit.label)
    whole, parts = (create_fine_tuning(load_user_digits().digits, start, "a small network") for _ in range(2))
    list(execute(whole, few))
    list(execute(parts, few, iterations=13))
    remove(*(digit.id for digit in load_user_digits().digits))
    list(execute(parts, few, iterations=27))
    one, other = (load_checkpoint(run.path) for run in (whole, parts))
    for name, value in one.model.state_dict().items():
        assert torch.equal(value, other.model.state_dict()[name]), name
    assert one.extra["temperature"] == other.extra["temperature"]


def test_held_out_digits_are_not_trained_on(few, start, quick_tuning, quick_accepting, monkeypatch):
    seen = []

    class Spy(Trainer):
        def __init__(self, *arguments):
            seen.append(arguments[-1].digits)
            super().__init__(*arguments)

    monkeypatch.setattr("ocr.runs.process.Trainer", Spy)
    digits = digits_to_learn(10)
    list(execute(create_fine_tuning(digits, start, "a small network"), few, iterations=1))
    np.testing.assert_array_equal(seen[0].images, to_split([*digits[:4], *digits[5:9]]).images)


def test_without_digits_nothing_starts(start, runs_folder):
    with pytest.raises(OCRError, match="no digits of your own to train on"):
        create_fine_tuning([], start, "a small network")
    assert not runs_folder.exists()


def test_a_recipe_copied_from_such_a_run_says_what_it_lacks(few, start, quick_tuning, quick_accepting):
    run = create_fine_tuning(digits_to_learn(1), start, "a small network")
    run.user_digits_path.unlink()
    with pytest.raises(OCRError, match="has no weights and digits to go on from"):
        list(execute(run, few))


def test_comparing_also_counts_what_looks_like_a_digit():
    shipped = load_checkpoint()
    split = to_split([UserDigit(7, SEVEN), *digits_to_learn(2)])
    assert measure_change(shipped, shipped, split).familiar == (1, 1)


def test_what_was_won_and_lost_is_counted_by_class():
    labels = np.array([0, 0, 1, 2])
    before, after = (Evaluation(np.eye(10, dtype=np.float32)[said], labels) for said in ([0, 0, 2, 2], [0, 5, 1, 2]))
    change = Change(before, after)
    assert change.by_class().tolist() == [-1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert (change.lost().tolist(), change.won().tolist()) == ([1], [2])
