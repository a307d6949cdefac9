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
from ocr.training.batches import Batches, Part
from ocr.training.recipe import TrainConfig

PATIENCE = timedelta(days=1)  # that the others wait while the first validates, calibrates or is paused
CPU = torch.device("cpu")
GO_ON = "go on"  # what the others are sent where they still have all that they need


class Leader(Protocol):
    """What `leading` needs of a trainer.

    Attributes:
        config: The recipe.
        model: The network in training.
        synchronised: The same, wrapped where several processes train together.
        batches: Where its images come from.
    """

    config: TrainConfig
    model: nn.Module
    synchronised: nn.Module
    batches: Batches

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Give all that going on exactly needs."""
        ...


@contextmanager
def joined(device: str = "auto") -> Iterator[bool]:
    """Join the processes that torchrun started, if it did, for as long as this is open.

    On GPUs each process of a machine takes its own one.

    Args:
        device: "auto", "cpu" or "cuda".

    Yields:
        Whether this process is the first, or alone.

    Raises:
        OCRError: The others cannot be reached, or the machine has fewer GPUs than processes.
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
    # When one process is gone, torchrun asks the rest to end. They end by themselves, and first say why. The first
    # takes this for a wish to stop, but only while it trains.
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
    """Count the processes that train together: 1 for a process alone."""
    return dist.get_world_size() if dist.is_initialized() else 1


def own_part(batch_size: int) -> Part:
    """Give the rows of a batch that this process computes: all of them, if it is alone.

    Args:
        batch_size: How many images a batch has.

    Returns:
        Its part; the parts of all processes differ by one row at most.
    """
    rank, count = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    return Part(rank * batch_size // count, (rank + 1) * batch_size // count, batch_size)


def synchronised(model: nn.Module) -> nn.Module:
    """Wrap a model so that its gradients are the means over all processes; all must call this together.

    Args:
        model: The model, with the same weights in each process.

    Returns:
        The wrapped model, which shares the parameters of the one that was given.
    """
    return DistributedDataParallel(model)


def weighted(loss: Tensor, part: Part) -> Tensor:
    """Give what each process has to differentiate, so that the mean of all gradients is that of the whole batch.

    Args:
        loss: float32 (), the mean loss of this process's rows.
        part: These rows.

    Returns:
        float32 (), the loss weighted by how many rows it is of; as it is for a process alone.
    """
    count = processes()
    return loss if count == 1 else loss * (part.share * count)


def mean(values: Tensor, part: Part) -> Tensor:
    """Give means over the whole batch; all processes must call this together.

    Args:
        values: float (N,), means over this process's rows.
        part: These rows.

    Returns:
        The same shape, the same in every process.
    """
    if processes() > 1:
        values = values * part.share
        dist.all_reduce(values)
    return values


def send(work: Any) -> None:
    """Give the other processes work to `receive`.

    Args:
        work: Any value that can be pickled; None sends them home.
    """
    dist.broadcast_object_list([work], src=0, device=CPU)


def receive() -> Any:
    """Wait for what the first process sends, and give it.

    Raises:
        OCRError: Another process ended.
    """
    work = [None]
    with explained():
        dist.broadcast_object_list(work, src=0, device=CPU)
    return work[0]


def announce(rate: float | None) -> None:
    """Tell the other processes, if any, that an iteration begins.

    Args:
        rate: Its learning rate; None says that there are no more iterations for now.
    """
    if processes() > 1:
        dist.broadcast(torch.tensor(torch.nan if rate is None else rate, dtype=torch.float64), src=0)


def listen() -> float | None:
    """Wait for what the first process announces, and give it."""
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
    """Ignore a wish to stop while this is open: torchrun passes it to every process, and the first one heeds it."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def explained() -> Iterator[None]:
    """Turn what torch says when another process is gone into a sentence, while this is open.

    Raises:
        OCRError: Another process ended.
    """
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            raise OCRError(
                "Another of the processes that train together has ended. Resume the run; what was saved is safe."
            ) from error
        raise
