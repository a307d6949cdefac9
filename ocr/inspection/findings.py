"""What takes long to find out about a network is kept on disk, by what it was found out of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ocr.data.split import Data
from ocr.errors import OCRError
from ocr.files import folder_setting, load_tensors, save_tensors
from ocr.network.checkpoint import Checkpoint

MOST_BYTES = 2**30  # of all that is kept; the largest finding, of every training image, takes 14 MB


def findings_dir() -> Path:
    """Give the folder of what was found out: `OCR_CACHE_DIR`, or `cache/` in the project."""
    return folder_setting("OCR_CACHE_DIR", "cache")


def fingerprint(checkpoint: Checkpoint, data: Data) -> str:
    """Give the same text for the same weights and data, whatever their files are called.

    Args:
        checkpoint: The network, with its temperature.
        data: What is read with it.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(data.source.encode())
    for name, values in [*checkpoint.model.state_dict().items(), *sorted(checkpoint.extra.items())]:
        digest.update(name.encode() + np.ascontiguousarray(values.numpy()).tobytes())
    return digest.hexdigest()


def recall(name: str, identity: str) -> dict[str, Tensor] | None:
    """Give what was kept.

    Args:
        name: What was found out, as a file's name.
        identity: What it was found out of, as `fingerprint` gives it.

    Returns:
        Tensors by name; None if nothing was kept, or it cannot be read.
    """
    try:
        return load_tensors(_path(name, identity))[0]
    except OCRError:
        return None


def keep(name: str, identity: str, found: Mapping[str, Tensor]) -> None:
    """Keep what was found out. A disk that is full or cannot be written keeps nothing, which is no fault.

    Where all that is kept would take more than `MOST_BYTES`, what was kept first goes.

    Args:
        name: What was found out, as a file's name: another one, once the same tensors would mean something else.
        identity: What it was found out of, as `fingerprint` gives it.
        found: Tensors by name.
    """
    path = _path(name, identity)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_tensors(path, {key: torch.as_tensor(value) for key, value in found.items()}, {"finding": name})
        _make_room(path)
    except OSError:
        return


def _make_room(newest: Path) -> None:
    """Delete the oldest findings until all are no larger than they may be; the newest stays."""
    stats = sorted((path.stat().st_mtime_ns, path.stat().st_size, path) for path in newest.parent.glob("*.safetensors"))
    total = sum(size for _, size, _ in stats)
    for _, size, path in stats:
        if total <= MOST_BYTES:
            return
        if path != newest:
            path.unlink(missing_ok=True)
            total -= size


def _path(name: str, identity: str) -> Path:
    return findings_dir() / f"{name}-{identity}.safetensors"
