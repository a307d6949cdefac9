"""How a run grew, from its snapshots."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ocr import evaluate, load_checkpoint
from ocr.data.split import normalise
from ocr.inspection.growth import gradient_norms, measure_growth
from ocr.inspection.score_plots import growth_figure


def test_what_is_measured_of_a_runs_snapshots(small_run, few):
    models = {at: load_checkpoint(path).model for at, path in small_run.snapshots().items()}
    told: list[float] = []
    found = measure_growth(models, few, told.append)
    assert found.iterations.tolist() == [0, 1, 2, 5, 10]
    assert found.layers == ("convs.0", "convs.1", "fc1", "fc2")
    assert found.correct.tolist() == [evaluate(model, few.validation).correct for model in models.values()]
    assert np.isnan(found.updates[0]).all()
    before, after = models[5].fc1.weight, models[10].fc1.weight
    assert found.updates[4, 2] == pytest.approx(float((after - before).norm() / before.norm()) / 5, rel=1e-5)
    assert told[-1] == 1


def test_gradients_are_torchs_and_the_network_is_as_it_was(small_model, few):
    kept = {name: value.clone() for name, value in small_model.state_dict().items()}
    found = gradient_norms(small_model, few)
    small_model.requires_grad_()
    loss = torch.nn.functional.cross_entropy(
        small_model(normalise(few.train.images)), torch.from_numpy(few.train.labels)
    )
    loss.backward()
    assert found["convs.1"] == pytest.approx(float(small_model.convs[1].weight.grad.norm()), rel=1e-4)
    assert found["fc2"] == pytest.approx(float(small_model.fc2.weight.grad.norm()), rel=1e-4)
    assert all(torch.equal(kept[name], value) for name, value in small_model.state_dict().items())


def test_a_chart_of_growth_marks_the_snapshot_on_show():
    curves = {"one": np.array([1.0, 0.1, 0.01]), "two": np.array([2.0, 1.0, 0.5])}
    figure = growth_figure([0, 1, 1000], curves, "size", 1000)
    assert list(figure.data[0].x) == ["0", "1", "1,000"]
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.shapes[0].x0 == 2
    assert not growth_figure([0, 1], {"accuracy": np.array([0.1, 0.9])}, "accuracy", None).layout.shapes
