"""Home, Filters and Mistakes as their visitors meet them, and the maths behind them with numbers worked out by hand.

Run them by `.venv/bin/pytest tests/test_pages_home_filters_mistakes.py`.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from ocr import CNN, CNNConfig, Evaluation, evaluate, load_checkpoint, save_checkpoint, trace
from ocr.filters import answer_patches, figures, knock_out, patch, strongest_answers
from ocr.mistakes import behind
from ocr.model import count_parameters
from ocr.runner import execute
from ocr.runs import create_run
from ocr.stages import Field, convolved_field, stages, total_parameters

APP = str(Path(__file__).parent.parent / "app.py")
PATIENCE = 60


@pytest.fixture(autouse=True)
def fresh_caches(offline):
    """Pages start as on a machine without MNIST, knowing nothing of the test before."""
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def few_digits(few, monkeypatch):
    """The pages' data are a few digits, so that reading them all takes no time."""
    monkeypatch.setattr("pages.ui.load.load_data", lambda: few)
    return few


@pytest.fixture
def few_mistakes(few, monkeypatch):
    """The few digits with wrong labels among them: whatever weights are shipped, they make mistakes."""
    labels = few.test.labels.copy()
    labels[[3, 5, 8, 13]] = (labels[[3, 5, 8, 13]] + 1) % 10
    mislabelled = replace(few, test=replace(few.test, labels=labels))
    monkeypatch.setattr("pages.ui.load.load_data", lambda: mislabelled)
    return mislabelled


@pytest.fixture
def run_with_snapshots(tiny, few):
    """A run of 3 and 4 filters that kept its weights at 0, 1, 2, 5, 10 and 20 iterations."""
    run = create_run("small-net", tiny, "tutorial")
    list(execute(run, few, 20))
    return run


@pytest.fixture
def linear_run(tiny, few):
    run = create_run("linear-net", replace(tiny, model="linear"), "linear")
    list(execute(run, few, 5))
    return run


@pytest.fixture
def small_model() -> CNN:
    torch.manual_seed(3)
    return CNN(CNNConfig(filters=(3, 4), fc_size=8)).eval().requires_grad_(False)


def open_page(name: str = "app.py", **state) -> AppTest:
    """A visitor's first page; its path is that of the entry point, as `page_link` asks for."""
    page = AppTest.from_file(APP, default_timeout=PATIENCE)
    for key, value in state.items():
        page.session_state[key] = value
    if name != "app.py":
        page.switch_page(name)
    return check(page.run())


def check(page: AppTest) -> AppTest:
    assert not page.exception, [error.value for error in page.exception]
    return page


def shown(page: AppTest) -> dict[str, dict]:
    """What each of our own elements was told to show, by its key."""

    def walk(block):
        for child in block.children.values():
            yield from walk(child) if hasattr(child, "children") else (child,)

    found = [element for element in walk(page.main) if element.type == "bidi_component"]
    return {element.proto.id.split("-", 2)[2]: json.loads(element.proto.json) for element in found}


def values(told: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(told["values"]), np.float32)


# Home


def test_home_shows_every_stage_of_the_shipped_network_with_its_real_values(few_digits):
    page = open_page(home_digit=3)
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
    told = shown(open_page())["flowchart"]
    texts = [stage["texts"][1:] for stage in told["stages"]]
    assert texts[1] == ["5 × 5 × 1 × 16 + 16", "= 416"]
    assert texts[2] == ["no parameters"]
    assert texts[6] == ["1,764 × 128 + 128", "= 225,920"]
    assert "416 + 14,436 + 225,920 + 1,290 = 242,062" in told["caption"]


def test_another_digit_is_another_one_and_stays(few_digits):
    page = open_page()
    assert "Test image 1 of 50" in shown(page)["flowchart"]["caption"]
    check(page.button(key="another").click().run())
    number = page.session_state["home_digit"]
    assert number != 0
    check(page.run())
    assert f"Test image {number + 1} of 50" in shown(page)["flowchart"]["caption"]


def test_a_digit_chosen_from_more_images_than_there_are_gives_way_to_the_first(few_digits):
    assert "Test image 1 of 50" in shown(open_page(home_digit=9_999))["flowchart"]["caption"]


def test_home_works_without_mnist():
    page = open_page()
    assert "Test image 1 of 300" in shown(page)["flowchart"]["caption"]
    assert any("bundled digits" in caption.value for caption in page.caption)


