"""The lesson on Learn in a real browser, from its beginning to its end, and by keyboard alone. Needs `chromium`."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from ocr import CNN, load_checkpoint
from ocr.inspection.kernels import bar_answers
from pages.ui.learn.steps import STEPS
from tests.journeys.browser import draw, overflow, settle
from tests.strokes import FOUR

pytestmark = pytest.mark.timeout(200)


def here(page: Page) -> Locator:
    """The step on show, in the row of steps."""
    return page.locator(".st-key-lesson [aria-current=step]")


def answer(page: Page, option: str) -> None:
    """Answers the step's question."""
    question = page.locator(".st-key-question")
    question.get_by_text(option, exact=True).click()
    question.get_by_role("button", name="Answer").click()
    expect(question).to_contain_text("You said")


def press_at(canvas: Locator, across: float, down: float) -> None:
    """Presses a canvas at shares of its width and height."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": across * box["width"], "y": down * box["height"]})


def next_step(page: Page, number: int) -> None:
    """Goes on, when the step before is done."""
    expect(here(page)).to_have_class("done")
    page.locator(".st-key-next button").click()
    expect(here(page)).to_contain_text(str(number))
    settle(page)


def press_filter(page: Page, number: int) -> None:
    """Presses one of the 16 filters, which lie in rows of four."""
    press_at(page.locator(".st-key-learn_filters canvas"), (number % 4 + 0.5) / 4, (number // 4 + 0.5) / 4)


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


def test_the_lesson_from_its_beginning_to_its_end(open_page):
    page = open_page("learn")
    upright, lying = upright_and_lying()
    answer(page, "784")
    page.locator(".st-key-draw_here button").click()
    draw(page, FOUR)
    page.locator(".st-key-draw_here button").click()
    next_step(page, 2)

    press_at(page.locator(".st-key-where canvas"), 0.52, 0.52)
    expect(page.locator(".st-key-question")).to_contain_text("You said: row 15, column 15")
    kernel = page.locator(".st-key-own_kernel canvas")
    kernel.scroll_into_view_if_needed()
    box = kernel.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)  # a stroke of the brush through the first row
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 20, steps=8)
    page.mouse.up()
    page.locator(".st-key-stride").get_by_role("radio", name="2").click()
    page.get_by_role("radio", name="VALID").click()
    expect(page.locator(".st-key-step")).to_contain_text("(28 − 5) ÷ 2 = 11.5, so 11 + 1 = 12")
    next_step(page, 3)

    answer(page, "0.00")
    slide(page, "shift_right", "ArrowRight", 4)
    next_step(page, 4)

    press_filter(page, lying)
    expect(page.locator(".st-key-question")).to_contain_text("Right.")
    press_filter(page, upright)
    next_step(page, 5)

    answer(page, "16 × 16 pixels")
    maps = page.locator(".st-key-field_maps canvas")
    for _ in range(3):
        maps.press("ArrowDown")
    for _ in range(40):  # along the middle of the maps, to a number that is not 0
        if "done" in (here(page).get_attribute("class") or ""):
            break
        maps.press("ArrowRight")
        page.wait_for_timeout(100)
    next_step(page, 6)

    answer(page, "It falls")
    slide(page, "temperature", "End", 1)
    next_step(page, 7)

    answer(page, "2.30")
    losses = page.locator(".st-key-step .figures tbody tr td:nth-child(3)").all_inner_texts()
    worst = int(np.argmax([float(loss) for loss in losses]))
    page.locator(".st-key-loss_label").get_by_role("radio", name=str(worst), exact=True).click()
    next_step(page, 8)

    answer(page, "Up")
    expect(page.locator(".st-key-question")).to_contain_text("Right.")
    page.locator(".st-key-ten_steps button").click()
    expect(page.locator(".st-key-step")).to_contain_text("After 10 steps it is")
    next_step(page, 9)

    answer(page, "between 80 and 95%")
    page.locator(".st-key-trusted").get_by_role("radio", name="all 55,000 images").click()
    next_step(page, 10)

    press_at(page.locator(".st-key-fooled canvas"), 0.5, 0.5)
    page.locator(".st-key-learn_mistakes button").last.click()
    next_step(page, 11)

    answer(page, "The linear model")
    slide(page, "shift_own", "ArrowRight", 6)
    next_step(page, 12)

    answer(page, "It may get a little worse on them")
    expect(page.locator(".st-key-step")).to_contain_text("Keep a digit of yours")
    expect(page.locator(".st-key-lesson .done")).to_have_count(len(STEPS) - 1)
    page.reload()  # all of it is kept in the browser, and the step in the address
    expect(here(page)).to_contain_text("12")
    expect(page.locator(".st-key-lesson .done")).to_have_count(len(STEPS) - 1)
    expect(page.locator("[data-testid=stMain]")).to_contain_text(f"completed {len(STEPS) - 1} of {len(STEPS)} steps")


def test_the_lesson_by_keyboard_alone_on_a_phone(open_page):
    page = open_page("learn?step=2", width=360)
    spot = page.locator(".st-key-where canvas")
    spot.focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".st-key-question")).to_contain_text("You said: row 14, column 14")
    page.locator(".st-key-own_kernel canvas").focus()
    for key in ("+", "ArrowRight", "-", "ArrowDown", " "):
        page.keyboard.press(key)
    expect(page.locator(".st-key-step")).to_contain_text("so far: 3")
    page.locator(".st-key-stride").get_by_role("radio", name="1").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    settle(page)
    page.locator(".st-key-padding").get_by_role("radio", name="SAME").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(here(page)).to_have_class("done")
    assert overflow(page) <= 0
    page.locator(".term").first.focus()
    expect(page.locator(".term:focus .meaning")).to_be_in_viewport(ratio=1)
    page.locator(".st-key-next button").focus()
    page.keyboard.press("Enter")
    expect(here(page)).to_contain_text("3")
    page.locator(".st-key-question input").first.focus()
    page.keyboard.press("Space")
    expect(page.locator(".st-key-answer button")).to_be_enabled()
    page.locator(".st-key-answer button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-question")).to_contain_text("You said")
