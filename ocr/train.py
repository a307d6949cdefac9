"""Training: the loop as a generator of progress.

Everything random in an iteration (its batch, distortions, dropout) is derived from the seed and the
iteration's number alone. That is what lets a run stop anywhere and go on as if it had not: 1, 99 and
900 iterations are the same as 1,000.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ocr import distributed, gradients
from ocr.augment import augment
from ocr.calibrate import calibrate
from ocr.checkpoint import TEACHERS, Checkpoint, load_checkpoint
from ocr.data import Data, Split, normalise
from ocr.device import choose_device, has_bfloat16, seed_everything, synchronise
from ocr.errors import OCRError
from ocr.evaluate import compute_logits
from ocr.model import build_model
from ocr.recipe import OPTIMIZERS, TrainConfig, check_learning_rate, learning_rate
from ocr.styles import draw_digits

STATUS_EVERY = 100  # iterations between the tutorial's status lines
REPORT_SECONDS = 1.0  # a report comes at least so often, so that the curves move on a slow machine too
DIVERGED = 10 * math.log(10)  # nats; ten times what guessing costs. Of the rates tried, none came back from there
DIVERGED_BATCHES = 10  # so many batches' mean is held against it
VALIDATION_SHARE = 0.15  # of the training time, at most; later reports come without validation figures
CALM_FROM, CALM = 0.8, 0.5  # the last fifth of a recipe's iterations ends closer to real digits: half the distortions
DRAWN_IMAGES = 60_000  # what drawn shares are taken from: as many as MNIST has, drawn in seconds
FINE_TUNE_DRAWN_IMAGES = 20_000  # a fine-tuning run sees no more, and waiting for all would take as long as it trains
SOFTNESS = 2.0  # what logits are divided by where one network learns from another
MILESTONES = tuple(step * 10**power for power in range(7) for step in (1, 2, 5))  # reports and snapshots of weights


@dataclass(frozen=True)
class Progress:
    """One report. Accuracies are 0..1 and losses mean cross-entropies in nats.

    Training figures are means over the last (at most 100) batches, each taken before its update;
    validation figures are over the whole validation split, and None in reports that came without. At iteration 0
    there are no training figures.
    `seconds` and `images_per_second` count training only, neither validation nor saving.
    """

    iteration: int
    training_accuracy: float | None
    training_loss: float | None
    validation_accuracy: float | None
    validation_loss: float | None
    seconds: float
    images_per_second: float
    learning_rate: float
    validation_images: int | None = None  # that the validation figures are of

    @property
    def status_line(self) -> str | None:
        """The tutorial's own line, in every hundredth report from iteration 1 on."""
        if self.training_accuracy is None or self.iteration % STATUS_EVERY != 1:
            return None
        return f"Optimization Iteration: {self.iteration:>6}, Training Accuracy: {self.training_accuracy:>6.1%}"


