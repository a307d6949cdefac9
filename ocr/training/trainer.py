"""Training: the loop, as a generator of reports. Start with `Trainer.train` and `Trainer.step`.

Everything random in an iteration (its batch, distortions, dropout) is derived from the seed and the iteration's number
alone. That is what lets a run stop anywhere and go on as if it had not: 1, 99 and 900 iterations are the same as 1,000.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ocr.data.split import Data, Split
from ocr.errors import OCRError
from ocr.network.checkpoint import Checkpoint
from ocr.network.device import choose_device, seed_everything, synchronise
from ocr.network.models import build_model
from ocr.network.side_by_side import torch_threads
from ocr.reading.calibration import calibrate
from ocr.training import distributed
from ocr.training.augmentation import augment
from ocr.training.average import MovingAverage
from ocr.training.batches import SEED_STRIDE, Batches, Part
from ocr.training.divergence import refuse_divergence
from ocr.training.lanes import lanes_for
from ocr.training.loss_gradients import LossGradients
from ocr.training.optimizer import build_optimizer
from ocr.training.recipe import TrainConfig, check_learning_rate, learning_rate
from ocr.training.report import MILESTONES, STATUS_EVERY, Progress
from ocr.training.validation import Validation

REPORT_SECONDS = 1.0  # a report comes at least so often, so that the curves move on a slow machine too
VALIDATION_SHARE = 0.15  # of the training time, at most; later reports come without validation figures
CALM_FROM, CALM = 0.8, 0.5  # the last fifth of a recipe's iterations ends closer to real digits: half the distortions


@dataclass(frozen=True)
class FineTuning:
    """What a run that goes on from given weights starts with.

    Attributes:
        initial: The weights, of the recipe's network.
        digits: The user's digits to train on.
        learnt: The ids of all of the user's digits that the network will have been trained on at the end.
    """

    initial: Checkpoint
    digits: Split
    learnt: list[str]


class Trainer:
    """A model in training. `state` and `restore` carry everything that going on exactly needs.

    While it trains it seeds torch's global random state, anew in every iteration.

    Attributes:
        config: The recipe.
        model: The network in training, on the device.
        iteration: How many iterations it has made.
        seconds: Of training, neither validation nor saving counted.
        rate_changes: From which iteration on which learning rate was set, see `set_learning_rate`.
    """

    def __init__(
        self, config: TrainConfig, data: Data, device: str = "auto", fine_tuning: FineTuning | None = None
    ) -> None:
        """Get ready for iteration 0.

        Args:
            config: The recipe.
            data: What to train and validate on; its test images are not looked at.
            device: "auto", "cpu" or "cuda".
            fine_tuning: What the run goes on from, where the recipe has a share for the user's digits.

        Raises:
            OCRError: The device cannot be used, or the recipe needs digits of the user and there are none.
        """
        if config.user_digits_share and not (fine_tuning and fine_tuning.digits):
            raise OCRError("There are no digits of your own to train on. Keep some on the Draw page first.")
        self.config = config
        self.device = choose_device(device)
        self.iteration = 0
        self.seconds = 0.0
        self.rate_changes: list[tuple[int, float | None]] = []
        self.model: nn.Module = build_model(config.network, config.seed).to(self.device)
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types lack it
        self.synchronised: nn.Module = self.model  # wrapped, where other processes train with this one
        self.batches = Batches(config, data.train, fine_tuning.digits if fine_tuning else None, self.device)
        self._average: MovingAverage | None = None
        if config.ema_decay:
            self._average = MovingAverage(build_model(config.network, config.seed).to(self.device), config.ema_decay)
        if fine_tuning:
            for model in self._models().values():
                model.load_state_dict(fine_tuning.initial.model.state_dict())
        self._fine_tuning = fine_tuning
        self._optimizer = build_optimizer(self.model, config)
        lanes = lanes_for(self.model, config)
        self._gradients = LossGradients(config, self.model, self.batches, self.device, lanes)
        self._data = [data.name, len(data.train), len(data.validation)]
        self._validation = Validation(data.validation, self.device)
        self._validation_seconds = 0.0
        self._reported = -1
        self._recent: deque[Tensor] = deque(maxlen=STATUS_EVERY)  # loss and accuracy of the last batches

    def train(self, iterations: int, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Progress]:
        """Go on for some iterations, reporting at 0, the milestones, with each status line, and at the end.

        So that nobody waits, a report also comes when `REPORT_SECONDS` have passed since the last.

        Args:
            iterations: How many more.
            should_stop: Asked after each iteration.

        Yields:
            The reports.

        Raises:
            OCRError: Training diverged; the weights of the last report were still good.
        """
        last = self.iteration + iterations
        if self.iteration == 0 and self._reported != 0:
            yield self._report(0.0, 0, must_validate=True)
        with distributed.leading(self):
            started, first = time.perf_counter(), self.iteration
            while self.iteration < last:
                rate = self.learning_rate(self.iteration)
                distributed.announce(rate)
                self.step(rate)
                stopping = should_stop() or self.iteration == last
                seconds = time.perf_counter() - started
                expected = self.iteration in MILESTONES or self.iteration % STATUS_EVERY == 1
                if stopping or expected or seconds >= REPORT_SECONDS:
                    synchronise(self.device)
                    seconds = time.perf_counter() - started
                    self.seconds += seconds
                    yield self._report(seconds, self.iteration - first, must_validate=stopping)
                    started, first = time.perf_counter(), self.iteration
                if stopping:
                    return

    def step(self, rate: float) -> None:
        """Make one iteration: a batch, its loss, the gradients, and a step of the optimizer.

        Args:
            rate: The learning rate.
        """
        config = self.config
        with torch_threads(self._gradients.lanes.threads_between):
            seed_everything(config.seed * SEED_STRIDE + self.iteration, self.device)
            images, labels = self.batches.batch(self.iteration)  # (64, 1, 28, 28), (64,)
            part = distributed.own_part(labels.shape[0])  # len(labels) takes three times as long
            images, labels = part.of(images), part.of(labels)
            images = self._distort(images, part).to(memory_format=torch.channels_last)
            loss, logits = self._gradients.compute(self.synchronised, images, labels, part)
            self._optimizer.step(rate)
            self.iteration += 1
            if self._average:
                self._average.update(self.model, self.iteration)
            accuracy = (logits.argmax(1) == labels).mean(dtype=torch.float32)
            self._recent.append(distributed.mean(torch.stack([loss, accuracy]), part))

    def _distort(self, images: Tensor, part: Part) -> Tensor:
        """Distort images (rows, 1, 28, 28) as the recipe says: those of a `part` of a batch."""
        if not self.config.augmentation:
            return images
        calm = self.iteration >= CALM_FROM * self.config.iterations
        sizes = self.config.augmentation.scaled(CALM) if calm else self.config.augmentation
        return augment(images, sizes, torch.default_generator, part)

    def set_learning_rate(self, rate: float | None) -> None:
        """Set the learning rate from the next iteration on.

        Args:
            rate: The rate; None goes back to the recipe's schedule.

        Raises:
            OCRError: It is not above 0 and at most 1.
        """
        check_learning_rate(rate)
        if rate != self._rate_set(self.iteration):
            earlier = [change for change in self.rate_changes if change[0] < self.iteration]
            self.rate_changes = [*earlier, (self.iteration, rate)]

    def learning_rate(self, iteration: int) -> float:
        """Give the learning rate of an iteration, counted from 0: the recipe's, or what it was set to."""
        rate = self._rate_set(iteration)
        return learning_rate(self.config, iteration) if rate is None else rate

    def _rate_set(self, iteration: int) -> float | None:
        """Give what the learning rate of an iteration was set to; None where it is the recipe's."""
        return next((rate for start, rate in reversed(self.rate_changes) if start <= iteration), None)

    def evaluation_model(self) -> nn.Module:
        """Give the model to read with: the averaged weights where the recipe keeps an average."""
        return self._average.model if self._average else self.model

    def checkpoint(self) -> Checkpoint:
        """Give a copy of the model to read with, on the CPU."""
        model = build_model(self.config.network, self.config.seed)
        model.load_state_dict(self.evaluation_model().state_dict())
        model.eval().requires_grad_(False)
        info: dict[str, Any] = {"recipe": self.config.to_dict(), "iteration": self.iteration}
        if not self._fine_tuning:
            return Checkpoint(model, info)
        return Checkpoint(model, info | {"learnt": self._fine_tuning.learnt}, dict(self._fine_tuning.initial.extra))

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Give all that going on exactly needs, as `ocr.files.save_tensors` takes it.

        Returns:
            Tensors by name, and plain values for JSON.
        """
        tensors = {
            f"{prefix}.{name}": value
            for prefix, model in self._models().items()
            for name, value in model.state_dict().items()
        }
        for name, values in self._optimizer.state.items():
            tensors |= {f"optimizer.{number}.{name}": value for number, value in enumerate(values)}
        if self._recent:
            tensors["recent"] = torch.stack(list(self._recent))
        return tensors, {
            "iteration": self.iteration,
            "seconds": self.seconds,
            "validation_seconds": self._validation_seconds,
            "rate_changes": self.rate_changes,
            "lanes": len(self._gradients.lanes.models),
            "data": self._data,
        }

    def restore(self, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
        """Go back to what `state` gave, of a trainer with the same recipe.

        Args:
            tensors: The tensors that it gave.
            values: The values that it gave.

        Raises:
            OCRError: The state is that of another network, or it came of other data.
        """
        if values.get("data", self._data) != self._data:
            (name, count, _), (other, others, _) = values["data"], self._data
            raise OCRError(
                f"This run was trained on {name} ({count:,} images), and here is {other} ({others:,}). "
                "Bring its data back, or start a new run."
            )
        try:
            for prefix, model in self._models().items():
                for name, value in model.state_dict().items():
                    _copy(tensors[f"{prefix}.{name}"], value)
            for name, kept in self._optimizer.state.items():
                for number, value in enumerate(kept):
                    _copy(tensors[f"optimizer.{number}.{name}"], value)
            self.iteration, self.seconds = int(values["iteration"]), float(values["seconds"])
            self.rate_changes = [(int(start), rate) for start, rate in values.get("rate_changes", [])]
            self._validation_seconds = float(values.get("validation_seconds", 0.0))
            self._recent.clear()
            self._recent.extend(tensors["recent"].to(self.device) if "recent" in tensors else ())
            self._reported = self.iteration
            if len(self._gradients.lanes.models) != (
                lanes := int(values.get("lanes", len(self._gradients.lanes.models)))
            ):
                self._gradients.lay_lanes(lanes)
            self.synchronised = self.model  # other processes need this state too
        except (RuntimeError, LookupError, TypeError, ValueError) as error:
            raise OCRError("This run's saved state does not fit its recipe. Start a new run instead.") from error

    def _models(self) -> dict[str, nn.Module]:
        """The model and, if there is one, its average, by the names that their tensors are saved under."""
        return {"model": self.model} | ({"average": self._average.model} if self._average else {})

    def _report(self, seconds: float, iterations: int, must_validate: bool) -> Progress:
        """Make the report on `iterations` that took `seconds`, unless training has diverged."""
        loss = accuracy = None
        if self._recent:
            loss, accuracy = torch.stack(list(self._recent)).mean(0).tolist()
        refuse_divergence(self.iteration, [figures[0] for figures in self._recent], self.state()[0].values())
        self._reported = self.iteration
        validation_accuracy = validation_loss = None
        early = self.iteration in (0, 1, 10, STATUS_EVERY)  # the curve is steepest here
        if must_validate or early or self._validation_seconds < VALIDATION_SHARE * self.seconds:
            started = time.perf_counter()
            validation_accuracy, validation_loss = self._validation.measure(self.evaluation_model())
            self._validation_seconds += 0 if early else time.perf_counter() - started
        return Progress(
            iteration=self.iteration,
            training_accuracy=accuracy,
            training_loss=loss,
            validation_accuracy=validation_accuracy,
            validation_loss=validation_loss,
            seconds=self.seconds,
            images_per_second=iterations * self.config.batch_size / seconds if seconds else 0.0,
            learning_rate=self.learning_rate(max(0, self.iteration - 1)),
            validation_images=None if validation_accuracy is None else len(self._validation),
        )


def train(config: TrainConfig, data: Data, device: str = "auto") -> tuple[Checkpoint, list[Progress]]:
    """Train a recipe from its start to its end in this process.

    Args:
        config: The recipe.
        data: What to train and validate on; its test images are not looked at.
        device: "auto", "cpu" or "cuda".

    Returns:
        The result, calibrated if the recipe says so, and every report.

    Raises:
        OCRError: The device cannot be used, or training diverged.
    """
    trainer = Trainer(config, data, device)
    reports = list(trainer.train(config.iterations))
    checkpoint = trainer.checkpoint()
    if config.calibrated:
        calibrate(checkpoint, data)
    return checkpoint, reports


def _copy(saved: Tensor, value: Tensor) -> None:
    """Overwrite a value in place, which may lie in memory in another order than what was saved."""
    if saved.shape != value.shape:
        raise ValueError(f"{tuple(saved.shape)} is not {tuple(value.shape)}")
    value.copy_(saved)
