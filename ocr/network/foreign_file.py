"""Files of weights made elsewhere: safetensors and ONNX. Nothing here unpickles."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from ocr.errors import OCRError
from ocr.files import FORMAT
from ocr.network.checkpoint import Checkpoint, load_checkpoint
from ocr.network.foreign import Assignment
from ocr.network.foreign_onnx import read_onnx
from ocr.network.foreign_shapes import assign

LARGEST_FILE = 40 * 2**20  # bytes; the largest network that a recipe may have takes 37 MB
LARGEST_HEADER = 2**20  # bytes; that of a few layers takes one thousand
SAVE_TORCH = "from safetensors.torch import save_file; save_file(model.state_dict(), 'weights.safetensors')"
SAVE_KERAS = (
    "from safetensors.numpy import save_file; "
    "save_file({weight.path: weight.numpy() for weight in model.weights}, 'weights.safetensors')"
)


def own_checkpoint(content: bytes, name: str) -> Checkpoint | None:
    """Read a checkpoint of ours.

    Args:
        content: The file's bytes.
        name: What it is called.

    Returns:
        The checkpoint; None if the file is something else.

    Raises:
        OCRError: It is one, and damaged or not for images as here.
    """
    if (_header(content) or {}).get("__metadata__", {}).get("format") != FORMAT:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.safetensors"
        path.write_bytes(content)
        try:
            return load_checkpoint(path)
        except OCRError as error:
            raise OCRError(str(error).replace(path.name, name)) from error


def read_foreign(content: bytes, name: str) -> tuple[dict[str, Tensor], Assignment]:
    """Read the weights in a file, and find out which layer each is.

    Args:
        content: The file's bytes.
        name: What it is called.

    Returns:
        The tensors by name, and which part of a network here each is.

    Raises:
        OCRError: It is too large, pickled, damaged or of another kind, or its weights make no network of the family.
    """
    _refuse_huge(content, name)
    if content[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise OCRError(
            f"{name} is a pickle or an archive, such as torch.save and Keras write (.pt, .pth, .keras, .npz). Opening "
            f"one may run a stranger's code, so none is opened. Save it as safetensors. PyTorch: {SAVE_TORCH}. "
            f"Keras: {SAVE_KERAS}."
        )
    if content[:4] == b"\x89HDF":
        raise OCRError(f"{name} is an HDF5 file, such as Keras writes. Save it as safetensors: {SAVE_KERAS}.")
    try:
        if _header(content) is not None:
            tensors = _load_safetensors(content)
            return tensors, assign(tensors)
        if not name.lower().endswith(".onnx"):
            raise OCRError("It is neither a safetensors nor an ONNX file. Save the weights as one of these.")
        return read_onnx(content)
    except OCRError as error:
        raise OCRError(f"{name} does not fit. {error}") from error


def read_weights_file(path: Path) -> bytes:
    """Read a file of weights, if it is not too large.

    Args:
        path: The file.

    Returns:
        Its bytes.

    Raises:
        OCRError: There is no such file, it cannot be read, or it is larger than any network of the family.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise OCRError(f"{path} cannot be read: {error.strerror or error}. Give the path of a file.") from error
    _refuse_huge(content, path.name)
    return content


def _refuse_huge(content: bytes, name: str) -> None:
    if len(content) > LARGEST_FILE:
        raise OCRError(f"{name} is larger than {LARGEST_FILE // 2**20} MB. No network of this family is so large.")


def _header(content: bytes) -> dict[str, Any] | None:
    """Read what a safetensors file says of its tensors; None if it is no such file."""
    length = int.from_bytes(content[:8], "little")
    if not 0 < length <= min(LARGEST_HEADER, len(content) - 8):
        return None
    try:
        header = json.loads(content[8 : 8 + length])
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or not isinstance(header.get("__metadata__", {}), dict):
        return None
    return header


def _load_safetensors(content: bytes) -> dict[str, Tensor]:
    try:
        return load(content)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError, OverflowError) as error:
        raise OCRError("It is a damaged safetensors file. Save it again.") from error
