"""One step of training, worked out: held to autograd and to torch's own Adam."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ocr import CNN, CNNConfig
from ocr.training.worked_step import filter_weight, output_weight, work_backwards, work_steps


@pytest.fixture
def model() -> CNN:
    torch.manual_seed(1)
    return CNN().eval()


def by_autograd(model: CNN, image: np.ndarray, label: int) -> float:
    model.zero_grad()
    loss = F.cross_entropy(model(torch.from_numpy(image)[None, None]), torch.tensor([label]))
    loss.backward()
    return float(loss.detach())


def test_chain_rule_gives_autograds_slope_of_every_kind_of_weight(model, few):
    images, labels = few.train.ink(slice(0, 5)), few.train.labels[:5]
    slopes = work_backwards(model, images, labels)
    for i in range(5):
        assert by_autograd(model, images[i], labels[i]) == pytest.approx(slopes.losses[i], abs=1e-5)
        for digit, unit in ((0, 3), (int(labels[i]), 17), (9, 127)):
            chain = output_weight(slopes, digit, unit)
            assert chain.gradients[i] == pytest.approx(float(model.fc2.weight.grad[digit, unit]), abs=1e-5)
        filters = [
            [[float(filter_weight(slopes, f, r, c, 5).gradients[i]) for c in range(5)] for r in range(5)]
            for f in (0, 7, 15)
        ]
        np.testing.assert_allclose(filters, model.convs[0].weight.grad[[0, 7, 15], 0], atol=1e-5)
        np.testing.assert_allclose(slopes.by_hidden[i], model.fc1.bias.grad, atol=1e-5)
        for layer, conv in enumerate(model.convs):
            np.testing.assert_allclose(slopes.convolved[layer][i].sum((1, 2)), conv.bias.grad, atol=1e-5)


def test_chain_rule_holds_for_even_filters_and_odd_maps_too(few):
    torch.manual_seed(2)
    model = CNN(CNNConfig(filters=(3, 4, 2), filter_sizes=(4, 3, 2), fc_size=8)).eval()
    image, label = few.train.ink(0), int(few.train.labels[0])
    by_autograd(model, image, label)
    slopes = work_backwards(model, image[None], [label])
    mine = [[float(filter_weight(slopes, 1, r, c, 4).gradients[0]) for c in range(4)] for r in range(4)]
    np.testing.assert_allclose(mine, model.convs[0].weight.grad[1, 0], atol=1e-5)


def test_mean_of_a_batch_is_the_gradient_that_training_uses(model, few):
    images, labels = few.train.ink(slice(0, 64)), few.train.labels[:64]
    chain = filter_weight(work_backwards(model, images, labels), 4, 2, 1, 5)
    F.cross_entropy(model(torch.from_numpy(images)[:, None]), torch.from_numpy(labels)).backward()
    assert chain.gradients.mean() == pytest.approx(float(model.convs[0].weight.grad[4, 0, 2, 1]), abs=1e-5)


def test_steps_are_those_of_torchs_adam_and_of_its_formula(model, few):
    image, label = few.train.ink(3), int(few.train.labels[3])
    worked, loss, probabilities = work_steps(model, image, label, "convs.0.weight", (2, 0, 1, 3), 3, 1e-3, (0.9, 0.999))
    before = float(model.convs[0].weight.detach()[2, 0, 1, 3])
    assert worked[0].weight == before
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    for step in worked:
        assert by_autograd(model, image, label) == pytest.approx(step.loss, abs=1e-5)
        assert step.gradient == pytest.approx(float(model.convs[0].weight.grad[2, 0, 1, 3]), abs=1e-5)
        optimizer.step()
        assert step.new_weight == pytest.approx(float(model.convs[0].weight.detach()[2, 0, 1, 3]), abs=1e-6)
        change = 1e-3 * step.mean_corrected / (step.square_corrected**0.5 + 1e-8)  # as Adam is written on paper
        assert step.new_weight == pytest.approx(step.weight - change, abs=1e-6)
    assert by_autograd(model, image, label) == pytest.approx(loss, abs=1e-5)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert worked[0].loss > worked[1].loss > worked[2].loss > loss


def test_a_followed_network_stays_as_it_is(model, few):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    work_steps(model, few.train.ink(0), 1, "fc2.weight", (1, 5), 2, 1e-2, (0.9, 0.999))
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
