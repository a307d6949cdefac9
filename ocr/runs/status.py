"""Where a run stands, as its status file says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# What may be asked of a run's process: "stop", "pause", "play", "step" with a number of iterations, or "learning rate"
# with a rate, or with None for the recipe's.
Request = tuple[str, float | None]

# States of a run. Its process writes the first five, `queue` the next; "interrupted" is what a viewer concludes.
TRAINING, PAUSED, FINISHED, STOPPED, FAILED = "training", "paused", "finished", "stopped", "failed"
QUEUED, INTERRUPTED = "queued", "interrupted"


@dataclass(frozen=True)
class Status:
    """Where a run stands.

    Attributes:
        state: One of the states above.
        iteration: The iteration that it has reached.
        target: The iteration that it is meant to reach.
        message: A sentence for people, or nothing.
        pid: Of the process that wrote this.
        process_started: When that started, in seconds since 1970; for people, nothing is decided by it.
        share: How much is done, 0..1, of what `message` says comes after training; None where nobody counts.
        queued: When it was put into the queue, in seconds since 1970; 0 if it is not there.
        asked: What its process is to do when its turn comes, in place of training to the target: see `Request`.
    """

    state: str
    iteration: int = 0
    target: int = 0
    message: str = ""
    pid: int = 0
    process_started: float = 0.0
    share: float | None = None
    queued: float = 0.0
    asked: Sequence[Request] = ()

    @property
    def live(self) -> bool:
        """Whether a process holds the run, training or paused."""
        return self.state in (TRAINING, PAUSED)

    @property
    def paused(self) -> bool:
        """Whether its process waits to be asked to go on."""
        return self.state == PAUSED
