"""A picture in place of a drawing, in a real browser. Needs Debian's `chromium`."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.journeys.browser import draw, said, settle, undo
from tests.strokes import FOUR, SEVEN, TWO

pytestmark = pytest.mark.timeout(180)


def picture_of(text_strokes: list[list[tuple[float, float]]]) -> bytes:
    """A PNG of dark strokes on yellowish paper."""
    image = Image.new("RGB", (640, 400), (236, 228, 205))
    pen = ImageDraw.Draw(image)
    for points in text_strokes:
        pen.line(points, (40, 42, 60), width=16, joint="curve")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def paste(page: Page, picture: bytes) -> None:
    """As Ctrl-V does."""
    page.evaluate(
        """async (content) => { const blob = await (await fetch('data:image/png;base64,' + content)).blob();
        const clipboard = new DataTransfer(); clipboard.items.add(new File([blob], 'photo.png', { type: 'image/png' }));
        document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true })); }""",
        base64.b64encode(picture).decode(),
    )


def test_a_pasted_picture_is_read_and_the_canvas_comes_back(open_page):
    page = open_page("draw")
    draw(page, TWO)
    expect(said(page)).to_have_text("2")
    expect(undo(page)).to_be_enabled()
    shifted = [[(x + 300, y + 40) for x, y in stroke] for stroke in FOUR]
    paste(page, picture_of([*[[(x, y + 40) for x, y in stroke] for stroke in SEVEN], *shifted]))
    expect(said(page)).to_have_text("74")
    expect(page.locator(".picture span")).to_have_count(2)
    expect(page.locator(".st-key-canvas")).to_have_count(0)  # where it was, the picture is: nothing is drawn in vain
    page.locator(".st-key-back button").click()
    expect(said(page)).to_have_text("2")
    expect(undo(page)).to_be_enabled()
    paste(page, picture_of(SEVEN))
    expect(said(page)).to_have_text("7")
    page.locator(".st-key-sample_3 button:visible").first.click()
    expect(said(page)).to_have_text("3")


def test_the_newest_picture_is_read(open_page):
    page = open_page("draw")
    page.locator(".st-key-sample_3 button:visible").first.click()
    expect(said(page)).to_have_text("3")
    paste(page, picture_of(SEVEN))
    expect(said(page)).to_have_text("7")
    page.get_by_role("button", name="Picture").click()
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(
        {"name": "two.png", "mimeType": "image/png", "buffer": picture_of(TWO)}
    )
    expect(said(page)).to_have_text("2")
    expect(page.locator("[data-testid=stFileUploaderDropzoneInput]")).to_have_count(0)  # it would cover the reading
    small = [[(0.45 * x + 60, 0.45 * y) for x, y in stroke] for stroke in SEVEN]
    paste(page, picture_of([*small, *([(x, y + 200) for x, y in stroke] for stroke in small)]))
    expect(said(page)).to_have_text("7\n7")
    row, digits = page.locator(".reading .said").bounding_box(), said(page).bounding_box()
    assert digits["y"] >= row["y"] - 1  # two lines do not reach up into what is above
    paste(page, picture_of(FOUR))
    expect(said(page)).to_have_text("4")
    page.locator(".st-key-back button").click()
    expect(said(page)).to_have_text("3")  # neither of the two before comes back


def test_a_text_file_as_picture_gives_a_sentence_and_keeps_the_drawing(open_page):
    page = open_page("draw")
    draw(page, TWO)
    expect(said(page)).to_have_text("2")
    page.set_viewport_size({"width": 360, "height": 740})
    picture = page.get_by_role("button", name="Picture")
    uploader = page.locator("[data-testid=stFileUploaderDropzoneInput]")
    for name, kind in (("notes.txt", "text/plain"), ("notes.png", "image/png")):
        picture.click()
        uploader.set_input_files({"name": name, "mimeType": kind, "buffer": b"no picture at all"})
        refusal = page.get_by_text(f"{name} is not an image that can be read")
        refusal.click(trial=True)  # nothing covers it
        expect(refusal).to_be_in_viewport()
    picture.click()
    uploader.set_input_files({"name": "large.png", "mimeType": "image/png", "buffer": bytes(11 * 2**20)})
    refused = page.locator("[data-testid=stFileChip] [role=alert]")
    expect(refused).to_be_visible()
    assert refused.bounding_box()["width"] > 100  # what only screen readers see counts as visible too
    expect(said(page)).to_have_text("2")


def test_a_photo_of_a_sheet_is_read_and_can_be_turned_and_read_as_one_digit(open_page):
    page = open_page("draw")
    page.get_by_role("button", name="Picture").click()
    sheet = Image.new("L", (480, 360), 80)  # a desk, and a sheet on it
    digits = Image.open(io.BytesIO(picture_of(FOUR))).convert("L").resize((320, 240))
    sheet.paste(digits, (80, 60))
    file = io.BytesIO()
    sheet.save(file, "PNG")
    uploader = page.locator("[data-testid=stFileUploaderDropzoneInput]")
    uploader.set_input_files({"name": "photo.jfif", "mimeType": "application/octet-stream", "buffer": file.getvalue()})
    expect(said(page)).to_have_text("4")
    for upright in (True, False, True, False):  # the picture is wider than high at first
        page.get_by_role("button", name="Turn").click()
        page.wait_for_function(
            "upright => { const i = document.querySelector('.st-key-picture img');"
            " return (i.clientHeight > i.clientWidth) === upright; }",
            arg=upright,
        )
        settle(page)
    expect(said(page)).to_have_text("4")
    page.get_by_role("button", name="One digit").click()
    expect(page.get_by_role("button", name="Several digits")).to_be_visible()
    expect(said(page)).to_have_text("4")


def test_only_a_part_of_a_picture_is_read_marked_by_mouse_or_by_keys(open_page):
    page = open_page("draw")
    shifted = [[(x + 300, y + 40) for x, y in stroke] for stroke in FOUR]
    paste(page, picture_of([*[[(x, y + 40) for x, y in stroke] for stroke in SEVEN], *shifted]))
    expect(said(page)).to_have_text("74")
    page.get_by_role("button", name="Only a part").click()
    box = page.locator(".mark .sheet").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.move(box["x"] + box["width"] + 20, box["y"] + box["height"] - 2)  # beyond it is to its edge
    page.mouse.up()
    expect(said(page)).to_have_text("4")
    page.get_by_role("button", name="Whole picture").click()
    expect(said(page)).to_have_text("74")
    page.get_by_role("button", name="Only a part").click()
    sheet = page.locator(".mark .sheet")
    expect(sheet).to_be_focused()
    for key, times in (("ArrowLeft", 9), ("ArrowUp", 9), ("Shift+ArrowLeft", 15), ("Shift+ArrowDown", 9)):
        for _ in range(times):
            sheet.press(key)
    sheet.press("Enter")
    expect(said(page)).to_have_text("7")
