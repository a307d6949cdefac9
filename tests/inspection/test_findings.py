"""What was found out is there again for the same weights and images, and a damaged file is as good as none."""

from __future__ import annotations

import os
from dataclasses import replace

import torch

from ocr import CNN, Checkpoint, CNNConfig
from ocr.inspection.findings import findings_dir, fingerprint, keep, recall


def test_what_is_kept_is_there_again(tmp_path, monkeypatch):
    monkeypatch.setenv("OCR_CACHE_DIR", str(tmp_path / "kept"))
    assert findings_dir() == tmp_path / "kept"
    assert recall("map", "ab12") is None
    keep("map", "ab12", {"places": torch.arange(6.0).reshape(3, 2)})
    found = recall("map", "ab12")
    assert found
    assert found["places"].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert recall("map", "ab13") is None
    (path,) = findings_dir().iterdir()
    path.write_bytes(path.read_bytes()[:-5])
    assert recall("map", "ab12") is None


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path, monkeypatch):
    (tmp_path / "kept").write_text("a file where the folder would be")
    monkeypatch.setenv("OCR_CACHE_DIR", str(tmp_path / "kept"))
    keep("map", "ab12", {"places": torch.zeros(1)})
    assert recall("map", "ab12") is None


def test_what_was_kept_first_goes_when_there_is_too_much(tmp_path, monkeypatch):
    monkeypatch.setenv("OCR_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("ocr.inspection.findings.MOST_BYTES", 10_000)
    for number in range(4):
        keep("map", f"{number}", {"places": torch.zeros(1_000)})
        os.utime(tmp_path / f"map-{number}.safetensors", (number, number))
    assert [recall("map", f"{number}") is not None for number in range(4)] == [False, False, True, True]
    keep("map", "large", {"places": torch.zeros(5_000)})
    assert recall("map", "large") is not None


def test_other_weights_or_data_are_another_identity(few):
    checkpoint = Checkpoint(CNN(CNNConfig(filters=(2, 2), fc_size=4)))
    first = fingerprint(checkpoint, few)
    assert first == fingerprint(Checkpoint(checkpoint.model), few)
    assert first != fingerprint(checkpoint, replace(few, source="elsewhere"))
    assert first != fingerprint(replace(checkpoint, extra={"temperature": torch.tensor(2.0)}), few)
    with torch.no_grad():
        checkpoint.model.fc2.bias[0] += 1e-3
    assert first != fingerprint(checkpoint, few)