def test_stages_follow_the_network(small_model):
    image = np.zeros((28, 28), np.float32)
    row = stages(small_model, trace(small_model, image), np.full(10, 0.1, np.float32))
    assert [stage.shape for stage in row[1:6]] == [(3, 28, 28), (3, 14, 14), (4, 14, 14), (4, 7, 7), (196,)]
    assert [stage.parameters for stage in row if stage.weights] == [78, 304, 1576, 90]
    assert total_parameters(row) == count_parameters(small_model) == 2_048


def test_fields_worked_out_by_hand():
    config = CNNConfig()
    assert convolved_field(config, 0) == Field(-2, 5, 1)
    assert convolved_field(config, 1) == Field(-6, 14, 2)


@pytest.mark.parametrize(("layer", "row", "column"), [(0, 10, 12), (1, 6, 7)])
def test_a_value_depends_on_its_field_and_on_nothing_else(small_model, layer, row, column):
    field = convolved_field(small_model.config, layer)
    top, left = (field.start + field.step * at for at in (row, column))
    inside = np.zeros((28, 28), bool)
    inside[top : top + field.size, left : left + field.size] = True
    image = np.random.default_rng(1).random((28, 28), np.float32)
    value = trace(small_model, image).layers[layer].convolved[:, row, column]
    wiped = trace(small_model, np.where(inside, image, 0)).layers[layer].convolved[:, row, column]
    np.testing.assert_allclose(wiped, value, atol=1e-6)
    inside[top : top + field.size, left] = False
    narrower = trace(small_model, np.where(inside, image, 0)).layers[layer].convolved[:, row, column]
    assert np.abs(narrower - value).max() > 1e-4


# Filters


def test_filters_of_shipped_and_untrained_network_share_one_scale(few_digits):
    page = open_page("pages/filters.py")
    told = shown(page)
    model = load_checkpoint().model
    np.testing.assert_array_equal(values(told["filters0_left"]), model.convs[0].weight.numpy().ravel())
    for layer in (0, 1):
        left, right = told[f"filters{layer}_left"], told[f"filters{layer}_right"]
        assert left["shared"]
        assert left["signed"]
        assert left["range"] == right["range"] == [-left["range"][1], left["range"][1]]
        sizes = np.sort(model.convs[layer].weight.abs().numpy().ravel())
        assert sizes[int(0.98 * len(sizes))] < left["range"][1] < sizes[-1]
        assert (values(left) != values(right)).any()
    assert any("share one scale" in caption.value for caption in page.caption)


def test_the_input_channel_chosen_is_the_one_shown_on_both_sides(few_digits):
    page = open_page("pages/filters.py")
    check(page.slider(key="channel1").set_value(16).run())
    model = load_checkpoint().model
    np.testing.assert_array_equal(values(shown(page)["filters1_left"]), model.convs[1].weight.numpy()[:, 15].ravel())
    assert "channel 16" in shown(page)["filters1_right"]["description"]


def test_a_run_is_shown_with_its_own_number_of_filters_and_at_every_snapshot(few_digits, run_with_snapshots):
    page = open_page("pages/filters.py", filters_left="small-net")
    told = shown(page)
    assert (told["filters0_left"]["count"], told["filters1_left"]["count"]) == (3, 4)
    now, scale = values(told["filters0_left"]), told["filters0_left"]["range"]
    slider = page.select_slider(key="filters_left_at_small-net")
    assert slider.options == ["0", "1", "2", "5", "10", "20", "now"]
    check(slider.set_value("0").run())
    told = shown(page)
    start = load_checkpoint(run_with_snapshots.snapshots()[0]).model
    np.testing.assert_array_equal(values(told["filters0_left"]), start.convs[0].weight.numpy().ravel())
    assert (values(told["filters0_left"]) != now).any()
    assert told["filters0_left"]["range"] == scale  # growing must not change the scale
    assert any("3 filters of 5 × 5 and 16 filters of 5 × 5" in heading.value for heading in page.subheader)


def test_a_channel_that_one_side_lacks_is_said(few_digits, run_with_snapshots):
    page = open_page("pages/filters.py", filters_left="small-net", channel1=9)
    assert any("only 3 input channels" in caption.value for caption in page.caption)
    assert "filters1_left" not in shown(page)


@pytest.mark.parametrize("side", ["filters_left", "filters_right"])
def test_the_linear_baseline_is_said_to_have_no_filters(few_digits, linear_run, side):
    page = open_page("pages/filters.py", **{side: "linear-net"})
    assert any("has no filters" in text.value for text in page.markdown)
    linear = next(told for key, told in shown(page).items() if key.startswith("linear"))
    assert (linear["count"], linear["height"]) == (10, 28)


def test_two_linear_baselines_leave_a_page_without_layers(few_digits, linear_run):
    page = open_page("pages/filters.py", filters_left="linear-net", filters_right="linear-net")
    assert sum("has no filters" in text.value for text in page.markdown) == 2
    assert not page.subheader


