"""A network from elsewhere becomes a run: calibrated, read by everybody, and trained on from its own weights."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save

from ocr import CNN, Checkpoint, CNNConfig, OCRError, load_checkpoint
from ocr.network.checkpoint import SHIPPED
from ocr.network.foreign import INPUTS
from ocr.network.foreign_shapes import assign
from ocr.reading.foreign import count_edge_differences, measure_guesses
from ocr.runs.folder import list_runs
from ocr.runs.imported import create_imported
from ocr.runs.process import execute
from ocr.runs.weights import initial_checkpoint
from tests.network.test_foreign import keras_tensors, plain


@pytest.fixture
def quick_calibration(monkeypatch) -> None:
    monkeypatch.setattr("ocr.reading.calibration.DRAWN", 50)


def trained(few, scale: float = 1.0, shift: float = 0.0) -> torch.nn.Sequential:
    """A plain module that has learnt a little from images given as `scale` x ink + `shift`."""
    net = plain(4, 6, 16)
    images = torch.from_numpy(few.train.ink(slice(None)))[:, None] * scale + shift
    labels = torch.from_numpy(few.train.labels)
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(images), labels).backward()
        optimizer.step()
    return net.requires_grad_(False)


@pytest.mark.parametrize("number", [0, 1, 3, 4])
def test_what_an_image_was_given_in_is_told_by_how_well_it_reads(few, number):
    inputs = INPUTS[number]
    tensors = dict(trained(few, inputs.scale, inputs.shift).state_dict())
    [best, *others] = measure_guesses(tensors, assign(tensors), few.validation)
    assert (best.inputs.name, best.channels_last) == (inputs.name, False)
    assert best.correct > 35
    assert len(others) == 2 * len(INPUTS) - 1


def test_how_maps_were_flattened_is_told_by_how_well_it_reads(few):
    tensors = keras_tensors(trained(few))
    best = measure_guesses(tensors, assign(tensors), few.validation)[0]
    assert best.channels_last
    assert best.inputs is INPUTS[0]


def test_the_edge_is_counted_only_where_paper_was_not_zero(few):
    """Its answer depends on the corner of a map: a window over 16 pixels of paper and 9 of padding."""
    tensors = {name: torch.zeros_like(value) for name, value in plain().state_dict().items()}
    tensors["0.weight"][0], tensors["0.bias"][0] = -1, 26
    tensors["3.weight"][0, 0, 1, 1] = tensors["7.weight"][0, 0] = tensors["10.weight"][1, 0] = 1
    tensors["10.bias"][0] = 10
    assignment = assign(tensors)
    assert count_edge_differences(tensors, assignment, False, INPUTS[1], few.validation) == 0
    assert count_edge_differences(tensors, assignment, False, INPUTS[4], few.validation) == 50


def test_a_run_of_it_is_calibrated_and_goes_on_from_its_weights(few, quick_calibration):
    network = Checkpoint(CNN(CNNConfig(filters=(3, 4), fc_size=8)).eval().requires_grad_(False))
    run = create_imported("theirs", network, "theirs.onnx", few)
    there = load_checkpoint(run.checkpoint_path)
    assert there.info["imported"] == "theirs.onnx"
    assert 0.3 <= float(there.extra["temperature"]) <= 3
    assert run.status().state == "finished"
    assert list_runs() == [run]
    for value, other in zip(initial_checkpoint(run).model.parameters(), network.model.parameters(), strict=True):
        assert torch.equal(value, other)
    list(execute(run, few, iterations=2))
    assert torch.equal(
        load_checkpoint(run.snapshots()[0]).model.state_dict()["fc2.weight"], network.model.state_dict()["fc2.weight"]
    )
    assert not torch.equal(
        load_checkpoint(run.checkpoint_path).model.state_dict()["fc2.weight"], network.model.state_dict()["fc2.weight"]
    )


def test_a_name_that_is_taken_leaves_the_other_alone(few, small_run, quick_calibration):
    before = small_run.checkpoint_path.read_bytes()
    with pytest.raises(OCRError, match="already a run small"):
        create_imported("small", load_checkpoint(), "x", few)
    assert small_run.checkpoint_path.read_bytes() == before


def test_the_command_takes_one_in_and_evaluates_it(few, tmp_path, cli, monkeypatch, quick_calibration):
    monkeypatch.setattr("ocr.commands.imports.load_data", lambda: few)
    monkeypatch.setattr("ocr.commands.shared.load_data", lambda: few)
    net = trained(few)
    (tmp_path / "theirs.safetensors").write_bytes(save(keras_tensors(net)))
    code, out, err = cli("import", tmp_path / "theirs.safetensors", "--run", "theirs", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    images = torch.from_numpy(few.validation.ink(slice(None)))[:, None]
    right = int((net(images).argmax(1).numpy() == few.validation.labels).sum())
    assert (told["run"], told["correct"], told["count"], told["flattened"]) == ("theirs", right, 50, "pixels")
    assert told["convs.1.weight"] == "sequential/conv2d_1/kernel"
    code, out, _ = cli("evaluate", "--checkpoint", tmp_path / "runs/theirs", "--split", "validation", "--json")
    assert json.loads(out)["correct"] == right
    code, out, _ = cli("import", tmp_path / "theirs.safetensors", "--flattened", "maps", "--inputs", 2)
    assert "Inputs: 0 to 255" in out
    assert "Taken in as the run imported-1." in out


def test_the_command_takes_a_checkpoint_of_ours_as_it_is(few, cli, monkeypatch):
    monkeypatch.setattr("ocr.commands.imports.load_data", lambda: few)
    assert cli("import", SHIPPED, "--run", "copy")[0] == 0
    there = load_checkpoint(list_runs()[0].checkpoint_path)
    assert there.extra["temperature"] == load_checkpoint().extra["temperature"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.safetensors"], "cannot be read: No such file"),
        (["weights.pt"], "Opening one may run a stranger's code"),
        (["weights.pt", "--flattened", "rows"], "There is no order 'rows'"),
        (["wide.safetensors"], "wide.safetensors does not fit. This recipe does not work: the number of filters"),
    ],
)
def test_what_the_command_cannot_take_in_is_a_sentence(arguments, sentence, tmp_path, cli, monkeypatch, few):
    monkeypatch.setattr("ocr.commands.imports.load_data", lambda: few)
    monkeypatch.chdir(tmp_path)
    torch.save({"a": torch.zeros(2)}, "weights.pt")
    (tmp_path / "wide.safetensors").write_bytes(save(plain(300, 2, 2).state_dict()))
    code, _, err = cli("import", *arguments)
    assert code == 2
    assert sentence in err
    assert list_runs() == []
