"""The weights that a run begins with."""

from __future__ import annotations

from ocr.network.checkpoint import Checkpoint, load_checkpoint
from ocr.network.models import build_model
from ocr.runs.run import Run


def initial_checkpoint(run: Run) -> Checkpoint:
    """Give what a run reads with before its first iteration.

    Args:
        run: The run.

    Returns:
        The weights that it goes on from where it fine-tunes, else those that its seed makes.

    Raises:
        OCRError: The run is gone or damaged.
    """
    if run.initial_path.is_file():
        return load_checkpoint(run.initial_path)
    config = run.config()
    model = build_model(config.network, config.seed)
    return Checkpoint(model.eval().requires_grad_(False))