def test_without_runs_there_are_shipped_and_untrained_weights(few_digits):
    page = open_page("pages/filters.py")
    assert page.selectbox(key="filters_left").options == ["Shipped weights", "Untrained network"]
    assert not page.select_slider


def test_choices_made_for_a_larger_network_give_way_in_a_smaller_one(few_digits, run_with_snapshots):
    state = {"filters_left": "small-net", "filters_right": "small-net", "layer": "Layer 2"}
    page = open_page("pages/filters.py", **state, channel1=16, filter1=36, **{"filters_left_at_small-net": "7,000"})
    assert page.slider(key="channel1").value == 3
    assert page.slider(key="filter1").value == 4
    assert page.select_slider(key="filters_left_at_small-net").value == "now"


def test_a_run_deleted_meanwhile_gives_way_to_the_shipped_weights(few_digits):
    page = open_page("pages/filters.py", filters_left="gone-net")
    assert page.selectbox(key="filters_left").value == "Shipped weights"


def test_a_damaged_checkpoint_becomes_a_sentence(few_digits, run_with_snapshots):
    run_with_snapshots.checkpoint_path.write_bytes(b"not weights")
    page = open_page("pages/filters.py", filters_left="small-net")
    assert "damaged" in page.error[0].value


def test_closer_views_of_a_filter(few_digits):
    page = open_page("pages/filters.py")
    told = shown(page)
    assert told["answer_patches"]["count"] == 9
    assert told["answer_patches"]["height"] == 5
    check(page.segmented_control(key="layer").set_value("Layer 2").run())
    assert shown(page)["answer_patches"]["height"] == 14
    check(page.segmented_control(key="view").set_value("What it makes of a digit").run())
    assert shown(page)["digit_After max-pool and ReLU"]["height"] == 7
    check(page.segmented_control(key="view").set_value("Its figures").run())
    check(page.segmented_control(key="view").set_value("What it is worth").run())
    assert not any("With all filters" in text.value for text in page.markdown)
    check(page.button(key="measure").click().run())
    right = evaluate(load_checkpoint().model, few_digits.validation).correct
    assert any(f"({right:,} of 50 validation images)" in text.value for text in page.markdown)


def test_a_filter_that_was_pressed_is_looked_at_closer(few_digits):
    page = open_page("pages/filters.py", layer="Layer 2", filter1=36)  # what a press puts there
    told = shown(page)
    assert told["filters1_left"]["pressable"]
    assert not told["filters1_right"]["pressable"]
    assert told["filters1_left"]["boxes"] == [[35, 0, 0, 5, 5]]
    assert told["filters0_left"]["boxes"] == []
    assert any("excite filter 36 of layer 2" in text.value for text in page.markdown)


def test_figures_of_a_filter_worked_out_by_hand(small_model):
    small_model.convs[0].weight[1] = torch.tensor([-3.0, *[0.0] * 23, 4.0]).reshape(1, 5, 5)
    known = figures(small_model, 0)
    assert (known.low[1], known.high[1], known.norm[1]) == (-3, 4, 5)
    assert known.mean[1] == pytest.approx(1 / 25)
    assert known.bias[1] == pytest.approx(0.05)


def test_the_strongest_answers_are_the_products_with_their_patches(small_model, few_digits):
    answers = strongest_answers(small_model, few_digits.test, layer=0, count=4)
    patches = answer_patches(small_model, few_digits.test, answers, layer=0, channel=2)
    weights, bias = small_model.convs[0].weight[2, 0].numpy(), float(small_model.convs[0].bias[2])
    np.testing.assert_allclose((patches * weights).sum((1, 2)) + bias, answers.values[2], atol=1e-5)
    convolved = [trace(small_model, image / 255).layers[0].convolved[2].max() for image in few_digits.test.images]
    np.testing.assert_allclose(answers.values[2], np.sort(convolved)[::-1][:4], atol=1e-5)


def test_a_patch_over_the_edge_has_no_ink_there():
    image = np.arange(1, 785).reshape(28, 28)
    corner = patch(image, Field(-2, 5, 1), 0, 0)
    assert corner[:2].sum() == corner[:, :2].sum() == 0
    np.testing.assert_array_equal(corner[2], [0, 0, 1, 2, 3])


@pytest.mark.parametrize("layer", [0, 1])
def test_knocking_out_a_filter_is_reading_without_what_it_gives(small_model, few_digits, layer):
    split = few_digits.validation
    right = knock_out(small_model, split, layer)
    assert len(right) == small_model.config.filters[layer] + 1
    assert right[0] == evaluate(small_model, split).correct
    for channel in range(len(right) - 1):
        without = CNN(small_model.config).eval().requires_grad_(False)
        without.load_state_dict(small_model.state_dict())
        without.convs[layer].weight[channel] = 0  # with a bias below 0, ReLU makes the whole map 0
        without.convs[layer].bias[channel] = -1
        assert right[channel + 1] == evaluate(without, split).correct


