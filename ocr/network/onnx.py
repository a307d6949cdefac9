"""A checkpoint as an ONNX file, for programs that have no torch."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ocr.errors import OCRError
from ocr.files import write_atomically
from ocr.network.checkpoint import Checkpoint, temperature


class _LogitsAndProbabilities(nn.Module):
    """What the file computes: the model's logits, and the probabilities that `predict` makes of them."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.model = checkpoint.model
        self.temperature = temperature(checkpoint)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Compute logits and probabilities, both (N, classes)."""
        logits = self.model(images)
        return logits, F.softmax(logits / self.temperature, 1)


def export_onnx(checkpoint: Checkpoint, path: Path) -> None:
    """Write a network as an ONNX file, replacing `path` atomically.

    The file computes from `images`, float32 (N, 1, 28, 28) of 0..1 with ink 1 on a ground of 0, for any N, the two
    outputs `logits` and `probabilities`, both float32 (N, 10). The temperature is in the probabilities already.

    Args:
        checkpoint: The weights; where they are for images of another size, so is the file.
        path: The file to replace.

    Raises:
        OCRError: The packages onnx and onnxscript are not installed, or `path` cannot be written.
    """
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401  # torch's exporter needs both
    except ImportError as error:
        raise OCRError(
            f"Exporting needs packages that are not installed ({error.name}). "
            "Install them by: .venv/bin/pip install -r requirements-extras.txt"
        ) from error
    network = checkpoint.model.config
    shape = (network.image_channels, network.image_size, network.image_size)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of packages that we do not use
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter uses what torch itself has deprecated
        program = torch.onnx.export(
            _LogitsAndProbabilities(checkpoint).eval(),
            (torch.zeros(2, *shape),),  # a batch of 1 would become fixed
            dynamo=True,
            verbose=False,
            input_names=["images"],
            output_names=["logits", "probabilities"],
            dynamic_shapes={"images": {0: torch.export.Dim("batch")}},
        )
    assert program  # None is what the old exporter gives
    proto = program.model_proto
    proto.doc_string = (
        f"images: float32 (N, {', '.join(map(str, shape))}) of 0..1, ink 1 on ground 0. "
        "probabilities: softmax(logits / temperature), float32 (N, 10)."
    )
    try:
        write_atomically(path, proto.SerializeToString())
    except OSError as error:
        raise OCRError(f"{path} cannot be written: {error.strerror or error}. Give the path of a file.") from error
