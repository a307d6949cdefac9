"""Learn as its visitors meet it, without a browser: `pytest tests/pages/test_learn.py`."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ocr import PRESETS, evaluate, from_strokes, load_checkpoint, save_checkpoint, trace
from ocr.data.user_digits import keep_digit
from ocr.files import ASSETS
from ocr.inspection.kernels import KERNELS, convolve
from ocr.runs.finetune import create_fine_tuning
from pages.ui.learn.quiz import BEFORE, QUESTIONS
from pages.ui.learn.steps import STEPS
from pages.ui.text.terms import TERMS, explained, plain
from pages.ui.topics import Answer, Lesson
from tests.pages.apptest import check, kept, on_canvas, open_page, shown, texts, values

pytestmark = pytest.mark.usefixtures("fresh_caches", "few_digits")

SEVEN = [[[60.0, 60.0], [200.0, 60.0], [120.0, 230.0]]]
ANSWERED = {str(number): Answer("a guess", False, "A question?", "A reason.") for number in range(1, len(STEPS) + 1)}


def lesson_of(page) -> Lesson:
    return page.session_state["Lesson"]


@pytest.mark.parametrize("number", range(1, len(STEPS) + 1))
@pytest.mark.parametrize("drawn", [False, True], ids=["sample", "drawing"])
def test_every_step_asks_first_and_shows_then(number, drawn):
    drawing = on_canvas(SEVEN) if drawn else {}
    page = open_page("learn", {"step": str(number)}, **drawing)
    assert page.header[0].value == f"{number}. {STEPS[number - 1].title}"
    assert "Guess before you look" in texts(page)
    before = texts(page)
    page = open_page("learn", {"step": str(number)}, **drawing, **kept(Lesson(answers=dict(ANSWERED))))
    assert "You said: a guess." in texts(page)
    assert len(texts(page)) > len(before) + 200  # what the question would have been spoilt by
    assert lesson_of(page).step == number


def done(**answers: object) -> dict[str, object]:
    """What the session knows of somebody who has answered every question."""
    return kept(Lesson(answers=dict(ANSWERED), **answers))


@pytest.mark.parametrize("step", ["0", "13", "x", "²", "<b>4</b>", "9" * 5_000])
def test_an_address_without_such_a_step_gets_a_sentence_and_the_lesson(step):
    page = open_page("learn", {"step": step})
    assert "The lesson has 12 steps" in page.warning[0].value
    assert page.header[0].value.startswith("1.")


def test_a_step_is_complete_when_the_guess_is_made_and_the_thing_done():
    page = open_page("learn", **on_canvas(SEVEN))
    assert page.button(key="answer").disabled
    page.radio(key="guess_1").set_value("56")
    check(page.run())
    check(page.button(key="answer").click().run())
    assert lesson_of(page).answers["1"][:2] == ("56", False)
    assert "28 × 28 = 784" in texts(page)
    assert lesson_of(page).done == {1}
    check(page.button(key="next").click().run())
    assert page.header[0].value.startswith("2.")
    assert "2" in page.query_params["step"]


def test_what_the_browser_has_kept_is_there_again_and_can_be_forgotten():
    said = ["row 1, column 1", True, "Where?", "There."]
    browser = {"lesson": {"kept": {"done": [1, 4], "answers": {"2": said, "3": ["of an older kind"]}}}}
    page = open_page("learn", {"step": "2"}, **browser)
    assert lesson_of(page).done == {1, 4}
    assert "You said: row 1, column 1." in texts(page)
    assert shown(page)["lesson"]["kept"] == {"done": [1, 4], "answers": {"2": said}}
    check(page.button(key="forget").click().run())
    assert lesson_of(page).done == set()
    assert shown(page)["lesson"]["forgotten"] == 1
    assert "Guess before you look" in texts(page)


@pytest.mark.parametrize(
    "kept_there",
    [
        {"done": 5, "answers": 6},
        {"done": ["x", 99, -1, None], "answers": {"1": ["<b>", True, "[[no such term]]", "[[nor this]]"], "2": 3}},
        {},
        "text",
    ],
)
def test_whatever_the_browser_holds_the_lesson_is_shown(kept_there):
    page = open_page("learn", lesson={"kept": kept_there})
    assert lesson_of(page).done == set()
    assert page.header[0].value.startswith("1.")


def test_a_kernel_made_by_hand_gives_torchs_answers():
    kernel = KERNELS["Upper edge"].copy()
    kernel[0, :3] = 0.5
    made = {"kernel": {"version": 0, "values": kernel.ravel().tolist()}}
    page = open_page("learn", {"step": "2"}, own_kernel=made, stride=2, padding="VALID", **done(), **on_canvas(SEVEN))
    assert "(28 − 5) ÷ 2 = 11.5, so 11 + 1 = 12" in texts(page)
    np.testing.assert_allclose(
        values(shown(page)["own_answers"]), convolve(from_strokes(SEVEN), kernel, 2, "VALID").ravel(), atol=1e-5
    )
    assert lesson_of(page).done == {2}


def test_probabilities_and_losses_are_torchs():
    logits = torch.from_numpy(trace(load_checkpoint().model, from_strokes(SEVEN)).logits)
    page = open_page("learn", {"step": "6"}, temperature=5.0, **done(), **on_canvas(SEVEN))
    for share in F.softmax(logits / 5, 0).tolist():
        assert f"<td>{share:.1%}</td>" in texts(page)
    page = open_page("learn", {"step": "7"}, **done(), **on_canvas(SEVEN))
    temperature = float(load_checkpoint().extra["temperature"])
    for loss in (-F.log_softmax(logits / temperature, 0)).tolist():
        assert f"<td>{loss:.3f}</td>" in texts(page)


def test_ten_steps_of_learning_lower_the_loss_as_torchs_adam_does():
    from pages.ui.learn.cache import untrained

    page = open_page("learn", {"step": "8"}, **done(), **on_canvas(SEVEN))
    check(page.button(key="ten_steps").click().run())
    assert lesson_of(page).done == {8}
    model = untrained()
    model = type(model)(model.config).requires_grad_(True)
    model.load_state_dict(untrained().state_dict())
    optimizer = torch.optim.Adam(model.parameters(), PRESETS["tutorial"].learning_rate)
    image, label = torch.from_numpy(from_strokes(SEVEN))[None, None], torch.tensor([7])
    with torch.enable_grad():
        for _ in range(10):
            optimizer.zero_grad()
            F.cross_entropy(model(image), label).backward()
            optimizer.step()
    assert f"After 10 steps it is <strong>{F.cross_entropy(model(image), label):.4f}" in texts(page)
    page.segmented_control(key="which_weight").set_value("In a filter of layer 1")
    check(page.run())
    assert "The 784 products add up" in texts(page)
    check(page.button(key="no_steps").click().run())
    assert "After" not in texts(page)


def test_the_last_step_is_done_when_a_digit_is_kept_and_a_network_trained_on_it():
    page = open_page("learn", {"step": "12"}, **done())
    assert "So far: 0 digits kept" in texts(page)
    run = create_fine_tuning([keep_digit(SEVEN, 3, read=7)], load_checkpoint(), "the shipped weights")
    check(page.run())
    assert "So far: 1 digit kept" in texts(page)
    assert lesson_of(page).done == set()  # it was not trained yet
    save_checkpoint(run.checkpoint_path, load_checkpoint())
    check(page.run())
    assert lesson_of(page).done == {12}
    assert "You have completed 1 of 12 steps. Right guesses: 0 of 12." in texts(page)
    assert "<strong>What it gained:</strong> 0 digits of yours" in texts(page)  # they are the same weights
    assert "<strong>What it forgot:</strong> 0 test images" in texts(page)


def test_small_networks_of_the_lesson_read_what_their_files_say(mnist):
    read = {}
    for name in ("few", "distorted", "all", "linear"):
        checkpoint = load_checkpoint(ASSETS / "lesson" / f"{name}.safetensors")
        test = evaluate(checkpoint.model, mnist.test)
        assert abs(test.correct - checkpoint.info["test_correct"]) <= 2  # another processor may round otherwise
        assert checkpoint.info["test_count"] == test.count
        read[name] = test.accuracy
    assert 0.8 < read["few"] < 0.95  # the answer that is taken for right
    assert read["few"] < read["distorted"] < read["all"]


def test_quiz_is_answered_before_and_after_and_becomes_a_table():
    right = {f"quiz_{BEFORE}_{i}": forms[0].right for i, forms in enumerate(QUESTIONS.values())}
    page = open_page("learn", **right | {"quiz_before_3": None})
    check(next(button for button in page.button if button.label == "Hand in").click().run())
    assert f"You had <strong>9 of {len(QUESTIONS)}</strong> right." in texts(page)
    page.query_params["step"] = "12"
    check(page.run())
    check(next(button for button in page.button if button.label == "Hand in").click().run())
    assert f"You had <strong>0 of {len(QUESTIONS)}</strong> right." in texts(page)
    assert "9 of 10 before the lesson and 0 of 10 after the lesson" in texts(page)
    assert all(len(set(form.options)) == 4 for forms in QUESTIONS.values() for form in forms)
    (table,) = [part.proto.body for part in page.get("html") if "not answered" in part.proto.body]
    assert table.count("✓ right") == 9
    assert table.count("not answered") == 11  # one before the lesson, all after it
    assert "wrong" not in table


def test_terms_explain_themselves_and_nothing_else_is_taken_for_html():
    told = explained("<b> **much** [[stride]] and [[Strides|stride]]")
    assert told.startswith("&lt;b&gt; <strong>much</strong> <span")
    assert told.count(TERMS["stride"]) == 4
    assert plain("The [[strides|stride]]") == "The strides"
    with pytest.raises(KeyError):
        explained("[[what nobody explained]]")


@pytest.mark.parametrize(("step", "errand"), [("12", "teach it your hand"), ("7", "")])
def test_who_is_sent_to_another_page_finds_the_way_back_there(step, errand):
    page = open_page("learn", {"step": step}, **done())
    assert lesson_of(page).errand == errand
    page.switch_page("pages/yours.py")
    links = [link.proto.label for link in check(page.run()).get("page_link")]
    assert (f"← Back to step {step} of the lesson: {errand}" in links) == bool(errand)
    assert len([label for label in links if "Back to step" in label]) == bool(errand)
