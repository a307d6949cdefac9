"""Links from one browser to another: `pytest tests/journeys/test_links.py`. Needs Debian's `chromium`."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.browser import draw, overflow, said, settle

SEVEN = [[[60, 60], [200, 60], [120, 220]]]
ONE = [[[140, 40], [140, 240]]]


def dialog(page: Page):
    return page.get_by_role("dialog", name="What you see, as a link")


def test_a_drawing_goes_to_another_browser_by_its_link_and_is_theirs_there(open_page):
    first = open_page("draw")
    first.context.grant_permissions(["clipboard-read", "clipboard-write"])
    draw(first, SEVEN)
    expect(said(first)).to_have_text("7")
    first.get_by_role("button", name="Copy link").focus()
    first.keyboard.press("Enter")
    expect(first.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    link = first.evaluate("navigator.clipboard.readText()")

    second = open_page(link.partition("//")[2].partition("/")[2])
    expect(said(second)).to_have_text("7")
    assert second.url == link.partition("?")[0]  # a drawing that was taken over is in the address no more
    second.locator(".st-key-clear button").click()
    settle(second)
    draw(second, ONE, release=False)
    expect(said(second)).to_have_text("1")
    with second.expect_navigation():  # at once, before the server can have answered
        second.evaluate("document.dispatchEvent(new MouseEvent('mouseup')), location.reload()")
    second.mouse.up()
    expect(said(second)).to_have_text("1")  # what was drawn since, which the tab keeps, not the link's once more
    second.goto(link)
    expect(said(second)).to_have_text("7")  # a link counts more than what the tab keeps
    settle(second)
    expect(said(second)).to_have_text("7")


def test_where_a_page_may_not_copy_the_link_is_selected_and_its_code_can_be_projected(open_page):
    page = open_page("mistakes?cell=4-9&show=navigation,confusion", width=360, theme="dark")
    expect(page.locator(".st-key-confusion")).to_be_visible()
    expect(page.locator(".st-key-score")).to_be_hidden()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")  # as on http in a network
    page.get_by_role("button", name="Copy link").click()
    field = dialog(page).get_by_label("The link")
    expect(field).to_be_focused()
    selected = "input => input.value.slice(input.selectionStart, input.selectionEnd)"
    link = field.evaluate(selected)
    assert link.endswith("/mistakes?cell=4-9&show=navigation,confusion")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()

    page.get_by_role("button", name="QR code").click()
    code = dialog(page).get_by_role("img", name=f"QR code of {link}")
    box = code.locator("svg").bounding_box()
    assert box
    assert box["width"] == box["height"] > 250
    expect(dialog(page)).to_contain_text("Phones and other computers cannot open this link")
    dialog(page).get_by_text("show only parts").click()
    dialog(page).get_by_label("score").check()
    expect(field).to_have_value(link.replace("navigation,", "navigation,score,"))
    assert overflow(page) <= 0
    dialog(page).get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="QR code")).to_be_focused()
