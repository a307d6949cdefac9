"""Files that are written whole or not at all, and where the project's own files lie.

Weights and saved states are safetensors files: these hold numbers and strings only, so that opening a stranger's file
cannot run their code.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

from ocr.errors import OCRError

PROJECT = Path(__file__).parent.parent
ASSETS = PROJECT / "assets"
FORMAT = "digitlens-1"
LENGTH_BYTES = 8  # at the beginning of a safetensors file, which say how long its header is


def folder_setting(variable: str, default: str) -> Path:
    """Give the folder that an environment variable names, the same for every process that has it.

    A path may begin with ~; one that is not absolute counts from the folder where the process was started.

    Args:
        variable: Name of the variable, such as `OCR_RUNS_DIR`.
        default: Name of the folder in the project that is taken where the variable is not set or empty.

    Returns:
        The folder, which need not exist.
    """
    return Path(os.environ.get(variable) or PROJECT / default).expanduser().absolute()


def write_atomically(path: Path, content: bytes) -> None:
    """Put a file in place whole: readers see the old content or the new, also after a crash or a full disk.

    Args:
        path: The file to replace, in a folder that exists.
        content: All of its new content.

    Raises:
        OSError: The disk is full or the folder cannot be written; the file that was there is untouched.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")  # not tempfile's: those are for their owner alone
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def save_tensors(path: Path, tensors: Mapping[str, Tensor], description: Mapping[str, Any]) -> None:
    """Write tensors and a description as one safetensors file, replacing `path` atomically.

    Args:
        path: The file to replace.
        tensors: Tensors of any shape, dtype and device, by name.
        description: Values that JSON can hold.

    Raises:
        OSError: The disk is full or the folder cannot be written; the file that was there is untouched.
    """
    content = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, save(content, {"format": FORMAT, "description": json.dumps(description)}))


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_tensors` wrote.

    Args:
        path: A safetensors file.

    Returns:
        The tensors, on the CPU, by name; and the description.

    Raises:
        OCRError: There is no such file, it is damaged, or `save_tensors` did not write it.
    """
    with _readable(path):
        content = path.read_bytes()
        tensors = load(content)
        header = json.loads(content[LENGTH_BYTES:][: int.from_bytes(content[:LENGTH_BYTES], "little")])
    return tensors, _description(path, header.get("__metadata__") or {})


def load_description(path: Path) -> dict[str, Any]:
    """Read the description alone of what `save_tensors` wrote, without its tensors.

    Args:
        path: A safetensors file.

    Returns:
        The description.

    Raises:
        OCRError: There is no such file, it is damaged, or `save_tensors` did not write it.
    """
    with _readable(path), safe_open(path, "np") as file:
        metadata = file.metadata() or {}
    return _description(path, metadata)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say what is wrong with a safetensors file that is read while this is open.

    A training run replaces its files while others read them, so each is opened once: safetensors' own way to give torch
    tensors opens a file twice by its name, and may take the first one's header for the second one's numbers.
    """
    if not path.is_file():
        raise OCRError(f"There is no file {path}. Give the path of a checkpoint or of a run's folder.")
    try:
        yield
    except (SafetensorError, OSError, ValueError, LookupError) as error:  # the last for unknown types of numbers
        raise OCRError(
            f"{path.name} is not a readable safetensors file: it is damaged, cut short or of another kind "
            "(pickled .pt and .ckpt files are never opened). Use a checkpoint made here."
        ) from error


def _description(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Read the description out of a file's metadata."""
    if metadata.get("format") != FORMAT:
        raise OCRError(f"{path.name} is a safetensors file, but not a checkpoint of DigitLens. Use one made here.")
    try:
        description = json.loads(metadata["description"])
    except (KeyError, ValueError):
        description = None
    if not isinstance(description, dict):
        raise OCRError(f"{path.name} does not describe a network of ours: it is damaged. Use a checkpoint made here.")
    return description
