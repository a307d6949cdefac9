"""What is inside, on Draw: neurons, digits, the whole network and two networks, and the way from there to Filters."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import load_checkpoint, predict, trace
from ocr.network.checkpoint import temperature
from pages.ui.drawing import Drawing
from pages.ui.topics import Training
from tests.pages.apptest import check, kept, open_page, shown, texts, values
from tests.strokes import SEVEN

pytestmark = pytest.mark.usefixtures("fresh_caches")

LOOK = "Neurons and digits"


def opened(inside: str = ""):
    drawing = Drawing(strokes=SEVEN, version=1)
    query = {"look": LOOK} | ({"inside": inside} if inside else {})
    page = open_page("draw", query=query, **kept(drawing))
    return page, trace(load_checkpoint().model, drawing.segmentation().glyphs[0].image)


def minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def test_the_digit_that_is_read_opens_first_with_its_logit_and_its_share():
    page, traced = opened()
    np.testing.assert_array_equal(values(shown(page)["neurons"]), traced.hidden)
    said = texts(page)
    assert f"**The logit of 7**: {minus(f'{traced.logits[7]:.3f}')}, because" in said
    shares = np.exp(traced.logits / temperature(load_checkpoint()))
    shares /= shares.sum()
    for digit in range(10):
        assert minus(f"{traced.logits[digit]:.3f}") in said
        assert f"{shares[digit]:.1%}" in said or shares[digit] > 0.999
    check(page.button_group(key="inside_digit").set_value(2).run())
    assert f"**The logit of 2**: {minus(f'{traced.logits[2]:.3f}')}, because" in texts(page)


def test_a_neuron_opens_by_its_address():
    neuron = 16
    page, traced = opened(f"neuron.{neuron + 1}")
    model = load_checkpoint().model
    products = model.fc1.weight[neuron].numpy() * traced.layers[-1].maps.ravel()
    assert f"**Neuron {neuron + 1}**: {traced.hidden[neuron]:.3f}, because" in texts(page)
    np.testing.assert_allclose(values(shown(page)["inside_products"]), products, atol=1e-6)
    strongest = products[np.argsort(-np.abs(products))]
    for product in strongest[:8]:
        assert minus(f"{product:.3f}") in texts(page)
    assert minus(f"{products.sum():.3f}") in texts(page)


@pytest.mark.parametrize("inside", ["neuron.129", "output.x", "2.3", "<b>"])
def test_an_address_of_nothing_is_said(inside):
    page, _ = opened(inside)
    assert "no neuron or digit" in page.warning[0].value
    assert "The logit of 7" in texts(page)


def test_one_press_leads_to_the_dossier(monkeypatch, few_digits):
    went = []
    monkeypatch.setattr("streamlit.switch_page", lambda page, **_: went.append(page))
    page, _ = opened("neuron.17")
    check(page.button(key="open_unit").click().run())
    assert went == ["pages/filters.py"]
    assert (page.session_state["layer"], page.session_state["filter2"]) == ("Neurons", 17)
    drawing = Drawing(strokes=SEVEN, version=1, pixel=("maps2", 4, 3, 3))
    page = open_page("draw", **kept(drawing))
    check(page.button(key="open_filter").click().run())
    assert (page.session_state["layer"], page.session_state["filter1"]) == ("Layer 2", 5)


def test_the_whole_network_is_there_for_the_drawing():
    drawing = Drawing(strokes=SEVEN, version=1)
    page = open_page("draw", query={"look": "The whole network"}, **kept(drawing))
    told = shown(page)["flowchart"]
    image = drawing.segmentation().glyphs[0].image
    np.testing.assert_array_equal(values(told["stages"][0]), image.ravel())
    assert told["caption"].startswith("Your drawing.")
    check(page.toggle(key="lit").set_value(True).run())
    assert shown(page)["flowchart"]["lit"]["items"][-1] == [7]


def test_two_networks_read_the_same_drawing(few_digits, small_run):
    drawing = Drawing(strokes=SEVEN, version=1)
    image = drawing.segmentation().glyphs[0].image
    page = open_page("draw", query={"look": "Two networks", "with": "small"}, **kept(drawing))
    told = shown(page)
    for number, checkpoint in enumerate((load_checkpoint(), load_checkpoint(small_run.path))):
        [prediction] = predict(checkpoint, [image])
        assert told[f"two{number}_reading"]["probabilities"] == pytest.approx(prediction.probabilities.tolist())
        maps = trace(checkpoint.model, image).layers[1].maps
        np.testing.assert_allclose(values(told[f"two{number}_maps2"]), maps.ravel(), atol=1e-5)
    assert "Both read" in texts(page) or "They disagree" in texts(page)
    apart = open_page("draw", query={"look": "Two networks"}, **kept(drawing))
    assert apart.selectbox(key="draw_other").value == "Untrained network"  # not the one that reads already
    check(page.selectbox(key="draw_other").set_value("Shipped weights").run())
    assert "the same network" in texts(page)


def test_a_filter_that_is_pressed_on_train_opens_as_it_was_then(monkeypatch, few_digits, small_run):
    went = []
    monkeypatch.setattr("streamlit.switch_page", lambda page, **_: went.append(page))
    page = open_page("train", query={"run": "small", "at": "5"}, **kept(Training(pressed=(1, 2))))
    assert went == ["pages/filters.py"]
    assert shown(page)["learning_filters2"]["pressable"]
    chosen = {key: page.session_state[key] for key in ("layer", "filter1", "filters_left", "filters_left_at_small")}
    assert list(chosen.values()) == ["Layer 2", 3, "small", 5]
    check(page.run())
    assert went == ["pages/filters.py"]  # once


def test_a_second_network_that_is_damaged_is_a_sentence_and_the_page_goes_on(few_digits, small_run):
    """The look also runs by itself, without the frame of the page that says such sentences."""
    small_run.checkpoint_path.write_bytes(b"not weights")
    page = open_page("draw", {"look": "Two networks", "with": "small"}, **kept(Drawing(strokes=SEVEN, version=1)))
    assert "is not a readable safetensors file" in texts(page)
    assert "tab_view" in shown(page)
