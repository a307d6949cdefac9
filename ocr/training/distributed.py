"""Several processes that train as one, started by torchrun on one machine or on several.

The first process is the trainer that it would be alone: it has the run's folder, validates and reports, and says
before each iteration at which learning rate it goes, or that there is none. The others only follow. Every process
draws the randomness of whole batches and takes its own rows of them, so that any number of processes trains on the
batches, distortions and dropout that one would.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ocr.errors import OCRError
from ocr.training.recipe import TrainConfig

PATIENCE = timedelta(days=1)  # that the others wait while the first validates, calibrates or is paused
CPU = torch.device("cpu")
GO_ON = "go on"  # what the others are sent where they still have all that they need


class Leader(Protocol):
    """What `leading` needs of a trainer; see `ocr.training.trainer.Trainer`."""

    config: TrainConfig
    model: nn.Module
    synchronised: nn.Module
    batches: Any

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Give all that going on exactly needs."""
        ...


@contextmanager
def joined(device: str = "auto") -> Iterator[bool]:
    """Joins the processes that torchrun started, if it did; gives whether this process is the first, or alone.

    On GPUs each process of a machine takes its own one.

    Errors:
        OCRError: the others cannot be reached, or the machine has fewer GPUs than processes.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield True
        return
    on_gpu = device != "cpu" and torch.cuda.is_available()
    if on_gpu:
        number, count = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
        if number >= count:
            raise OCRError(f"This machine has {count} GPUs: give torchrun --nproc-per-node {count}, or --device cpu.")
        torch.cuda.set_device(number)
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo", timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise OCRError(f"The other processes cannot be reached. Start them all by torchrun. ({error})") from error
    first = dist.get_rank() == 0
    # When one process is gone, torchrun asks the rest to end. They end by themselves, and first say why. Only while
    # it trains does the first take this for a wish to stop.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        yield first
    finally:
        if first:
            with suppress(RuntimeError):  # whoever is gone need not be told
                send(None)
        gc.collect()  # a model that still holds the group's threads would abort the process as it ends
        dist.destroy_process_group()


def processes() -> int:
    """How many train together; 1 alone."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rows_of(batch_size: int) -> slice:
    """The rows of a batch that this process computes; all of them when alone."""
    rank, count = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    return slice(rank * batch_size // count, (rank + 1) * batch_size // count)


def synchronised(model: nn.Module) -> nn.Module:
    """The model, whose gradients are from now on the means over all processes. All must call this together."""
    return DistributedDataParallel(model)


def weighted(loss: Tensor, share: float) -> Tensor:
    """What to differentiate: the mean loss of this process's rows, its `share` of the batch, so that the mean of the
    gradients over all processes is that of the whole batch."""
    count = processes()
    return loss if count == 1 else loss * (share * count)


def mean(values: Tensor, share: float) -> Tensor:
    """Means over the whole batch, of means over this process's `share` of it. All must call this together."""
    if processes() > 1:
        values = values * share
        dist.all_reduce(values)
    return values


def send(work: Any) -> None:
    """Gives the others work to `receive`; None sends them home."""
    dist.broadcast_object_list([work], src=0, device=CPU)


def receive() -> Any:
    """What the first process sent; waits for it."""
    work = [None]
    with explained():
        dist.broadcast_object_list(work, src=0, device=CPU)
    return work[0]


def announce(rate: float | None) -> None:
    """Tells the others, if any, that an iteration begins, and its learning rate, or (None) that there is no more."""
    if processes() > 1:
        dist.broadcast(torch.tensor(torch.nan if rate is None else rate, dtype=torch.float64), src=0)


def listen() -> float | None:
    """What the first process announces; waits for it."""
    rate = torch.tensor(0.0, dtype=torch.float64)
    dist.broadcast(rate, src=0)
    return None if rate.isnan() else float(rate)


@contextmanager
def leading(trainer: Leader) -> Iterator[None]:
    """Let the other processes that torchrun started, if any, follow each step of a trainer while this is open.

    Args:
        trainer: The first process's.

    Raises:
        OCRError: The recipe cannot be shared by so many processes, or another process ended.
    """
    count = processes()
    if count == 1:
        yield
        return
    if trainer.config.user_digits_share:
        raise OCRError("Fine-tuning takes seconds, and one process. Start it without torchrun.")
    if trainer.config.batch_size < count:
        raise OCRError(f"{count} processes cannot share a batch of {trainer.config.batch_size}. Start fewer.")
    with explained():
        if trainer.synchronised is trainer.model:
            send((trainer.config, trainer.batches.labels.cpu(), *trainer.state()))
            trainer.synchronised = synchronised(trainer.model)
        else:  # after a pause
            send(GO_ON)
        try:
            yield
        finally:
            announce(None)


@contextmanager
def left_to_the_first() -> Iterator[None]:
    """Within, a wish to stop (torchrun passes it to every process) is ignored: the first ends the iterations."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def explained() -> Iterator[None]:
    """Within, that another process is gone becomes a sentence.

    Errors:
        OCRError: another process ended.
    """
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            raise OCRError(
                "Another of the processes that train together has ended. Resume the run; what was saved is safe."
            ) from error
        raise
