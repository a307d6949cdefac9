"""The lesson on Learn in a real browser, from its beginning to its end, also by keyboard alone. Needs `chromium`."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from ocr import CNN, load_checkpoint
from ocr.inspection.kernels import bar_answers
from pages.ui.learn.steps import STEPS
from tests.journeys.accessible import grave_findings
from tests.journeys.browser import draw, overflow, settle, undo
from tests.strokes import FOUR

pytestmark = pytest.mark.timeout(200)


def here(page: Page) -> Locator:
    """The step on show, in the row of steps."""
    return page.locator(".st-key-lesson [aria-current=step]")


class Mouse:
    """Somebody with a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, button: Locator) -> None:
        button.click()

    def choose(self, radio: Locator) -> None:
        radio.locator("xpath=ancestor-or-self::*[self::label or self::button][1]").click()

    def draw(self) -> None:
        draw(self.page, FOUR)

    def choose_place(self, picture: Locator) -> None:
        self._press_at(picture, 0.52, 0.52)

    def choose_filter(self, filters: Locator, number: int) -> None:
        """Presses one of 16, which lie in rows of four."""
        self._press_at(filters, (number % 4 + 0.5) / 4, (number // 4 + 0.5) / 4)

    def paint_three_weights(self, kernel: Locator) -> None:
        kernel.scroll_into_view_if_needed()
        box = kernel.bounding_box()
        assert box
        self.page.mouse.move(box["x"] + 20, box["y"] + 20)  # a stroke of the brush through the first row
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 150, box["y"] + 20, steps=8)
        self.page.mouse.up()

    def _press_at(self, picture: Locator, across: float, down: float) -> None:
        """Presses a picture at shares of its width and height."""
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box
        picture.click(position={"x": across * box["width"], "y": down * box["height"]})


class Keys(Mouse):
    """Somebody with a keyboard alone."""

    def press(self, button: Locator) -> None:
        expect(button).to_be_enabled()
        self._type(button, "Enter")

    def choose(self, radio: Locator) -> None:
        self._type(radio, "Space")

    def draw(self) -> None:
        canvas = self.page.get_by_role("application", name="Canvas to draw digits on")
        self._type(canvas, "Space", *["ArrowDown"] * 8, "Space")
        expect(undo(self.page)).to_be_enabled()

    def choose_place(self, picture: Locator) -> None:
        self._type(picture, "ArrowUp", "ArrowDown", "Enter")

    def choose_filter(self, filters: Locator, number: int) -> None:
        self.page.evaluate("document.activeElement.blur()")  # so that it begins at the first one
        self._type(filters, *["ArrowRight"] * 5 * (number % 4), *["ArrowDown"] * 5 * (number // 4), "Enter")

    def paint_three_weights(self, kernel: Locator) -> None:
        self._type(kernel, "+", "ArrowRight", "-", "ArrowDown", "Space")

    def _type(self, focused: Locator, *keys: str) -> None:
        focused.focus()
        for key in keys:
            self.page.keyboard.press(key)


def answer(hand: Mouse, option: str) -> None:
    """Answers the step's question; reading by ear goes on at what comes of it."""
    question = hand.page.locator(".st-key-question")
    hand.choose(question.get_by_role("radio", name=option, exact=True))
    hand.press(question.get_by_role("button", name="Answer"))
    expect(question).to_contain_text("You said")
    expect(question.locator("[data-answer]")).to_be_focused()


def next_step(hand: Mouse, number: int) -> None:
    """Goes on to a step, when the one before is done and kept nobody out."""
    page = hand.page
    expect(here(page)).to_have_class("done")
    settle(page)
    assert grave_findings(page) == []
    assert overflow(page) <= 0
    hand.press(page.locator(".st-key-next button"))
    expect(here(page)).to_contain_text(str(number))
    expect(page.get_by_role("heading", name=f"{number}. {STEPS[number - 1].title}")).to_be_focused()
    settle(page)


def slide(page: Page, key: str, button: str, times: int) -> None:
    """Moves a slider by keys."""
    thumb = page.locator(f".st-key-{key}").get_by_role("slider")
    for _ in range(times):
        thumb.press(button)
    settle(page)


def upright_and_lying() -> tuple[int, int]:
    """The filters that answer most to a vertical and to a horizontal stroke."""
    model = load_checkpoint().model
    assert isinstance(model, CNN)
    lead = bar_answers(model) @ np.array([1.0, -1.0], np.float32)
    return int(lead.argmin()), int(lead.argmax())


@pytest.mark.parametrize(
    ("kind", "width", "theme"), [(Mouse, 1280, "light"), (Keys, 360, "dark")], ids=["mouse", "keyboard alone"]
)
def test_the_lesson_from_its_beginning_to_its_end(open_page, kind, width, theme):
    page = open_page("learn", width=width, theme=theme)
    hand = kind(page)
    step, question = page.locator(".st-key-step"), page.locator(".st-key-question")
    answer(hand, "784")
    hand.press(page.locator(".st-key-draw_here button"))
    hand.draw()
    settle(page)
    hand.press(page.locator(".st-key-draw_here button"))
    next_step(hand, 2)

    hand.choose_place(page.locator(".st-key-where canvas"))
    expect(question).to_contain_text(re.compile(r"You said: row \d+, column \d+"))
    settle(page)
    hand.paint_three_weights(page.locator(".st-key-own_kernel canvas"))
    expect(step).to_contain_text(re.compile(r"so far: [3-5]\)"))
    hand.choose(page.locator(".st-key-stride").get_by_role("radio", name="2"))
    hand.choose(page.get_by_role("radio", name="VALID"))
    expect(step).to_contain_text("(28 − 5) ÷ 2 = 11.5, so 11 + 1 = 12")
    next_step(hand, 3)

    answer(hand, "0.00")
    slide(page, "shift_right", "ArrowRight", 4)
    next_step(hand, 4)

    upright, lying = upright_and_lying()
    filters = page.locator(".st-key-learn_filters canvas")
    hand.choose_filter(filters, lying)
    expect(question).to_contain_text("Right.")
    hand.choose_filter(filters, upright)
    next_step(hand, 5)

    answer(hand, "16 × 16 pixels")
    maps = page.locator(".st-key-field_maps canvas")
    for _ in range(3):
        maps.press("ArrowDown")
    for _ in range(40):  # along the middle of the maps, to a number that is not 0
        if "done" in (here(page).get_attribute("class") or ""):
            break
        maps.press("ArrowRight")
        page.wait_for_timeout(100)
    next_step(hand, 6)

    answer(hand, "It falls")
    slide(page, "temperature", "End", 1)
    next_step(hand, 7)

    answer(hand, "2.30")
    losses = step.locator(".figures tbody tr td:nth-child(3)").all_inner_texts()
    worst = int(np.argmax([float(loss) for loss in losses]))
    digits = page.locator(".st-key-loss_label").get_by_role("radio")
    expect(digits).to_have_count(10)
    assert len({round(digit.bounding_box()["y"]) for digit in digits.all()}) == 1  # one row, on a phone too
    hand.choose(digits.nth(worst))
    next_step(hand, 8)

    answer(hand, "Up")
    expect(question).to_contain_text("Right.")
    hand.press(page.locator(".st-key-ten_steps button"))
    expect(step).to_contain_text("After 10 steps it is")
    next_step(hand, 9)

    answer(hand, "between 80 and 95%")
    hand.choose(page.locator(".st-key-trusted").get_by_role("radio", name="all 55,000 images"))
    next_step(hand, 10)

    hand.choose_place(page.locator(".st-key-fooled canvas"))
    expect(question).to_contain_text("You said")
    hand.press(page.locator(".st-key-learn_mistakes button").last)
    next_step(hand, 11)

    answer(hand, "The linear model")
    slide(page, "shift_own", "ArrowRight", 6)
    next_step(hand, 12)

    answer(hand, "It may get a little worse on them")  # how step 12 is completed: test_yours.py
    expect(page.locator(".st-key-lesson .done")).to_have_count(len(STEPS) - 1)
    assert grave_findings(page) == []
    page.reload()  # all of it is kept in the browser, and the step in the address
    expect(here(page)).to_contain_text("12")
    expect(page.locator(".st-key-lesson .done")).to_have_count(len(STEPS) - 1)
    expect(page.locator("[data-testid=stMain]")).to_contain_text(f"completed {len(STEPS) - 1} of {len(STEPS)} steps")


def test_a_term_explains_itself_on_a_phone_until_escape(open_page):
    page = open_page("learn?step=2", width=360)
    page.locator(".term").first.focus()
    meaning = page.locator(".term:focus .meaning")
    expect(meaning).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(meaning).to_have_count(0)


def test_a_quiz_that_is_handed_in_says_so_where_the_keys_are(open_page):
    page = open_page("learn")
    expect(page.get_by_role("button", name="2. A window moves")).to_be_visible()  # whose script moves the keys
    page.get_by_text("Ten questions before you start").click()
    page.get_by_role("button", name="Hand in").press("Enter")
    expect(page.locator("[data-answer]")).to_be_focused()
    expect(page.locator("[data-answer]")).to_have_text("You had 0 of 10 right.")
