"""Weights on disk: bit for bit what was saved, or one sentence; never code, never half a file."""

from __future__ import annotations

import json
import math
import os
import pickle
import stat
from dataclasses import replace

import pytest
import safetensors.torch
import torch

from ocr import CNN, Checkpoint, CNNConfig, LinearClassifier, OCRError, load_checkpoint, save_checkpoint
from ocr.files import FORMAT, load_description, load_tensors, save_tensors, write_atomically
from ocr.network.deep import DeepConfig
from ocr.network.linear import LinearConfig
from ocr.network.models import build_model

CONFIG = CNNConfig(filters=(2, 3, 4), filter_sizes=(5, 4, 3), fc_size=6)


@pytest.fixture
def path(tmp_path):
    """A checkpoint file of a small network, with info and extra."""
    path = tmp_path / "weights.safetensors"
    model = build_model(CONFIG, seed=4).to(memory_format=torch.channels_last)
    info = {"recipe": {"seed": 4}, "accuracy": 0.9912, "note": "é ✓"}
    save_checkpoint(path, Checkpoint(model, info, {"temperature": torch.tensor(1.3), "table": torch.arange(6.0)}))
    return path


def parts(path):
    """Tensors and description of a file, to be damaged and written again."""
    tensors, description = load_tensors(path)
    return dict(tensors), description


def test_round_trip_is_exact(path):
    loaded = load_checkpoint(path)
    original = build_model(CONFIG, seed=4)
    assert type(loaded.model) is CNN
    assert loaded.model.config == CONFIG
    assert loaded.model.state_dict().keys() == original.state_dict().keys()
    for name, value in original.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], value), name
    assert loaded.info == {"recipe": {"seed": 4}, "accuracy": 0.9912, "note": "é ✓"}
    assert loaded.extra.keys() == {"temperature", "table"}
    assert torch.equal(loaded.extra["table"], torch.arange(6.0))
    assert float(loaded.extra["temperature"]) == float(torch.tensor(1.3))
    assert not loaded.model.training
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())


@pytest.mark.parametrize(("before", "after"), [(100, 0), (0, 100)])
def test_a_file_that_is_replaced_while_it_is_read_is_the_old_one_or_the_new(tmp_path, monkeypatch, before, after):
    """A run writes its files anew every second. To give torch tensors, safetensors opens a file a second time."""
    path, tensors, open_again = tmp_path / "state", {"ones": torch.ones(1000)}, torch.UntypedStorage.from_file
    descriptions = [{"iteration": "9" * before}, {"iteration": "9" * after}]

    def replaced(*args, **options):
        save_tensors(path, tensors, descriptions[1])
        return open_again(*args, **options)

    monkeypatch.setattr(torch.UntypedStorage, "from_file", replaced)
    save_tensors(path, tensors, descriptions[0])
    assert load_description(path) in descriptions
    save_tensors(path, tensors, descriptions[0])
    loaded, description = load_tensors(path)
    assert description in descriptions
    assert torch.equal(loaded["ones"], tensors["ones"])


def test_numbers_of_an_unknown_type_are_refused(path):
    header = json.dumps(
        {"__metadata__": {"format": FORMAT}, "a": {"dtype": "F8_E8M0", "shape": [1], "data_offsets": [0, 1]}}
    )
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode() + b"x")
    refuses(path, "not a readable safetensors file")


def test_linear_baseline_round_trip(tmp_path):
    model = LinearClassifier()
    torch.nn.init.normal_(model.fc.weight)
    save_checkpoint(tmp_path / "linear", Checkpoint(model))
    loaded = load_checkpoint(tmp_path / "linear")
    assert type(loaded.model) is LinearClassifier
    assert torch.equal(loaded.model.fc.weight, model.fc.weight)