# Mistakes


def test_mistakes_says_accuracy_with_counts_and_shows_the_most_confident_first(few_mistakes):
    page = open_page("pages/mistakes.py")
    evaluation = evaluate(load_checkpoint().model, few_mistakes.test)
    assert f"{evaluation.correct} of 50 test images read right" in page.markdown[0].value
    assert shown(page)["matrix"]["counts"] == evaluation.confusion().tolist()
    first = evaluation.mistakes[:9]
    titles = [f"{few_mistakes.test.labels[i]} read as {evaluation.predictions[i]}" for i in first]
    assert shown(page)["gallery"]["titles"] == titles
    np.testing.assert_array_equal(
        values(shown(page)["gallery"]), (few_mistakes.test.images[first].astype(np.float32) / 255).ravel()
    )


def test_choosing_classes_opens_the_cell(few_mistakes):
    page = open_page("pages/mistakes.py")
    evaluation = evaluate(load_checkpoint().model, few_mistakes.test)
    confusion = evaluation.confusion() * (1 - np.eye(10, dtype=int))
    true, read = np.unravel_index(confusion.argmax(), confusion.shape)
    page.selectbox(key="true_class").set_value(str(true))
    check(page.selectbox(key="read_class").set_value(str(read)).run())
    told = shown(page)
    assert told["gallery"]["titles"] == [f"{true} read as {read}"] * min(9, confusion.max())
    assert told["matrix"]["chosen"] == [true, read]
    check(page.selectbox(key="read_class").set_value(str(true)).run())
    assert any("read right, the least confident first" in caption.value for caption in page.caption)


def test_an_empty_cell_says_so(few_digits):
    evaluation = evaluate(load_checkpoint().model, few_digits.test)
    true, read = np.argwhere(evaluation.confusion() == 0)[0]
    page = open_page("pages/mistakes.py", true_class=str(true), read_class=str(read))
    assert any("nothing to show" in caption.value for caption in page.caption)
    assert "gallery" not in shown(page)


def test_nine_more_images_and_back_to_nine_for_another_cell(digits):
    page = open_page("pages/mistakes.py", mistakes_weights="Untrained network")
    assert len(shown(page)["gallery"]["titles"]) == 9
    check(page.button(key="more").click().run())
    assert len(shown(page)["gallery"]["titles"]) == 18
    check(page.selectbox(key="true_class").set_value("3").run())
    assert len(shown(page)["gallery"]["titles"]) == 9


def test_the_linear_baseline_can_be_evaluated(few_digits, linear_run):
    page = open_page("pages/mistakes.py", mistakes_weights="linear-net")
    correct = evaluate(load_checkpoint(linear_run.checkpoint_path).model, few_digits.test).correct
    assert f"{correct} of 50 test images" in page.markdown[0].value


def test_weights_that_changed_are_evaluated_again(few_digits, run_with_snapshots):
    page = open_page("pages/mistakes.py", mistakes_weights="small-net")
    before = shown(page)["matrix"]["counts"]
    save_checkpoint(run_with_snapshots.checkpoint_path, load_checkpoint())
    check(page.run())
    after = evaluate(load_checkpoint().model, few_digits.test).confusion().tolist()
    assert shown(page)["matrix"]["counts"] == after
    assert after != before


def test_behind_a_cell_worked_out_by_hand():
    #      label, read as, confidence
    rows = [(4, 9, 0.6), (4, 9, 0.9), (4, 4, 0.8), (4, 4, 0.5), (7, 9, 0.7), (4, 1, 0.99)]
    probabilities = np.zeros((len(rows), 10), np.float32)
    for i, (_, read, confidence) in enumerate(rows):
        probabilities[i] = (1 - confidence) / 9
        probabilities[i, read] = confidence
    evaluation = Evaluation(probabilities, np.array([label for label, _, _ in rows]))
    assert behind(evaluation, 4, 9).tolist() == [1, 0]
    assert behind(evaluation, 4, 4).tolist() == [3, 2]
    assert behind(evaluation, None, 9).tolist() == [1, 4, 0]
    assert behind(evaluation, 4, None).tolist() == [5, 1, 0]
    assert behind(evaluation, None, None).tolist() == evaluation.mistakes.tolist() == [5, 1, 4, 0]
    assert behind(evaluation, 0, 0).tolist() == []
