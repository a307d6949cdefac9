"""What every process but the first does where torchrun started several: its part of each iteration."""

from __future__ import annotations

import torch

from ocr.data.split import Data
from ocr.errors import OCRError
from ocr.training import distributed
from ocr.training.trainer import Trainer


def follow(data: Data, device: str = "auto") -> None:
    """Take part in every iteration that the first process trains, until that ends.

    Args:
        data: The same that the first process trains on.
        device: "auto", "cpu" or "cuda".

    Raises:
        OCRError: It has other data than the first, or another process ended.
    """
    while work := distributed.receive():
        with distributed.explained():
            if work != distributed.GO_ON:
                config, labels, tensors, values = work
                trainer = Trainer(config, data, device)
                if not torch.equal(labels, trainer.batches.labels.cpu()):
                    raise OCRError(f"This process has other data than the first: {data.source}.")
                trainer.restore(tensors, values)
                trainer.synchronised = distributed.synchronised(trainer.model)
            while (rate := distributed.listen()) is not None:
                trainer.step(rate)
