"""Filters as its visitors meet it, without a browser: `pytest tests/pages/test_filters.py`."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import evaluate, load_checkpoint, trace
from ocr.inspection.excitation import activity
from ocr.inspection.filters import rank_activations
from ocr.inspection.knock_out import knock_out_each, knock_out_neurons
from ocr.runs.process import execute
from pages.ui.drawing import Drawing
from tests.pages.apptest import check, delete_after, finished, kept, open_page, run_python, shown, texts, values

pytestmark = pytest.mark.usefixtures("fresh_caches")


def test_filters_of_shipped_and_untrained_network_share_one_scale(few_digits):
    page = open_page("filters")
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
    assert "share one scale" in texts(page)


def test_the_python_of_the_filters_draws_them(few_digits):
    page = open_page("filters")
    names: dict[str, object] = {}
    exec(page.get("code")[0].value, names)
    figure = names["figure"]
    np.testing.assert_array_equal(figure.data[3].z, load_checkpoint().model.convs[0].weight[3, 0].numpy())


def test_the_input_channel_chosen_is_the_one_shown_on_both_sides(few_digits):
    page = open_page("filters")
    check(page.slider(key="channel1").set_value(16).run())
    model = load_checkpoint().model
    np.testing.assert_array_equal(values(shown(page)["filters1_left"]), model.convs[1].weight.numpy()[:, 15].ravel())
    assert "channel 16" in shown(page)["filters1_right"]["description"]


def test_a_run_is_shown_with_its_own_number_of_filters_and_at_every_snapshot(few_digits, small_run):
    list(execute(small_run, few_digits, iterations=8))  # to 20, where a snapshot is kept
    page = open_page("filters", filters_left="small")
    told = shown(page)
    assert (told["filters0_left"]["count"], told["filters1_left"]["count"]) == (3, 4)
    now, scale = values(told["filters0_left"]), told["filters0_left"]["range"]
    slider = page.select_slider(key="filters_left_at_small")
    assert slider.options == ["0", "1", "2", "5", "10", "20", "now"]
    check(slider.set_value(0).run())
    told = shown(page)
    start = load_checkpoint(small_run.snapshots()[0]).model
    np.testing.assert_array_equal(values(told["filters0_left"]), start.convs[0].weight.numpy().ravel())
    assert (values(told["filters0_left"]) != now).any()
    assert told["filters0_left"]["range"] == scale  # growing must not change the scale
    assert any("3 filters of 5 × 5 and 16 filters of 5 × 5" in heading.value for heading in page.header)


def test_a_channel_that_one_side_lacks_is_said(few_digits, small_run):
    page = open_page("filters", filters_left="small", channel1=9)
    assert any("only 3 input channels" in caption.value for caption in page.caption)
    assert "filters1_left" not in shown(page)


@pytest.mark.parametrize("side", ["filters_left", "filters_right"])
def test_the_linear_baseline_is_said_to_have_no_filters(few_digits, linear_run, side):
    page = open_page("filters", **{side: "line"})
    assert any("has no filters" in text.value for text in page.markdown)
    linear = next(told for key, told in shown(page).items() if key.startswith("linear"))
    assert (linear["count"], linear["height"]) == (10, 28)


def test_two_linear_baselines_leave_a_page_without_layers(few_digits, linear_run):
    page = open_page("filters", filters_left="line", filters_right="line")
    assert sum("has no filters" in text.value for text in page.markdown) == 2
    assert not page.header


def test_without_runs_there_are_shipped_and_untrained_weights(few_digits):
    page = open_page("filters")
    assert page.selectbox(key="filters_left").options == ["Shipped weights", "Untrained network"]
    assert not page.select_slider


def test_choices_made_for_a_larger_network_give_way_in_a_smaller_one(few_digits, small_run):
    state = {"filters_left": "small", "filters_right": "small", "layer": "Layer 2"}
    page = open_page("filters", **state, channel1=16, filter1=36, filters_left_at_small=7_000)
    assert page.slider(key="channel1").value == 3
    assert page.slider(key="filter1").value == 4
    assert page.select_slider(key="filters_left_at_small").value is None


def test_a_run_deleted_meanwhile_gives_way_to_the_shipped_weights(few_digits):
    page = open_page("filters", filters_left="gone-net")
    assert page.selectbox(key="filters_left").value == "Shipped weights"


def test_a_damaged_checkpoint_becomes_a_sentence(few_digits, small_run):
    small_run.checkpoint_path.write_bytes(b"not weights")
    page = open_page("filters", filters_left="small")
    assert "damaged" in page.error[0].value


def test_closer_views_of_a_filter(few_digits):
    page = open_page("filters")
    told = shown(page)
    assert told["answer_patches"]["count"] == 9
    assert told["answer_patches"]["height"] == 5
    check(page.segmented_control(key="layer").set_value("Layer 2").run())
    assert shown(page)["answer_patches"]["height"] == 14
    check(page.segmented_control(key="view").set_value("What it makes of a digit").run())
    assert shown(page)["digit_After max-pool and ReLU"]["height"] == 7
    check(page.segmented_control(key="view").set_value("Its figures").run())
    check(page.segmented_control(key="view").set_value("How much accuracy it adds").run())
    assert not any("With all filters" in text.value for text in page.markdown)
    check(page.button(key="find knock-outs").click().run())
    page = finished(page)
    evaluation = evaluate(load_checkpoint().model, few_digits.validation)
    assert f"({evaluation.correct:,} of 50 validation images)" in texts(page)
    lost = {each.channel: each.total for each in knock_out_each(load_checkpoint().model, few_digits.validation)}
    assert f"{evaluation.correct - max(lost.values()):,}" in texts(page)
    assert len(page.get("plotly_chart")) == 1


def test_when_a_filter_is_active(few_digits):
    page = open_page("filters", layer="Layer 1", filter0=3)
    check(page.segmented_control(key="view").set_value("When it is active").run())
    share = activity(load_checkpoint().model, few_digits.test, 0).share[2]
    assert f"active in **{share:.1%}** of the 50 test images" in texts(page)
    assert "Most like it is filter" in texts(page)
    image = values(shown(page)["exciting"])
    assert image.reshape(28, 28)[11:17, 11:17].mean() > 2 * image.mean()  # ink where the filter looks
    assert "Nobody drew this" in texts(page)


def test_a_filter_that_was_pressed_is_looked_at_closer(few_digits):
    page = open_page("filters", layer="Layer 2", filter1=36)  # what a press puts there
    told = shown(page)
    assert told["filters1_left"]["pressable"]
    assert told["filters1_right"]["pressable"]
    assert told["filters1_right"]["boxes"] == []
    assert told["filters1_left"]["boxes"] == [[35, 0, 0, 5, 5]]
    assert told["filters0_left"]["boxes"] == []
    assert any("Filter 36 of layer 2: of all" in text.value for text in page.markdown)


VIEWS = {  # the view, and what its Python computes of what is on show
    "What it answers to": lambda told, names: (values(told["answer_patches"]), names["patches"]),
    "Its weights": lambda told, names: (values(told["unit_weights"]), names["weights"]),
    "When it is active": lambda told, names: (values(told["exciting"]), names["made"].image),
}


@pytest.mark.parametrize("unit", ["2.7", "neuron.17", "output.4"])
def test_the_python_of_a_view_gives_what_it_shows(few_digits, monkeypatch, unit):
    monkeypatch.setattr("ocr.data.mnist.load_data", lambda: few_digits)
    monkeypatch.setattr("ocr.load_data", lambda: few_digits, raising=False)
    page = open_page("filters", query={"filter": unit})
    assert not page.warning
    for view, compare in VIEWS.items():
        check(page.segmented_control(key="view").set_value(view).run())
        seen, computed = compare(shown(page), run_python(page))
        np.testing.assert_allclose(seen, computed.ravel(), atol=1e-5)


@pytest.mark.parametrize(("unit", "layer", "channel"), [("neuron.17", 2, 16), ("output.9", 3, 9)])
def test_the_dossier_of_a_neuron_and_an_output(few_digits, monkeypatch, unit, layer, channel):
    monkeypatch.setattr("ocr.load_data", lambda: few_digits, raising=False)
    page = open_page("filters", query={"filter": unit, "view": "How much accuracy it adds"})
    model, split = load_checkpoint().model, few_digits.validation
    known = {each.channel: each.total for each in knock_out_neurons(model, split) if each.layer == layer}
    right = evaluate(model, split).correct
    name = "neuron 17" if layer == 2 else "the output of 9"
    assert f"Without {name}: {right - known[channel]:,}" in texts(page)
    assert run_python(page)["lost"] == known
    check(page.segmented_control(key="view").set_value("When it is active").run())
    share = activity(model, few_digits.test, layer).share[channel]
    assert f"**{share:.1%}** of the 50 test images" in texts(page)
    check(page.segmented_control(key="view").set_value("What it makes of a digit").run())
    traced = run_python(page)["traced"]
    value = traced.hidden[channel] if layer == 2 else traced.logits[channel]
    assert f"{value:.3f}".replace("-", "−") in texts(page)
    assert run_python(page)["value"] == value
    check(page.segmented_control(key="view").set_value("Its figures").run())
    norm = float(run_python(page)["statistics"].norm[channel])
    assert f"{norm:.3f}" in texts(page)


def test_the_inputs_of_a_unit_are_ranked_by_their_weights(few_digits):
    page = open_page("filters", query={"filter": "output.4", "view": "Its weights"})
    told = shown(page)["unit_weights"]
    assert (told["count"], told["pressable"]) == (128, True)
    strongest = int(np.abs(load_checkpoint().model.fc2.weight[4].numpy()).argmax())
    assert f"Neuron {strongest + 1} " in told["names"][0]


def test_a_drawing_is_among_the_digits_of_a_filter(few_digits):
    drawing = Drawing(strokes=[[[60, 60], [200, 60], [120, 220]]], version=1)
    page = open_page("filters", query={"filter": "neuron.3", "view": "What it makes of a digit"}, **kept(drawing))
    assert page.segmented_control(key="digit").options[0] == "Your drawing"
    image = drawing.segmentation().glyphs[0].image
    value = trace(load_checkpoint().model, image).hidden[2]
    assert f"**Neuron 3**: {value:.3f}, because" in texts(page)
    np.testing.assert_array_equal(values(shown(page)["digit_seen"]), image.ravel())


def test_the_same_filter_of_the_other_network_is_shown_beside_it(few_digits, small_run):
    image = few_digits.test.ink(int(np.argmax(few_digits.test.labels == 0)))
    page = open_page("filters", query={"with": "small", "filter": "2.3", "view": "What it makes of a digit"})
    told = shown(page)
    for key, checkpoint in (("digit", load_checkpoint()), ("other", load_checkpoint(small_run.path))):
        expected = trace(checkpoint.model, image).layers[1].maps[2]
        np.testing.assert_allclose(values(told[f"{key}_After max-pool and ReLU"]), expected.ravel(), atol=1e-5)
    page = open_page("filters", query={"with": "small", "filter": "2.30", "view": "What it makes of a digit"})
    assert "other_After max-pool and ReLU" not in shown(page)  # which the small one does not have


def test_the_second_network_has_dossiers_too(few_digits, small_run):
    query = {"with": "small", "of": "2", "filter": "neuron.8"}
    page = open_page("filters", query=query)
    assert not page.warning
    model, test = load_checkpoint(small_run.path).model, few_digits.test
    strongest = rank_activations(model, test, 2, 9).most
    told = shown(page)
    images = test.ink(strongest.positions[7, :, 0])
    np.testing.assert_array_equal(values(told["answer_patches"]), images.ravel())
    check(page.segmented_control(key="layer").set_value("Layer 1").run())
    assert shown(page)["filters0_right"]["boxes"] == [[0, 0, 0, 5, 5]]
    check(page.segmented_control(key="closer_of").set_value(0).run())
    assert shown(page)["filters0_left"]["boxes"] == [[0, 0, 0, 5, 5]]


@pytest.mark.parametrize("unit", ["3.1", "neuron.0", "neuron.129", "output.10", "output.", "neuron.1.2", "2.37"])
def test_what_the_network_does_not_have_is_said(few_digits, unit):
    page = open_page("filters", query={"filter": unit})
    assert "has no filter" in page.warning[0].value


def test_how_a_filter_grew(few_digits, small_run, monkeypatch):
    monkeypatch.setattr("ocr.load_data", lambda: few_digits, raising=False)
    query = {"run": "small", "filter": "2.3", "view": "How it grew"}
    page = open_page("filters", query=query, filters_left="small")
    slider = page.select_slider(key="grown_at_small")
    assert slider.options == ["0", "1", "2", "5", "10", "now"]
    check(slider.set_value(5).run())
    model = load_checkpoint(small_run.snapshots()[5]).model
    told = shown(page)
    np.testing.assert_array_equal(values(told["grown_weights"]), model.convs[1].weight[2].numpy().ravel())
    assert [part["name"] for part in told["moments"]["parts"]] == ["grown_reading", "grown_weights", "grown_map"]
    assert len(values(told["moments"])) == 5 * sum(part["length"] for part in told["moments"]["parts"])
    check(page.button(key="find growth").click().run())
    page = finished(page)
    assert f"**{evaluate(model, few_digits.validation).accuracy:.1%}** of 50 validation images" in texts(page)
    assert len(page.get("plotly_chart")) == 3
    growth = run_python(page)["growth"]
    assert growth.iterations.tolist() == [0, 1, 2, 5, 10]
    page = open_page("filters", query={"view": "How it grew"})
    assert "Only runs keep how they grew" in texts(page)


def test_a_run_that_is_deleted_while_its_filter_is_looked_at_is_a_sentence(few_digits, small_run, monkeypatch):
    delete_after(monkeypatch, small_run, looks=2)
    query = {"run": "small", "filter": "2.3", "view": "How it grew"}
    assert "There is no file" in open_page("filters", query=query, filters_left="small").error[0].value
