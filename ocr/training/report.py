"""What a training run reports, and when: all that somebody who watches a run has to know of training."""

from __future__ import annotations

from dataclasses import dataclass

STATUS_EVERY = 100  # iterations between the tutorial's status lines
MILESTONES = tuple(step * 10**power for power in range(7) for step in (1, 2, 5))  # reports and snapshots of weights


@dataclass(frozen=True)
class Progress:
    """One report.

    Training figures are means over the last (at most 100) batches, each taken before its update; at iteration 0 there
    are none. Validation figures are over the whole validation split, and None in reports that came without.

    Attributes:
        iteration: How many iterations are done.
        training_accuracy: 0..1.
        training_loss: Mean cross-entropy in nats.
        validation_accuracy: 0..1.
        validation_loss: Mean cross-entropy in nats.
        seconds: Of training, since iteration 0; neither validation nor saving is counted.
        images_per_second: Since the last report; neither validation nor saving is counted.
        learning_rate: Of the last iteration.
        validation_images: How many images the validation figures are of.
    """

    iteration: int
    training_accuracy: float | None
    training_loss: float | None
    validation_accuracy: float | None
    validation_loss: float | None
    seconds: float
    images_per_second: float
    learning_rate: float
    validation_images: int | None = None

    @property
    def status_line(self) -> str | None:
        """The tutorial's own line, in every hundredth report from iteration 1 on."""
        if self.training_accuracy is None or self.iteration % STATUS_EVERY != 1:
            return None
        return f"Optimization Iteration: {self.iteration:>6}, Training Accuracy: {self.training_accuracy:>6.1%}"
