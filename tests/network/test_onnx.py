"""ONNX files: they say what torch says, for any number of images."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from ocr import CNN, CNNConfig, LinearClassifier, from_strokes, load_checkpoint, predict, save_checkpoint
from ocr.network.checkpoint import Checkpoint
from ocr.network.onnx import export_onnx


def run(path: Path, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    logits, probabilities = session.run(["logits", "probabilities"], {"images": images})
    return logits, probabilities


def odd() -> Checkpoint:
    """Maps of odd sizes at each stage, an even filter, three layers: 27 -> 14 -> 7 -> 4."""
    config = CNNConfig(image_size=27, filters=(3, 5, 4), filter_sizes=(3, 4, 5), fc_size=7)
    return Checkpoint(CNN(config).eval().requires_grad_(False), extra={"temperature": torch.tensor(1.7)})


def linear() -> Checkpoint:
    model = LinearClassifier().eval().requires_grad_(False)
    torch.nn.init.normal_(model.fc.weight, generator=torch.Generator().manual_seed(3))
    return Checkpoint(model)


MODELS = {"shipped": load_checkpoint, "odd": odd, "linear": linear}


@pytest.mark.parametrize("name", MODELS)
def test_outputs_are_torchs_for_any_number_of_images(name, tmp_path):
    checkpoint = MODELS[name]()
    path = tmp_path / "model.onnx"
    export_onnx(checkpoint, path)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    size = checkpoint.model.config.image_size
    assert f"float32 (N, 1, {size}, {size}) of 0..1" in onnx.load(path).doc_string
    for count in (1, 2, 3, 64):
        images = torch.rand(count, 1, size, size, generator=torch.Generator().manual_seed(count))
        images *= images > 0.7  # as much ink as digits have
        expected = checkpoint.model(images)
        logits, probabilities = run(path, images.numpy())
        assert logits.shape == probabilities.shape == (count, 10)
        assert logits.dtype == probabilities.dtype == np.float32
        np.testing.assert_allclose(logits, expected.numpy(), rtol=0, atol=1e-4)
        assert (logits.argmax(1) == expected.argmax(1).numpy()).all()
        calibrated = torch.softmax(expected / float(checkpoint.extra.get("temperature", 1)), 1)
        np.testing.assert_allclose(probabilities, calibrated.numpy(), rtol=0, atol=1e-5)


def test_real_digits_are_read_alike_by_the_shipped_weights(digits, cli, tmp_path):
    path = tmp_path / "model.onnx"
    assert cli("export", "--onnx", path)[0] == 0
    images = digits.test.images[:, None].astype(np.float32) / 255
    logits, _ = run(path, images)
    expected = load_checkpoint().model(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-4)
    assert (logits.argmax(1) == expected.argmax(1)).all()
    assert (logits.argmax(1) == digits.test.labels).mean() > 0.9


def test_probabilities_are_those_of_read(tmp_path):
    checkpoint = load_checkpoint()
    export_onnx(checkpoint, tmp_path / "model.onnx")
    seven = from_strokes([[(10, 10), (90, 10), (40, 120)]])
    _, probabilities = run(tmp_path / "model.onnx", seven[None, None].astype(np.float32))
    np.testing.assert_allclose(probabilities[0], predict(checkpoint, [seven])[0].probabilities, atol=1e-6)


def test_the_command_takes_a_checkpoint_and_prints_json(cli, tmp_path):
    checkpoint = odd()
    save_checkpoint(tmp_path / "odd.safetensors", checkpoint)
    path = tmp_path / "odd.onnx"
    code, out, err = cli("export", "--onnx", path, "--checkpoint", tmp_path / "odd.safetensors", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"path": str(path), "bytes": path.stat().st_size}
    images = torch.rand(2, 1, 27, 27)
    np.testing.assert_allclose(run(path, images.numpy())[0], checkpoint.model(images).numpy(), rtol=0, atol=1e-4)
    _, out, _ = cli("export", "--onnx", path)
    assert out.startswith(f"Written: {path} (")


def test_the_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(Exception, match=r"model\.onnx cannot be written: No space left on device\."):
        export_onnx(linear(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_bad_paths_and_missing_packages_give_a_sentence(cli, tmp_path, monkeypatch):
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "no" / "x.onnx", "No such file or directory")):
        code, out, err = cli("export", "--onnx", path)
        assert (code, out) == (2, "")
        assert err == f"Error: {path} cannot be written: {reason}. Give the path of a file.\n"
    assert list(tmp_path.iterdir()) == []
    code, _, err = cli("export", "--onnx", tmp_path / "x.onnx", "--checkpoint", tmp_path / "none")
    assert (code, err.count("\n")) == (2, 1)
    assert "There is no file" in err
    for name in ("onnx", "onnxscript"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            code, out, err = cli("export", "--onnx", tmp_path / "x.onnx")
        assert (code, out) == (2, "")
        assert err == (
            f"Error: Exporting needs packages that are not installed ({name}). "
            "Install them by: .venv/bin/pip install -r requirements-extras.txt\n"
        )
