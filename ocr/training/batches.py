"""Which images an iteration trains on: the data's, and, where the recipe says so, synthetic and the user's own ones."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ocr.data.split import Split, normalise
from ocr.data.synthetic.digits import draw_digits
from ocr.training.recipe import TrainConfig

SYNTHETIC_IMAGES = 60_000  # what synthetic shares are taken from: as many as MNIST has, drawn in seconds
FINE_TUNE_SYNTHETIC_IMAGES = 20_000  # fine-tuning sees no more, and waiting for all would take as long as it trains
SEED_STRIDE = 1_000_003  # a prime: seeds of one run's iterations and epochs are hardly those of another's


class Part(NamedTuple):
    """The rows of a batch that one process computes: all of them, unless several processes share it.

    Attributes:
        first: The first of the rows.
        stop: The row after the last.
        total: How many rows the whole batch has.
    """

    first: int
    stop: int
    total: int

    @property
    def share(self) -> float:
        """The share of the batch that these rows are, 0..1."""
        return (self.stop - self.first) / self.total

    def of(self, values: Tensor) -> Tensor:
        """Take these rows out of what a whole batch has: (total, ...) becomes (stop - first, ...)."""
        return values if self.share == 1 else values[self.first : self.stop]


class Batches:
    """The batches of a run, each decided by the recipe's seed and its iteration alone.

    Attributes:
        labels: int64 (N,), of the data's training images, on the device.
    """

    def __init__(self, config: TrainConfig, train: Split, user_digits: Split | None, device: torch.device) -> None:
        """Put all images on the device; drawing the synthetic ones takes some seconds.

        Args:
            config: The recipe.
            train: The data's training images.
            user_digits: The user's own digits, where the recipe has a share for them.
            device: Where the batches are to be.
        """
        self.labels = torch.from_numpy(train.labels).to(device)
        self._config = config
        self._device = device
        self._images = normalise(train.images).to(device)
        self._order: tuple[int, Tensor] = (-1, torch.empty(0))
        # Other images that take a part of each batch: how many, (N, 1, 28, 28) and (N,).
        self._others: list[tuple[int, Tensor, Tensor]] = []
        if synthetic := round(config.batch_size * config.synthetic_share):
            count = FINE_TUNE_SYNTHETIC_IMAGES if config.user_digits_share else SYNTHETIC_IMAGES
            self._add(synthetic, draw_digits(count, config.seed))
        if user_digits and (own := round(config.batch_size * config.user_digits_share)):
            self._add(own, user_digits)
        self._synthetic = synthetic
        self._from_data = config.batch_size - sum(count for count, *_ in self._others)

    def batch(self, iteration: int) -> tuple[Tensor, Tensor]:
        """Give an iteration's images and labels; other images than the data's are chosen by torch's random state.

        Args:
            iteration: Counted from 0.

        Returns:
            float32 (batch, 1, 28, 28) of 0..1, and int64 (batch,), on the device.
        """
        chosen = self._positions(iteration)
        # index_select takes a third of the time that brackets take.
        parts = [(self._images.index_select(0, chosen), self.labels.index_select(0, chosen))]
        for count, images, labels in self._others:
            others = torch.randint(len(labels), (count,)).to(self._device)
            parts.append((images[others], labels[others]))
        if len(parts) == 1:
            return parts[0]
        images_of_parts, labels_of_parts = zip(*parts, strict=True)
        return torch.cat(images_of_parts), torch.cat(labels_of_parts)

    def origins(self, part: Part) -> tuple[int, int, int]:
        """Count the rows of a part that are the data's own images, synthetic, and the user's, in this order."""
        ends = (self._from_data, self._from_data + self._synthetic, part.total)
        own, two, rows = (max(0, min(part.stop, end) - part.first) for end in ends)
        return own, two - own, rows - two

    def _add(self, count: int, split: Split) -> None:
        """Give `count` places of each batch to the images of a split."""
        images, labels = normalise(split.images).to(self._device), torch.from_numpy(split.labels).to(self._device)
        self._others.append((count, images, labels))

    def _positions(self, iteration: int) -> Tensor:
        """Choose an iteration's images by their positions in the data: all come once, in a new order each epoch.

        An epoch's last batch is filled up from the next epoch, as the tutorial's next_batch does.
        """
        count, needed = len(self.labels), self._from_data
        start = iteration * needed
        positions = []
        while needed:
            epoch, offset = divmod(start, count)
            if self._order[0] != epoch:
                generator = torch.Generator().manual_seed(self._config.seed * SEED_STRIDE + epoch)
                self._order = (epoch, torch.randperm(count, generator=generator).to(self._device))
            positions.append(self._order[1][offset : offset + needed])
            needed -= len(positions[-1])
            start += len(positions[-1])
        return torch.cat(positions) if len(positions) > 1 else positions[0]