def test_a_runs_folder_and_the_shipped_weights_are_found(path, tmp_path):
    path.rename(tmp_path / "checkpoint.safetensors")
    assert load_checkpoint(tmp_path).model.config == CONFIG
    assert load_checkpoint(str(tmp_path)).model.config == CONFIG
    assert load_checkpoint().model.config == CNNConfig()


def test_others_may_read_the_file(path):
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def refuses(path, text):
    """Loading gives a sentence with `text`, and leaves the file as it is."""
    before = path.read_bytes()
    with pytest.raises(OCRError, match=text) as error:
        load_checkpoint(path)
    assert path.read_bytes() == before
    assert path.name in str(error.value)


@pytest.mark.parametrize("kept", [0, 1, 7, 8, 100, -1])
def test_truncated_file_is_refused(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    refuses(path, "not a readable safetensors file: it is damaged, cut short or of another kind")


def test_text_and_garbage_are_refused(path):
    for content in (b"hello, this is no checkpoint at all", b"\xff" * 5000, b"\x05\0\0\0\0\0\0\0{}   "):
        path.write_bytes(content)
        refuses(path, "not a readable safetensors|not a checkpoint of DigitLens")


class Malicious:
    """What runs when it is unpickled."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("writer", ["torch.save", "torch.save, old format", "pickle"])
def test_pickles_are_never_opened(path, tmp_path, writer):
    trap = tmp_path / "trap"
    if writer == "pickle":
        path.write_bytes(pickle.dumps(Malicious(trap)))
    else:
        torch.save({"model": Malicious(trap)}, path, _use_new_zipfile_serialization=writer == "torch.save")
    refuses(path, r"pickled \.pt and \.ckpt files are never opened")
    assert not trap.exists()


def test_the_trap_of_the_test_above_works(tmp_path):
    pickle.loads(pickle.dumps(Malicious(tmp_path / "trap"))).close()
    assert (tmp_path / "trap").exists()


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"format": "digitlens-99", "description": "{}"}])
def test_safetensors_of_others_are_refused(path, metadata):
    safetensors.torch.save_file({"weight": torch.zeros(3)}, path, metadata)
    refuses(path, "is a safetensors file, but not a checkpoint of DigitLens")


def test_weights_that_do_not_fit_are_refused(path):
    tensors, description = parts(path)
    save_tensors(path, {**tensors, "model.fc1.bias": torch.zeros(7)}, description)
    refuses(path, r"fc1\.bias has shape \(7,\), but needs \(6,\)")
    save_tensors(path, {name: value for name, value in tensors.items() if name != "model.convs.1.weight"}, description)
    refuses(path, r"convs\.1\.weight is missing, but needs \(3, 2, 4, 4\)")
    save_tensors(path, tensors, {**description, "kind": "linear"})
    refuses(path, r"fc\.weight is missing")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(path, value):
    tensors, description = parts(path)
    tensors["model.convs.0.weight"][1, 0, 2, 3] = value
    save_tensors(path, tensors, description)
    refuses(path, r"holds values that are not numbers in convs\.0\.weight")


@pytest.mark.parametrize("dtype", [torch.int32, torch.complex64, torch.bool])
def test_weights_of_another_type_are_refused(path, dtype):
    tensors, description = parts(path)
    save_tensors(path, {**tensors, "model.fc1.bias": torch.zeros(6, dtype=dtype)}, description)
    refuses(path, r"fc1\.bias")


@pytest.mark.parametrize(
    "value", [torch.tensor([1.0, 1.0]), torch.zeros(0), *map(torch.tensor, (math.nan, math.inf, 0.0, -1.3, 1e-42, 2))]
)
def test_a_temperature_to_divide_by_is_needed(path, value):
    tensors, description = parts(path)
    save_tensors(path, {**tensors, "extra.temperature": value}, description)
    refuses(path, "has a temperature that logits cannot be divided by")


@pytest.mark.parametrize("changes", [{"image_size": 32}, {"image_channels": 3}, {"classes": 26}])
@pytest.mark.parametrize("kind", ["cnn", "linear", "deep"])
def test_networks_for_other_images_or_classes_are_refused(path, kind, changes):
    config = replace({"cnn": CONFIG, "linear": LinearConfig(), "deep": DeepConfig()}[kind], **changes)
    save_checkpoint(path, Checkpoint(build_model(config, seed=4)))
    refuses(path, "does not describe a network for 10 classes of 28 x 28 grey images")
    assert load_checkpoint(path, any_images=True).model.config == config  # to export it


NETWORK = {"image_size": 28, "filters": [2, 3, 4], "filter_sizes": [5, 4, 3], "fc_size": 6}


@pytest.mark.parametrize(
    "description",
    [
        None,
        "",
        "{",
        "[]",
        "3",
        "null",
        '"network"',
        "{}",
        json.dumps({"kind": "cnn"}),
        json.dumps({"kind": "cnn", "network": None}),
        json.dumps({"kind": "cnn", "network": [28]}),
        json.dumps({"kind": "cnn", "network": {"layers": 3}}),
        json.dumps({"kind": "cnn", "network": {**NETWORK, "filters": "three"}}),
        json.dumps({"kind": "cnn", "network": {**NETWORK, "filters": 3}}),
        json.dumps({"kind": "cnn", "network": {**NETWORK, "fc_size": -1}}),
        json.dumps({"kind": "cnn", "network": {**NETWORK, "fc_size": 10**12}}),
        json.dumps({"kind": "cnn", "network": {**NETWORK, "fc_size": 10**30}}),
        json.dumps({"kind": "cnn", "network": {**NETWORK, "image_size": 10**12}}),
        json.dumps({"kind": "transformer", "network": NETWORK}),
        json.dumps({"kind": ["cnn"], "network": NETWORK}),
        json.dumps({"kind": "cnn", "network": NETWORK, "info": "none"}),
    ],
)
def test_damaged_description_is_refused(path, description):
    tensors, _ = parts(path)
    metadata = {"format": FORMAT} | ({"description": description} if description is not None else {})
    safetensors.torch.save_file(tensors, path, metadata)
    refuses(path, "does not describe a network of ours|does not fit the network|not a readable")


def test_description_of_a_vast_network_takes_no_memory(path):
    tensors, _ = parts(path)
    save_tensors(path, tensors, {"kind": "cnn", "network": {**NETWORK, "fc_size": 10**12}, "info": {}})
    refuses(path, r"fc1\.weight has shape \(6, 64\), but needs \(1000000000000, 64\)")


def test_missing_file_says_so(tmp_path):
    for place in (tmp_path / "nothing", tmp_path):
        with pytest.raises(
            OCRError, match=r"^There is no file .*Give the path of a checkpoint or of a run's folder\.$"
        ):
            load_checkpoint(place)


class Full:
    """Stands in for a system call on a full disk."""

    def __call__(self, *_, **__):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_failed_write_leaves_the_old_file_and_nothing_else(path, tmp_path, monkeypatch, call):
    before = path.read_bytes()
    with monkeypatch.context() as broken:
        broken.setattr(os, call, Full())
        with pytest.raises(OSError, match="No space left"):
            save_checkpoint(path, Checkpoint(CNN()))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]
    save_checkpoint(path, Checkpoint(CNN()))
    assert load_checkpoint(path).model.config == CNNConfig()


def test_content_is_on_the_disk_before_it_replaces(tmp_path, monkeypatch):
    """A crash of the machine after the renaming must not leave an empty file."""
    calls = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (calls.append(os.fstat(handle).st_size), sync(handle)))
    monkeypatch.setattr(os, "replace", lambda old, new: (calls.append("replace"), replace(old, new)))
    write_atomically(tmp_path / "file", b"content")
    assert calls[:2] == [7, "replace"]
    assert (tmp_path / "file").read_bytes() == b"content"