class Trainer:
    """A model in training. `state` and `restore` carry everything that going on exactly needs.

    While it trains it seeds torch's global random state, anew in every iteration.

    Fine-tuning, a recipe with a share of `own` digits, starts from the weights `initial` of the same network.
    """

    def __init__(
        self,
        config: TrainConfig,
        data: Data,
        device: str = "auto",
        initial: Checkpoint | None = None,
        own: Split | None = None,
    ) -> None:
        self.config = config
        self.device = choose_device(device)
        self.iteration = 0
        self.seconds = 0.0
        self.rate_changes: list[tuple[int, float | None]] = []  # from which iteration on, see `set_learning_rate`
        self.model = build_model(config.model, config.network, config.seed).to(self.device)
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types lack it
        self.average: nn.Module | None = None
        if config.average:
            self.average = build_model(config.model, config.network, config.seed).to(self.device)
            self.average.eval()
        self._teachers = [load_checkpoint(path).model.to(self.device) for path in TEACHERS if config.taught]
        for teacher in self._teachers:
            teacher.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types lack it
        self._extra = dict(initial.extra) if initial else {}
        self._info = {"learnt": initial.info["learning"]} if initial and "learning" in initial.info else {}
        self._data = [data.name, len(data.train), len(data.validation)]
        if initial:
            for model in filter(None, (self.model, self.average)):
                model.load_state_dict(initial.model.state_dict())
        if config.own:
            if not own:
                raise OCRError("There are no digits of your own to train on. Keep some on the Draw page first.")
            self._own_images = normalise(own.images).to(self.device)
            self._own_labels = torch.from_numpy(own.labels).to(self.device)
        self.optimizer = OPTIMIZERS[config.optimizer](self.model, config)
        dtype = torch.bfloat16 if has_bfloat16(self.device) else torch.float32
        self._gradients = None if config.taught or config.dropout else gradients.written_for(self.model, dtype)
        self._synchronised: nn.Module = self.model  # where other processes train with this one, across them
        self._images = normalise(data.train.images).to(self.device)
        self._labels = torch.from_numpy(data.train.labels).to(self.device)
        self._validation = normalise(data.validation.images).to(self.device)
        self._validation_labels = torch.from_numpy(data.validation.labels)
        self._validation_seconds = 0.0
        self._reported = -1
        if config.drawn:
            drawn = draw_digits(FINE_TUNE_DRAWN_IMAGES if config.own else DRAWN_IMAGES, config.seed)
            self._drawn_images = normalise(drawn.images).to(self.device)
            self._drawn_labels = torch.from_numpy(drawn.labels).to(self.device)
        self._order: tuple[int, Tensor] = (-1, torch.empty(0))
        self._recent: deque[Tensor] = deque(maxlen=STATUS_EVERY)

    def train(self, iterations: int, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Progress]:
        """Goes on for `iterations` more, reporting at 0, the milestones, with each status line, and at the end.

        So that nobody waits, a report also comes when `REPORT_SECONDS` have passed since the last. `should_stop` is
        asked after each iteration.

        Errors:
            OCRError: training diverged; the weights of the last report were still good.
        """
        last = self.iteration + iterations
        if self.iteration == 0 and self._reported != 0:
            yield self._report(0.0, 0, must_validate=True)
        with self._leading():
            started, first = time.perf_counter(), self.iteration
            while self.iteration < last:
                rate = self.learning_rate(self.iteration)
                distributed.announce(rate)
                self._step(rate)
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

    @contextmanager
    def _leading(self) -> Iterator[None]:
        """Within, the other processes that torchrun started, if any, `follow` each step of this one."""
        processes = distributed.processes()
        if processes == 1:
            yield
            return
        if self.config.own:
            raise OCRError("Fine-tuning takes seconds, and one process. Start it without torchrun.")
        if self.config.batch_size < processes:
            raise OCRError(f"{processes} processes cannot share a batch of {self.config.batch_size}. Start fewer.")
        with distributed.explained():
            if self._synchronised is self.model:
                distributed.send((self.config, self._labels.cpu(), *self.state()))
                self._synchronised = distributed.synchronised(self.model)
            else:  # after a pause; the others still have all
                distributed.send("go on")
            try:
                yield
            finally:
                distributed.announce(None)

    def set_learning_rate(self, rate: float | None) -> None:
        """From the next iteration on; None goes back to the recipe's schedule.

        Errors:
            OCRError: the rate is not above 0 and at most 1.
        """
        check_learning_rate(rate)
        if rate != self._rate_set(self.iteration):
            earlier = [change for change in self.rate_changes if change[0] < self.iteration]
            self.rate_changes = [*earlier, (self.iteration, rate)]

    def learning_rate(self, iteration: int) -> float:
        """Of an iteration, counted from 0: the recipe's, or what it was set to."""
        rate = self._rate_set(iteration)
        return learning_rate(self.config, iteration) if rate is None else rate

    def _rate_set(self, iteration: int) -> float | None:
        return next((rate for start, rate in reversed(self.rate_changes) if start <= iteration), None)

    def evaluation_model(self) -> nn.Module:
        """The model to read with: the averaged weights where the recipe keeps an average."""
        return self.average or self.model

    def checkpoint(self) -> Checkpoint:
        """A copy of the model to read with, on the CPU."""
        model = build_model(self.config.model, self.config.network, self.config.seed)
        model.load_state_dict(self.evaluation_model().state_dict())
        model.eval().requires_grad_(False)
        info = {"recipe": self.config.to_dict(), "iteration": self.iteration} | self._info
        return Checkpoint(model, info, dict(self._extra))

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and plain values for `checkpoint.save_tensors`."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self.average:
            tensors |= {f"average.{name}": value for name, value in self.average.state_dict().items()}
        for name, values in self.optimizer.state.items():
            tensors |= {f"optimizer.{number}.{name}": value for number, value in enumerate(values)}
        if self._recent:
            tensors["recent"] = torch.stack(list(self._recent))
        return tensors, {
            "iteration": self.iteration,
            "seconds": self.seconds,
            "validation_seconds": self._validation_seconds,
            "rate_changes": self.rate_changes,
            "data": self._data,
        }

    def restore(self, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
        """Goes back to what `state` gave, of a trainer with the same recipe.

        Errors:
            OCRError: the state is that of another network, or it came of other data.
        """
        if values.get("data", self._data) != self._data:
            (name, count, _), (other, others, _) = values["data"], self._data
            raise OCRError(
                f"This run was trained on {name} ({count:,} images), and here is {other} ({others:,}). "
                "Bring its data back, or start a new run."
            )
        try:
            self.model.load_state_dict(_with_prefix(tensors, "model."))
            if self.average:
                self.average.load_state_dict(_with_prefix(tensors, "average."))
            for name, kept in self.optimizer.state.items():
                for number, value in enumerate(kept):
                    value.copy_(tensors[f"optimizer.{number}.{name}"])  # which may lie in memory in another order
            self.iteration, self.seconds = int(values["iteration"]), float(values["seconds"])
            self.rate_changes = [(int(start), rate) for start, rate in values.get("rate_changes", [])]
            self._validation_seconds = float(values.get("validation_seconds", 0.0))
            self._recent.clear()
            self._recent.extend(tensors["recent"].to(self.device) if "recent" in tensors else ())
            self._reported = self.iteration
            self._synchronised = self.model  # other processes need this state too
        except (RuntimeError, LookupError, TypeError, ValueError) as error:
            raise OCRError("This run's saved state does not fit its recipe. Start a new run instead.") from error

    def _step(self, rate: float) -> None:
        config = self.config
        seed_everything(config.seed * 1_000_003 + self.iteration, self.device)
        images, labels = self._batch()
        count = labels.shape[0]  # len(labels) takes three times as long
        rows = distributed.rows_of(count)
        part, share = (rows.start, count), (rows.stop - rows.start) / count
        if share < 1:
            images, labels = images[rows], labels[rows]
        if config.augmentation:
            calm = self.iteration >= CALM_FROM * config.iterations
            sizes = config.augmentation.scaled(CALM) if calm else config.augmentation
            images = augment(images, sizes, torch.default_generator, part)
        images = images.to(memory_format=torch.channels_last)
        if self._gradients and self._synchronised is self.model:
            loss, logits = self._gradients.compute(images, labels, config.label_smoothing)
        else:
            loss, logits = self._differentiate(images, labels, part, share)
        self.optimizer.step(rate)
        self.iteration += 1
        if self.average:
            self._update_average()
        accuracy = (logits.argmax(1) == labels).mean(dtype=torch.float32)
        self._recent.append(distributed.mean(torch.stack([loss, accuracy]), share))

    def _differentiate(
        self, images: Tensor, labels: Tensor, part: tuple[int, int], share: float
    ) -> tuple[Tensor, Tensor]:
        """Leaves each parameter its gradient; gives the loss on the labels as they are, and the logits."""
        config = self.config
        with torch.autocast(self.device.type, torch.bfloat16, enabled=has_bfloat16(self.device)):
            logits = self._synchronised(images, config.dropout, part)
            taught = self._taught(images)
        loss = target = F.cross_entropy(logits, labels)  # reported as it is, beside the validation loss
        if config.label_smoothing:
            target = F.cross_entropy(logits, labels, label_smoothing=config.label_smoothing)
        if taught is not None:
            target = torch.lerp(target, _distance(logits, taught), config.taught)
        distributed.weighted(target, share).backward()
        return loss.detach(), logits.detach()

    def _taught(self, images: Tensor) -> Tensor | None:
        """The mean of the teachers' softened probabilities (N, classes), None without any."""
        if not self._teachers:
            return None
        with torch.no_grad():
            return torch.stack([(teacher(images) / SOFTNESS).softmax(1) for teacher in self._teachers]).mean(0)

    def _batch(self) -> tuple[Tensor, Tensor]:
        """This iteration's images (batch, 1, 28, 28) and labels (batch,): the data's, drawn, own."""
        drawn, own = (round(self.config.batch_size * share) for share in (self.config.drawn, self.config.own))
        chosen = self._positions(self.config.batch_size - drawn - own)
        # index_select takes a third of the time that brackets take.
        parts = [(self._images.index_select(0, chosen), self._labels.index_select(0, chosen))]
        if drawn:
            others = torch.randint(len(self._drawn_labels), (drawn,)).to(self.device)
            parts.append((self._drawn_images[others], self._drawn_labels[others]))
        if own:
            others = torch.randint(len(self._own_labels), (own,)).to(self.device)
            parts.append((self._own_images[others], self._own_labels[others]))
        if len(parts) == 1:
            return parts[0]
        images, labels = zip(*parts, strict=True)
        return torch.cat(images), torch.cat(labels)

    def _positions(self, needed: int) -> Tensor:
        """Positions (needed,) of this iteration's images: all are shown once, in a new order each epoch.

        An epoch's last batch is filled up from the next epoch, as the tutorial's next_batch does.
        """
        count = len(self._labels)
        start = self.iteration * needed
        positions = []
        while needed:
            epoch, offset = divmod(start, count)
            if self._order[0] != epoch:
                generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + epoch)
                self._order = (epoch, torch.randperm(count, generator=generator).to(self.device))
            positions.append(self._order[1][offset : offset + needed])
            needed -= len(positions[-1])
            start += len(positions[-1])
        return torch.cat(positions) if len(positions) > 1 else positions[0]

    def _update_average(self) -> None:
        # Early on the average follows closely, so that the random start is soon forgotten.
        decay = min(self.config.average, self.iteration / (self.iteration + 10))
        assert self.average
        with torch.no_grad():
            values = self.model.state_dict()  # a normalisation's statistics are not among the parameters
            for name, average in self.average.state_dict().items():
                average.lerp_(values[name], 1 - decay)

    def _report(self, seconds: float, iterations: int, must_validate: bool) -> Progress:
        loss = accuracy = None
        if self._recent:
            loss, accuracy = torch.stack(list(self._recent)).mean(0).tolist()
        self._check_divergence()
        self._reported = self.iteration
        validation_accuracy = validation_loss = None
        early = self.iteration in (0, 1, 10, STATUS_EVERY)  # the curve is steepest here
        if must_validate or early or self._validation_seconds < VALIDATION_SHARE * self.seconds:
            started = time.perf_counter()
            validation_accuracy, validation_loss = self._validate()
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

    def _check_divergence(self) -> None:
        """Comes before anything of this report can be saved.

        Errors:
            OCRError: the loss or something of the state is no longer a number, or the loss left all bounds.
        """
        advice = "The weights of the last report are kept; go on with a lower learning rate."
        if not all(bool(torch.isfinite(value).all()) for value in self.state()[0].values()):
            raise OCRError(
                f"Training diverged: at iteration {self.iteration} the loss or a weight is no longer a number. {advice}"
            )
        losses = torch.stack([figures[0] for figures in self._recent]) if self._recent else torch.zeros(1)
        worst = float(losses.unfold(0, min(len(losses), DIVERGED_BATCHES), 1).mean(1).max())
        if worst > DIVERGED:
            raise OCRError(
                f"Training diverged: before iteration {self.iteration} the loss rose to {worst:,.0f}, "
                f"where guessing costs {math.log(10):.1f}. {advice}"
            )

    def _validate(self) -> tuple[float, float]:
        logits = compute_logits(self.evaluation_model(), self._validation)
        accuracy = (logits.argmax(1) == self._validation_labels).float().mean()
        return float(accuracy), float(F.cross_entropy(logits, self._validation_labels))


