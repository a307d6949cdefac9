"""A network that was trained elsewhere becomes a run: to read with, to look into, and to train on."""

from __future__ import annotations

import shutil

from ocr.data.split import Data
from ocr.errors import OCRError
from ocr.network.checkpoint import Checkpoint, save_checkpoint
from ocr.network.deep import DeepCNN
from ocr.network.models import NetworkConfig
from ocr.reading.calibration import calibrate
from ocr.runs.folder import create_run
from ocr.runs.problems import explain_disk
from ocr.runs.run import Run, write_status
from ocr.runs.status import FINISHED, Status
from ocr.training.recipe import TrainConfig

PRESET = "imported"


def recipe_for(network: NetworkConfig, source: str) -> TrainConfig:
    """Give the recipe of a run of a network that is trained already.

    Asked before anything is read with the network, it also keeps out those that would take hours.

    Args:
        network: The network's sizes.
        source: Where it is from, such as the name of its file.

    Returns:
        The recipe, of no iterations.

    Raises:
        OCRError: No recipe has such sizes.
    """
    try:
        return TrainConfig(network=network, iterations=0, calibrated=True)
    except OCRError as error:
        raise OCRError(f"{source} does not fit. {error}") from error


def create_imported(
    name: str, checkpoint: Checkpoint, source: str, data: Data, owner: str = "", private: bool = False
) -> Run:
    """Create a run of a network that is trained already.

    How far its confidence can be believed is measured, unless the checkpoint says so. If the run is trained, it goes on
    from these weights, by the tutorial's recipe.

    Args:
        name: The run's name.
        checkpoint: The network.
        source: Where it is from, such as the name of its file.
        data: Whose validation images its confidence is calibrated on.
        owner: Whose run it is, see `create_run`.
        private: Whether only its owner is to see it.

    Returns:
        The run, which has finished.

    Raises:
        OCRError: The name is taken or impossible, the network is of a kind or size that no recipe has, or the folder
            cannot be written.
    """
    if isinstance(checkpoint.model, DeepCNN):
        raise OCRError(f"{source} is one of the larger networks that others learn from, which nothing here looks into.")
    recipe = recipe_for(checkpoint.model.config, source)
    checkpoint = Checkpoint(checkpoint.model, checkpoint.info | {"imported": source}, dict(checkpoint.extra))
    if "temperature" not in checkpoint.extra:
        calibrate(checkpoint, data)
    run = create_run(name, recipe, PRESET, owner, private)
    try:
        with explain_disk(run):
            for path in (run.initial_path, run.checkpoint_path):
                save_checkpoint(path, checkpoint)
            write_status(run, Status(FINISHED, message=f"From {source}."))
    except OCRError:
        shutil.rmtree(run.path, ignore_errors=True)
        raise
    return run
