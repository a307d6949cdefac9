"""Weights on disk: one safetensors file with its configuration inside, written whole or not at all.

safetensors holds numbers and strings only, so that opening a stranger's file cannot run their code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ocr.errors import OCRError
from ocr.files import ASSETS, load_tensors, save_tensors
from ocr.network.cnn import CNNConfig
from ocr.network.models import Model, NetworkConfig, config_from_dict, empty_model, kind_of

SHIPPED = ASSETS / "weights.safetensors"
TEACHERS = tuple(ASSETS / f"teacher-{seed}.safetensors" for seed in range(3))
HAND_TEACHERS = tuple(ASSETS / f"hand-teacher-{seed}.safetensors" for seed in range(2))  # these know more hands
FAMILIARITY = ASSETS / "familiarity.safetensors"
READ = CNNConfig()  # everything here reads its images and classes; other sizes of a network may be any
LEAST_TEMPERATURE = 1e-6  # logits divided by much less are infinite, and probabilities no numbers


@dataclass
class Checkpoint:
    """A model that is ready to read digits, and what is known about it.

    Attributes:
        model: The network, on the CPU and in evaluation mode.
        info: How it was trained and what was measured, as plain values for JSON.
        extra: Further tensors by name: "temperature", a single number, where it was calibrated,
            and the last layers of familiarity where these have learnt a user's own digits.
    """

    model: Model
    info: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Tensor] = field(default_factory=dict)


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint as one safetensors file, replacing `path` atomically.

    Args:
        path: The file to replace.
        checkpoint: What to write.

    Raises:
        OSError: The disk is full or the folder cannot be written; the file that was there is untouched.
    """
    model = checkpoint.model
    description = {"kind": kind_of(model.config), "network": asdict(model.config), "info": checkpoint.info}
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    save_tensors(path, tensors | {f"extra.{name}": tensor for name, tensor in checkpoint.extra.items()}, description)


def load_checkpoint(path: str | Path | None = None, any_images: bool = False) -> Checkpoint:
    """Read a checkpoint.

    Args:
        path: A checkpoint file, or the folder of a run; None for the shipped weights.
        any_images: Also accept a network for images of another size or for other classes. It can be exported, but
            nothing here can read with it.

    Returns:
        The checkpoint, with the model on the CPU, in evaluation mode and without gradients.

    Raises:
        OCRError: There is no such file, or it is damaged, not a checkpoint of ours, of another shape than it says, or
            (without `any_images`) not for ten classes of 28 x 28 grey images.
    """
    path = Path(path) if path else SHIPPED
    if path.is_dir():
        path = path / "checkpoint.safetensors"
    tensors, description = load_tensors(path)
    try:
        with torch.device("meta"):  # shapes alone: a damaged description may ask for more memory than there is
            model = empty_model(config_from_dict(description["kind"], description["network"]))
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
    """Check that a module can be given these tensors by name.

    Args:
        module: The module.
        weights: The tensors by their names in the module; others may be among them.
        name: What the sentence calls all of them, such as the name of their file.

    Raises:
        OCRError: A tensor is missing, has another shape, or holds values that are not finite numbers.
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


def _read_sizes(config: NetworkConfig) -> tuple[int, int, int]:
    """Give the sizes that decide whether everything here can read with a network."""
    return config.image_size, config.image_channels, config.classes


def _is_temperature(value: Tensor) -> bool:
    """Tell whether logits can be divided by a value."""
    return value.numel() == 1 and value.is_floating_point() and LEAST_TEMPERATURE <= float(value) < math.inf


def temperature(checkpoint: Checkpoint) -> float:
    """Give what logits are divided by before softmax, so that confidence can be believed (Guo et al. 2017).

    Args:
        checkpoint: The weights.

    Returns:
        The temperature, above 0; 1 for weights that were never calibrated.
    """
    return float(checkpoint.extra.get("temperature", torch.ones(())))
