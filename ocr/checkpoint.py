"""Weights on disk: one safetensors file with its configuration inside, written whole or not at all.

safetensors holds numbers and strings only, so that opening a stranger's file cannot run their code.
"""

from __future__ import annotations

import json
import math
import os
import struct
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from ocr.errors import OCRError
from ocr.model import MODELS, CNNConfig, Model, kind_of

FORMAT = "digitlens-1"
ASSETS = Path(__file__).parent.parent / "assets"
SHIPPED = ASSETS / "weights.safetensors"
TEACHERS = tuple(ASSETS / f"teacher-{seed}.safetensors" for seed in range(3))
FAMILIARITY = ASSETS / "familiarity.safetensors"
READ = CNNConfig()  # its images and classes are those that everything here reads; its other sizes may be any
LEAST_TEMPERATURE = 1e-6  # logits divided by much less are infinite, and probabilities no numbers


@dataclass
class Checkpoint:
    """A model ready to read digits, on the CPU and in evaluation mode, and what is known about it.

    `info` is free-form: how it was trained and what was measured. `extra` holds further tensors by name.
    """

    model: Model
    info: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Tensor] = field(default_factory=dict)


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replaces `path` atomically.

    Errors:
        OSError: the disk is full or the folder cannot be written; the file that was there is untouched.
    """
    model = checkpoint.model
    description = {"kind": kind_of(model), "network": asdict(model.config), "info": checkpoint.info}
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    save_tensors(path, tensors | {f"extra.{name}": tensor for name, tensor in checkpoint.extra.items()}, description)


def load_checkpoint(path: str | Path | None = None, any_images: bool = False) -> Checkpoint:
    """Reads a checkpoint file, a run folder's checkpoint, or (None) the shipped weights.

    With `any_images`, also that of a network for images of another size or other classes, which nothing here can read.

    Errors:
        OCRError: there is no such file, or it is damaged, not a checkpoint of ours, of another shape than it says, or
            not for ten classes of 28 x 28 grey images (but for `any_images`).
    """
    path = Path(path) if path else SHIPPED
    if path.is_dir():
        path = path / "checkpoint.safetensors"
    tensors, description = load_tensors(path)
    try:
        with torch.device("meta"):  # shapes alone: a damaged description may ask for more memory than there is
            model = MODELS[description["kind"]](CNNConfig(**description["network"]))
        info = dict(description["info"])
    except (LookupError, TypeError, ValueError, RuntimeError, OverflowError) as error:
        reason = str(error).partition("\n")[0]
        raise OCRError(
            f"{path.name} does not describe a network of ours ({reason}). Use a checkpoint made here."
        ) from error
    if not any_images and _read_sizes(model.config) != _read_sizes(READ):
        raise OCRError(
            f"{path.name} does not describe a network for {READ.classes} classes of {READ.image_size} x "
            f"{READ.image_size} grey images, the only ones that are read here. Use a checkpoint made here."
        )
    weights = {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}
    refuse_misfits(model, weights, path.name)
    model.to_empty(device="cpu").load_state_dict(weights, strict=False)
    model.eval().requires_grad_(False)
    extra = {name.removeprefix("extra."): value for name, value in tensors.items() if name.startswith("extra.")}
    if "temperature" in extra and not _is_temperature(extra["temperature"]):
        raise OCRError(
            f"{path.name} has a temperature that logits cannot be divided by. Train it again or use another file."
        )
    return Checkpoint(model, info, extra)


def refuse_misfits(module: nn.Module, weights: Mapping[str, Tensor], name: str) -> None:
    """Checks that a module can be given these tensors by name; others may be among them.

    Errors:
        OCRError: one is missing, has another shape, or values that are not numbers; the sentence calls them all `name`.
    """
    for part, parameter in module.state_dict().items():
        if part not in weights or weights[part].shape != parameter.shape:
            has = f"has shape {tuple(weights[part].shape)}" if part in weights else "is missing"
            raise OCRError(
                f"{name} does not fit the network it describes: {part} {has}, but needs {tuple(parameter.shape)}. "
                "Train it again or use another file."
            )
        if not (weights[part].is_floating_point() and torch.isfinite(weights[part]).all()):
            raise OCRError(f"{name} holds values that are not numbers in {part}. Train it again or use another file.")


def _read_sizes(config: CNNConfig) -> tuple[int, int, int]:
    return config.image_size, config.image_channels, config.classes


def _is_temperature(value: Tensor) -> bool:
    return value.numel() == 1 and value.is_floating_point() and LEAST_TEMPERATURE <= float(value) < math.inf


def save_tensors(path: Path, tensors: Mapping[str, Tensor], description: Mapping[str, Any]) -> None:
    """Writes tensors and a JSON description as one safetensors file, replacing `path` atomically."""
    content = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, save(content, {"format": FORMAT, "description": json.dumps(description)}))


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the description that `save_tensors` wrote.

    Errors:
        OCRError: no such file, damaged, or not written by `save_tensors`.
    """
    with _opened(path) as file:
        description = _description(path, file.metadata() or {})
        return {name: file.get_tensor(name) for name in file.keys()}, description  # noqa: SIM118  # it is no dict


def load_description(path: Path) -> dict[str, Any]:
    """The description alone, without reading the tensors; see `load_tensors` for errors."""
    with _opened(path) as file:
        return _description(path, file.metadata() or {})


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise OCRError(f"There is no file {path}. Give the path of a checkpoint or of a run's folder.")
    try:
        with safe_open(path, "pt") as file:
            yield file
    except (SafetensorError, OSError, ValueError, struct.error) as error:
        raise OCRError(
            f"{path.name} is not a readable safetensors file: it is damaged, cut short or of another kind "
            "(pickled .pt and .ckpt files are never opened). Use a checkpoint made here."
        ) from error


def _description(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    if metadata.get("format") != FORMAT:
        raise OCRError(f"{path.name} is a safetensors file, but not a checkpoint of DigitLens. Use one made here.")
    try:
        description = json.loads(metadata["description"])
    except (KeyError, ValueError):
        description = None
    if not isinstance(description, dict):
        raise OCRError(f"{path.name} does not describe a network of ours: it is damaged. Use a checkpoint made here.")
    return description


def write_atomically(path: Path, content: bytes) -> None:
    """Puts a file in place whole: readers see the old content or the new, also after a crash or a full disk."""
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
