"""Filters, neurons and outputs by the same functions; where neurons and logits come from, as torch has them."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from ocr import Checkpoint, evaluate, load_checkpoint, trace
from ocr.data.split import normalise
from ocr.inspection.dossier import describe_units
from ocr.inspection.excitation import activity, most_exciting_image, similarity
from ocr.inspection.filters import filter_statistics, patches_behind, rank_activations
from ocr.inspection.knock_out import knock_out_neurons, switch_off
from ocr.inspection.paths import find_paths, strongest
from ocr.inspection.softmax import work_softmax
from ocr.inspection.traces import evidence
from ocr.inspection.units import unit_answers, unit_counts, unit_weights
from ocr.inspection.weighted_sums import logit_sum, neuron_sum

NEURONS, OUTPUTS = 2, 3  # the layers of a network of two convolutional ones


def test_what_units_answer_is_what_torch_computes(small_model, few):
    images = normalise(few.test.images)
    features = small_model.features(images)
    before_relu = torch.nn.functional.linear(features, small_model.fc1.weight, small_model.fc1.bias)
    torch.testing.assert_close(unit_answers(small_model, images, NEURONS)[..., 0, 0], before_relu)
    torch.testing.assert_close(unit_answers(small_model, images, OUTPUTS)[..., 0, 0], small_model(images))
    assert unit_counts(small_model.config) == (3, 4, 8, 10)
    assert unit_weights(small_model, NEURONS).shape == (8, 4, 7, 7)
    assert torch.equal(unit_weights(small_model, NEURONS).flatten(1), small_model.fc1.weight)


@pytest.mark.parametrize(("layer", "linear"), [(NEURONS, "fc1"), (OUTPUTS, "fc2")])
def test_figures_and_likeness_of_neurons_and_outputs(small_model, layer, linear):
    weights = getattr(small_model, linear).weight.numpy()
    known = filter_statistics(small_model, layer)
    np.testing.assert_allclose(known.norm, np.linalg.norm(weights, axis=1), rtol=1e-5)
    np.testing.assert_array_equal(known.bias, getattr(small_model, linear).bias.numpy())
    expected = weights[0] @ weights[1] / np.linalg.norm(weights[0]) / np.linalg.norm(weights[1])
    assert similarity(small_model, layer)[0, 1] == pytest.approx(expected, abs=1e-5)


def test_activity_of_neurons_and_outputs(small_model, few):
    images = normalise(few.test.images)
    hidden, logits = small_model.hidden(small_model.features(images)).numpy(), small_model(images).numpy()
    found = activity(small_model, few.test, NEURONS)
    np.testing.assert_allclose(found.share, (hidden > 0).mean(0), atol=1e-6)
    np.testing.assert_allclose(found.by_class[:, 3], hidden[few.test.labels == 3].mean(0), rtol=1e-5)
    said = np.bincount(logits.argmax(1), minlength=10) / len(logits)
    np.testing.assert_allclose(activity(small_model, few.test, OUTPUTS).share, said, atol=1e-6)


@pytest.mark.parametrize("layer", [0, 1, NEURONS, OUTPUTS])
def test_images_are_ranked_by_the_strongest_answer(small_model, few, layer):
    answers = unit_answers(small_model, normalise(few.test.images), layer).flatten(2).amax(2).numpy()
    found = rank_activations(small_model, few.test, layer, count=5)
    for channel in range(answers.shape[1]):
        ranked = np.sort(answers[:, channel])[::-1]
        np.testing.assert_allclose(found.most.values[channel], ranked[:5], atol=1e-6)
        np.testing.assert_allclose(found.median.values[channel], ranked[22:27], atol=1e-6)
        np.testing.assert_allclose(found.least.values[channel], ranked[-5:], atol=1e-6)
        positions = found.median.positions[channel, :, 0]
        np.testing.assert_allclose(answers[positions, channel], found.median.values[channel], atol=1e-6)


def test_a_neuron_looks_at_the_whole_image(small_model, few):
    found = rank_activations(small_model, few.test, NEURONS, count=3).most
    patches = patches_behind(small_model, few.test, found, NEURONS, 5)
    np.testing.assert_array_equal(patches, few.test.ink(found.positions[5, :, 0]))


@pytest.mark.parametrize("layer", [NEURONS, OUTPUTS])
def test_the_image_that_excites_a_neuron_or_an_output_grows_out_of_the_most_exciting_one(few, layer):
    shipped = load_checkpoint().model
    most = rank_activations(shipped, few.test, layer, count=1).most
    start, strongest = few.test.ink(most.positions[4, 0, 0]), float(most.values[4, 0])
    found = most_exciting_image(shipped, layer, 4, strongest, start)
    with torch.inference_mode():
        again = unit_answers(shipped, torch.from_numpy(found.image)[None, None], layer)[0, 4]
    assert found.value == pytest.approx(float(again), abs=1e-4)
    assert found.value > 1.5 * strongest
    assert np.corrcoef(found.image.ravel(), start.ravel())[0, 1] > 0.3  # and still looks like it


def test_what_is_lost_without_a_neuron_or_an_output(few):
    split, model = few.test, load_checkpoint().model
    everything = evaluate(model, split)
    found = list(knock_out_neurons(model, split))
    assert [each.layer for each in found] == [NEURONS] * 128 + [OUTPUTS] * 10
    assert [each.channel for each in found] == [*range(128), *range(10)]
    for each in found[:128:16]:
        without = evaluate(switch_off(Checkpoint(model), {NEURONS: [each.channel]}).model, split)
        expected = everything.confusion().diagonal() - without.confusion().diagonal()
        assert each.lost.tolist() == expected.tolist()
    for each in found[128:]:
        other = copy.deepcopy(model)
        with torch.no_grad():
            other.fc2.bias[each.channel] = -1e9
        assert each.total == everything.correct - evaluate(other, split).correct > 0


@pytest.mark.parametrize("digit", [3, 8])
def test_the_account_of_neurons_logits_and_shares_is_torchs(digit, few):
    model = load_checkpoint().model
    traced = trace(model, few.test.ink(digit))
    totals = np.array([neuron_sum(model, traced, neuron).total for neuron in range(128)])
    np.testing.assert_allclose(np.maximum(totals, 0), traced.hidden, atol=1e-5)
    for account in (neuron_sum(model, traced, int(traced.hidden.argmax())), logit_sum(model, traced, digit)):
        assert account.products.sum() + account.bias == pytest.approx(account.total, abs=1e-4)
        strongest = account.strongest(6)
        assert abs(account.products[strongest[-1]]) >= np.sort(np.abs(account.products))[-7]
        assert account.products[strongest].sum() + account.rest(6) + account.bias == pytest.approx(
            account.total, abs=1e-4
        )
    logits = np.array([logit_sum(model, traced, each).total for each in range(10)])
    np.testing.assert_allclose(logits, traced.logits, atol=1e-5)
    expected = torch.softmax(torch.from_numpy(traced.logits), 0).numpy()
    np.testing.assert_allclose(work_softmax(logits).shares, expected, atol=1e-6)


@pytest.mark.parametrize("digit", [2, 7])
def test_the_parts_of_every_stage_add_up_to_the_logit(digit, few):
    model = load_checkpoint().model
    image = few.test.ink(4)
    traced, paths = trace(model, image), find_paths(model, image, digit)
    assert paths.logit == pytest.approx(float(traced.logits[digit]), abs=1e-4)
    assert [part.shape for part in paths.parts] == [(1, 28, 28), (16, 14, 14), (36, 7, 7), (128,)]
    known = evidence(model, traced, digit)
    np.testing.assert_allclose(paths.parts[2], known.contributions, atol=1e-4)
    assert paths.constants[2] == pytest.approx(known.constant, abs=1e-3)
    # The constants, worked out apart: what the logit is where nothing comes in, with the same ReLUs and pools.
    slope = model.fc2.weight[digit].numpy()
    np.testing.assert_allclose(paths.parts[3], traced.hidden * slope, atol=1e-5)
    assert paths.constants[3] == pytest.approx(float(model.fc2.bias[digit]), abs=1e-4)
    for part, constant in zip(paths.parts, paths.constants, strict=True):
        assert part.sum() + constant == pytest.approx(paths.logit, abs=1e-3)


def test_what_goes_through_pairs_adds_up(few):
    model = load_checkpoint().model
    traced, paths = trace(model, few.test.ink(4)), find_paths(model, few.test.ink(4), 4)
    by_map = paths.by_map
    np.testing.assert_allclose(paths.links[0].sum(1), by_map[0], atol=1e-4)
    np.testing.assert_allclose(paths.links[1].sum(1), by_map[1], atol=1e-4)
    np.testing.assert_allclose(paths.links[2].sum(1), paths.parts[2].ravel(), atol=1e-4)
    neuron = int(traced.hidden.argmax())
    products = neuron_sum(model, traced, neuron).products * float(model.fc2.weight[4, neuron])
    np.testing.assert_allclose(paths.links[2][:, neuron], products, atol=1e-5)
    for links, after, constants in zip(paths.links, by_map[1:], np.diff(paths.constants), strict=True):
        # What the next stage adds and goes through no pair is what its biases add.
        assert after.sum() - links.sum() == pytest.approx(-constants, abs=1e-3)
    assert not paths.links[2][:, traced.hidden == 0].any()


def test_the_strongest_paths_are_those_that_add_most(few):
    paths = find_paths(load_checkpoint().model, few.test.ink(4), 4)
    found = strongest(paths, maps=3, values=6, neurons=4)
    assert [len(items) for items in found.items] == [1, 3, 3, 6, 4]
    assert list(found.items[2]) == np.argsort(-np.abs(paths.by_map[2]))[:3].tolist()
    assert all(value // 49 in found.items[2] for value in found.items[3])
    for items, links in zip(found.items[:-1], found.links, strict=True):
        assert {a for a, _, _ in links} <= set(items)
    for a, b, value in found.links[1]:
        assert value == pytest.approx(float(paths.links[1][a, b]))
    assert all(value // 49 == channel for channel, value, _ in found.links[2])


def test_neurons_and_outputs_are_described(small_model, few):
    told: list[float] = []
    found = describe_units(small_model, few.test, told.append)
    assert [len(found[name]) for name in ("filters", "neurons", "outputs")] == [7, 8, 10]
    assert [each["output"] for each in found["outputs"]] == list(range(10))
    assert told[-1] == 1
    lost = [each.total for each in knock_out_neurons(small_model, few.test)]
    assert [each["lost"] for each in (*found["neurons"], *found["outputs"])] == lost
    share = activity(small_model, few.test, NEURONS).share
    assert [each["active"] for each in found["neurons"]] == pytest.approx(share.tolist())