def train(config: TrainConfig, data: Data, device: str = "auto") -> tuple[Checkpoint, list[Progress]]:
    """Trains a recipe from its start to its end in this process; gives the result and every report."""
    trainer = Trainer(config, data, device)
    reports = list(trainer.train(config.iterations))
    checkpoint = trainer.checkpoint()
    if config.calibrated:
        calibrate(checkpoint, data)
    return checkpoint, reports


def follow(data: Data, device: str = "auto") -> None:
    """What every process but the first does: its part of each iteration that the first trains, until that ends.

    Errors:
        OCRError: it has other data than the first, or another process ended.
    """
    while work := distributed.receive():
        with distributed.explained():
            if work != "go on":
                config, labels, tensors, values = work
                trainer = Trainer(config, data, device)
                if not torch.equal(labels, trainer._labels.cpu()):
                    raise OCRError(f"This process has other data than the first: {data.source}.")
                trainer.restore(tensors, values)
                trainer._synchronised = distributed.synchronised(trainer.model)
            while (rate := distributed.listen()) is not None:
                trainer._step(rate)


def _distance(logits: Tensor, taught: Tensor) -> Tensor:
    """The cross-entropy of softened readings, on the scale of hard ones' gradients (Hinton et al. 2015)."""
    return F.cross_entropy(logits / SOFTNESS, taught) * SOFTNESS**2


def _with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
