"""Home as its visitors meet it, without a browser: `pytest tests/test_pages_home.py`."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import load_checkpoint, trace
from ocr.inspection.paths import find_paths
from pages.ui.topics import Home
from tests.pages.apptest import check, drawing_of, open_page, shown, values

pytestmark = pytest.mark.usefixtures("fresh_caches")


def test_home_shows_every_stage_of_the_shipped_network_with_its_real_values(few_digits):
    page = open_page("home", Home=Home(digit=3))
    told = shown(page)["flowchart"]
    model = load_checkpoint().model
    traced = trace(model, few_digits.test.images[3].astype(np.float32) / 255)
    row = told["stages"]
    assert [stage["texts"][0] for stage in row] == [
        "1 × 28 × 28",
        "16 × 28 × 28",
        "16 × 14 × 14",
        "36 × 14 × 14",
        "36 × 7 × 7",
        "1,764",
        "128, ReLU",
        "10, softmax",
    ]
    assert [stage["signed"] for stage in row] == [False, True, False, True, False, False, False, False]
    np.testing.assert_array_equal(values(row[3]), traced.layers[1].convolved.ravel())
    np.testing.assert_array_equal(values(row[6]), traced.hidden)
    assert values(row[7]).sum() == pytest.approx(1, abs=1e-5)


def test_home_writes_parameters_as_sums_that_come_out(few_digits):
    told = shown(open_page("home"))["flowchart"]
    texts = [stage["texts"][1:] for stage in told["stages"]]
    assert texts[1] == ["5 × 5 × 1 × 16 + 16", "= 416"]
    assert texts[2] == ["no parameters"]
    assert texts[6] == ["1,764 × 128 + 128", "= 225,920"]
    assert "416 + 14,436 + 225,920 + 1,290 = 242,062" in told["caption"]


def test_every_stage_says_what_happens_there(few_digits):
    row = shown(open_page("home"))["flowchart"]["stages"]
    said = {stage["name"]: stage["explanation"] for stage in row}
    assert "bias" in said["Convolution 1"]
    assert "largest of every 2 × 2" in said["Max-pool, ReLU"]
    assert "logit" in said["Fully connected 2"]
    assert all(stage["explanation"] for stage in row)


def test_the_digit_opens_in_the_lens(few_digits):
    page = open_page("home", Home=Home(digit=3))
    check(page.button(key="open_digit").click().run())
    np.testing.assert_array_equal(drawing_of(page).picture.segmentation.glyphs[0].image, few_digits.test.ink(3))
    assert page.session_state["draw_weights"] == "Shipped weights"


def test_another_digit_is_another_one_and_stays(few_digits):
    page = open_page("home")
    assert "Test image 1 of 50" in shown(page)["flowchart"]["caption"]
    check(page.button(key="another").click().run())
    number = page.session_state["Home"].digit
    assert number != 0
    check(page.run())
    assert f"Test image {number + 1} of 50" in shown(page)["flowchart"]["caption"]


def test_a_digit_chosen_from_more_images_than_there_are_gives_way_to_the_first(few_digits):
    assert "Test image 1 of 50" in shown(open_page("home", Home=Home(digit=9_999)))["flowchart"]["caption"]


def test_home_works_without_mnist():
    page = open_page("home")
    assert "Test image 1 of 300" in shown(page)["flowchart"]["caption"]
    assert any("bundled digits" in caption.value for caption in page.caption)


def test_the_paths_that_carried_the_reading_are_lit_at_a_press(few_digits):
    page = open_page("home")
    assert shown(page)["flowchart"]["lit"] is None
    check(page.toggle(key="lit").set_value(True).run())
    told = shown(page)["flowchart"]
    model, image = load_checkpoint().model, few_digits.test.ink(0)
    logits = trace(model, image).logits
    digit = int(logits.argmax())
    paths = find_paths(model, image, digit)
    np.testing.assert_allclose(values({"values": told["lit"]["parts"]}), paths.parts[0].ravel(), atol=1e-5)
    items = told["lit"]["items"]
    assert [len(lit) for lit in items] == [1, 5, 5, 5, 5, 12, 6, 1]
    assert items[-1] == [digit]
    assert items[3] == items[4] == np.argsort(-np.abs(paths.by_map[2]))[:5].tolist()
    for stage, begin, end, value in told["lit"]["links"]:
        assert begin in items[stage]
        assert end in items[stage + 1]
        if stage == 2:
            assert value == pytest.approx(float(paths.links[1][begin, end]), abs=1e-5)
    assert f"the digit {digit}. Its logit is {logits[digit]:.2f}." in told["caption"]
