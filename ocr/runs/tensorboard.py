"""TensorBoard event files of a training run, where the package tensorboard is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.network.cnn import CNN
from ocr.network.models import Model
from ocr.palette import SIGNED
from ocr.training.report import MILESTONES, Progress

SCALARS = {
    "accuracy/training": "training_accuracy",
    "accuracy/validation": "validation_accuracy",
    "loss/training": "training_loss",
    "loss/validation": "validation_loss",
    "speed/images per second": "images_per_second",
    "learning rate": "learning_rate",
}
PIXEL = 6  # screen pixels a weight


class EventWriter:
    """What writes reports into a folder of event files; it does nothing where tensorboard is not installed."""

    def __init__(self, folder: Path, since: int) -> None:
        """Begin a file.

        Args:
            folder: Where to write.
            since: The iteration from which on earlier files count no more: readers drop what these hold of it.
        """
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            self._writer = None
            return
        self._writer = SummaryWriter(folder, purge_step=since)

    def add(self, progress: Progress, model: Model) -> None:
        """Write a report's figures, and at the milestones the filters of each convolutional layer as an image.

        Args:
            progress: The report.
            model: The network at that moment.

        Raises:
            OSError: The folder cannot be written.
        """
        if not self._writer:
            return
        for tag, name in SCALARS.items():
            value = getattr(progress, name)
            if value is not None:
                self._writer.add_scalar(tag, value, progress.iteration)
        if isinstance(model, CNN) and (progress.iteration == 0 or progress.iteration in MILESTONES):
            for number, conv in enumerate(model.convs, 1):
                image = filters_picture(conv.weight.numpy(force=True))
                self._writer.add_image(f"filters/layer {number}", image, progress.iteration, dataformats="HWC")
        self._writer.flush()

    def close(self) -> None:
        """Write what is left, and close the file."""
        if self._writer:
            self._writer.close()


def filters_picture(weights: NDArray) -> NDArray[np.uint8]:
    """Draw filters as one picture: red positive, blue negative on one scale.

    Args:
        weights: float (filters, channels, k, k).

    Returns:
        uint8 (H, W, 3): a row for each input channel, a column for each filter, a pale line between them.
    """
    scale: list[Any] = SIGNED
    stops = np.array([stop for stop, _ in scale], np.float64)
    colors = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for _, color in scale], np.float64)
    limit = float(np.abs(weights).max()) or 1.0
    shares = np.pad(weights / limit, ((0, 0), (0, 0), (0, 1), (0, 1)))  # the line is zero, which is pale
    count, channels, height, width = shares.shape
    shares = shares.transpose(1, 2, 0, 3).reshape(channels * height, count * width)
    shares = shares.repeat(PIXEL, 0).repeat(PIXEL, 1)
    return np.stack([np.interp((shares + 1) / 2, stops, colors[:, i]) for i in range(3)], 2).round().astype(np.uint8)
