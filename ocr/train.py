"""Training: what a recipe is, the presets, and the loop as a generator of progress.

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
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ocr import distributed
from ocr.augment import Augmentation, augment
from ocr.calibrate import calibrate
from ocr.checkpoint import Checkpoint
from ocr.data import Data, Split, normalise
from ocr.device import choose_device, has_bfloat16, synchronise
from ocr.errors import OCRError
from ocr.evaluate import compute_logits
from ocr.model import CNN, MODELS, CNNConfig, build_model
from ocr.styles import draw_digits

STATUS_EVERY = 100  # iterations between the tutorial's status lines
REPORT_SECONDS = 1.0  # a report comes at least so often, so that the curves move on a slow machine too
DIVERGED = 10 * math.log(10)  # nats; ten times what guessing costs. Of the rates tried, none came back from there
DIVERGED_BATCHES = 10  # so many batches' mean is held against it
VALIDATION_SHARE = 0.15  # of the training time, at most; later reports come without validation figures
CALM_FROM, CALM = 0.8, 0.5  # the last fifth of a recipe's iterations ends closer to real digits: half the distortions
DRAWN_IMAGES = 60_000  # what drawn shares are taken from: as many as MNIST has, drawn in seconds
FINE_TUNE_DRAWN_IMAGES = 20_000  # a fine-tuning run sees no more, and waiting for all would take as long as it trains
MILESTONES = tuple(step * 10**power for power in range(7) for step in (1, 2, 5))  # reports and snapshots of weights


@dataclass(frozen=True)
class TrainConfig:
    """A recipe: with the data and the number of threads it decides every weight.

    `iterations` is how long it is meant to go; the one-cycle schedule is laid over them, and training beyond them
    goes on at its last learning rate.
    """

    model: str = "cnn"
    network: CNNConfig = field(default_factory=CNNConfig)
    iterations: int = 10_000
    batch_size: int = 64
    optimizer: str = "adam"
    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    one_cycle: bool = False
    dropout: float = 0.0
    label_smoothing: float = 0.0
    average: float = 0.0  # decay of the exponential moving average of the weights; 0 keeps none
    augmentation: Augmentation | None = None
    drawn: float = 0.0  # share of every batch that is drawn by `ocr.styles` instead of taken from the data
    own: float = 0.0  # share of every batch that is the user's own digits; such a run goes on from given weights
    calibrated: bool = False  # at its end, how far the readings can be believed is fitted, which takes a minute or two
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "betas", tuple(self.betas))
        problems = {
            f"model must be one of {', '.join(MODELS)}": self.model not in MODELS,
            f"optimizer must be one of {', '.join(OPTIMIZERS)}": self.optimizer not in OPTIMIZERS,
            "iterations must be at least 0": self.iterations < 0,
            "the batch size must be at least 1": self.batch_size < 1,
            "the learning rate must be above 0": not (math.isfinite(self.learning_rate) and self.learning_rate > 0),
            "dropout, average, label smoothing, drawn and own share must be at least 0 and below 1": not all(
                0 <= value < 1 for value in (self.dropout, self.average, self.label_smoothing, self.drawn, self.own)
            ),
            "the drawn and own shares leave nothing of a batch to the data": self.drawn + self.own >= 1,
            "betas must be two numbers of at least 0 and below 1": not (
                len(self.betas) == 2 and all(0 <= beta < 1 for beta in self.betas)
            ),
            "the weight decay must be at least 0": not (math.isfinite(self.weight_decay) and self.weight_decay >= 0),
        }
        for problem, found in problems.items():
            if found:
                raise OCRError(f"This recipe does not work: {problem}.")

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """The recipe that `to_dict` described.

        Errors:
            OCRError: a value is missing, unknown or impossible.
        """
        try:
            augmentation = Augmentation(**values["augmentation"]) if values["augmentation"] else None
            return cls(**values | {"network": CNNConfig(**values["network"]), "augmentation": augmentation})
        except (KeyError, TypeError, ValueError) as error:
            raise OCRError(f"This is not a recipe of ours ({error}). Start a new run instead.") from error


OPTIMIZERS: dict[str, Callable[[nn.Module, TrainConfig], torch.optim.Optimizer]] = {
    "adam": lambda model, config: torch.optim.AdamW(  # with weight_decay 0, AdamW is Adam
        model.parameters(), config.learning_rate, config.betas, weight_decay=config.weight_decay, fused=True
    ),
    "sgd": lambda model, config: torch.optim.SGD(model.parameters(), config.learning_rate, fused=True),
}

PRESETS: dict[str, TrainConfig] = {
    # TensorFlow Tutorial #02, to the letter.
    "tutorial": TrainConfig(),
    # One epoch, as the published one-epoch records for MNIST (Adam with betas 0.7 and 0.9, one cycle).
    "fast": TrainConfig(iterations=440, batch_size=128, learning_rate=1e-2, betas=(0.7, 0.9), one_cycle=True),
    # The recipe of the shipped weights.
    "best": TrainConfig(
        iterations=25_800,  # 53 epochs, and as many drawn images as 7 more
        batch_size=128,
        learning_rate=4e-3,
        weight_decay=0.01,
        one_cycle=True,
        dropout=0.25,
        average=0.998,
        augmentation=Augmentation().scaled(0.75),
        drawn=0.12,
        calibrated=True,
    ),
    # TensorFlow Tutorial #01: the linear baseline.
    "linear": TrainConfig(model="linear", iterations=1_000, batch_size=100, optimizer="sgd", learning_rate=0.5),
}


# What the tutorial's notebook prints: test accuracy by iteration, to hold ours against.
TUTORIAL_TEST_ACCURACY = {0: 0.098, 1: 0.100, 100: 0.740, 1_000: 0.927, 10_000: 0.985}


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

    @property
    def status_line(self) -> str | None:
        """The tutorial's own line, in every hundredth report from iteration 1 on."""
        if self.training_accuracy is None or self.iteration % STATUS_EVERY != 1:
            return None
        return f"Optimization Iteration: {self.iteration:>6}, Training Accuracy: {self.training_accuracy:>6.1%}"


class Trainer:
    """A model in training. `state` and `restore` carry everything that going on exactly needs.

    While it trains it seeds torch's global random state, anew in every iteration.

    Fine-tuning, a recipe with a share of `own` digits, starts from the weights `initial` of the same network. Their
    first convolutional layer stays as it is, because familiarity looks at digits through it and so stays valid.
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
        self._extra = dict(initial.extra) if initial else {}
        if initial:
            for model in filter(None, (self.model, self.average)):
                model.load_state_dict(initial.model.state_dict())
        if config.own:
            if not own:
                raise OCRError("There are no digits of your own to train on. Keep some on the Draw page first.")
            self._own_images = normalise(own.images).to(self.device)
            self._own_labels = torch.from_numpy(own.labels).to(self.device)
            if isinstance(self.model, CNN):
                self.model.convs[0].requires_grad_(False)
        self.optimizer = OPTIMIZERS[config.optimizer](self.model, config)
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
        return Checkpoint(model, {"recipe": self.config.to_dict(), "iteration": self.iteration}, dict(self._extra))

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and plain values for `checkpoint.save_tensors`."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self.average:
            tensors |= {f"average.{name}": value for name, value in self.average.state_dict().items()}
        for number, values in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": value for name, value in values.items() if value is not None}
        if self._recent:
            tensors["recent"] = torch.stack(list(self._recent))
        return tensors, {
            "iteration": self.iteration,
            "seconds": self.seconds,
            "validation_seconds": self._validation_seconds,
            "rate_changes": self.rate_changes,
        }

    def restore(self, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
        """Goes back to what `state` gave, of a trainer with the same recipe.

        Errors:
            OCRError: the state is that of another network.
        """
        try:
            self.model.load_state_dict(_with_prefix(tensors, "model."))
            if self.average:
                self.average.load_state_dict(_with_prefix(tensors, "average."))
            optimizer = self.optimizer.state_dict()
            optimizer["state"] = {}
            parameters = list(self.model.parameters())
            for name, value in _with_prefix(tensors, "optimizer.").items():
                number, key = name.split(".")
                if value.dim():  # files hold values row by row; the fused optimizer wants them in its weights' layout
                    value = torch.empty_like(parameters[int(number)]).copy_(value)
                optimizer["state"].setdefault(int(number), {})[key] = value
            self.optimizer.load_state_dict(optimizer)
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
        torch.manual_seed(config.seed * 1_000_003 + self.iteration)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        images, labels = self._batch()
        rows = distributed.rows_of(len(labels))
        part, share = (rows.start, len(labels)), (rows.stop - rows.start) / len(labels)
        images, labels = images[rows], labels[rows]
        if config.augmentation:
            calm = self.iteration >= CALM_FROM * config.iterations
            sizes = config.augmentation.scaled(CALM) if calm else config.augmentation
            images = augment(images, sizes, torch.default_generator, part)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=has_bfloat16(self.device)):
            logits = self._synchronised(images.to(memory_format=torch.channels_last), config.dropout, part)
        loss = F.cross_entropy(logits, labels, label_smoothing=config.label_smoothing)
        self.optimizer.zero_grad()
        distributed.weighted(loss, share).backward()
        self.optimizer.step()
        self.iteration += 1
        if self.average:
            self._update_average()
        accuracy = (logits.detach().argmax(1) == labels).float().mean()
        self._recent.append(distributed.mean(torch.stack([loss.detach(), accuracy]), share))

    def _batch(self) -> tuple[Tensor, Tensor]:
        """This iteration's images (batch, 1, 28, 28) and labels (batch,): the data's, drawn, own."""
        drawn, own = (round(self.config.batch_size * share) for share in (self.config.drawn, self.config.own))
        chosen = self._positions(self.config.batch_size - drawn - own)
        if not drawn and not own:
            return self._images[chosen], self._labels[chosen]
        images, labels = [self._images[chosen]], [self._labels[chosen]]
        if drawn:
            others = torch.randint(len(self._drawn_labels), (drawn,)).to(self.device)
            images.append(self._drawn_images[others])
            labels.append(self._drawn_labels[others])
        if own:
            others = torch.randint(len(self._own_labels), (own,)).to(self.device)
            images.append(self._own_images[others])
            labels.append(self._own_labels[others])
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
        return torch.cat(positions)

    def _update_average(self) -> None:
        # Early on the average follows closely, so that the random start is soon forgotten.
        decay = min(self.config.average, self.iteration / (self.iteration + 10))
        assert self.average
        with torch.no_grad():
            for average, value in zip(self.average.parameters(), self.model.parameters(), strict=True):
                average.lerp_(value, 1 - decay)

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


def learning_rate(config: TrainConfig, iteration: int) -> float:
    """Of an iteration, counted from 0: constant, or one cycle of cosine halves (Smith and Topin 2017).

    The cycle climbs from 1/25 to the full rate in the first 30 % and falls to 1/10,000 of its start by the end,
    as torch.optim.lr_scheduler.OneCycleLR does; as a function of the iteration it needs no state to be saved.
    """
    if not config.one_cycle:
        return config.learning_rate
    low, peak, end = config.learning_rate / 25, config.learning_rate, config.learning_rate / 25 / 1e4
    top, last = 0.3 * config.iterations - 1, config.iterations - 1
    if iteration >= last:
        return end
    if iteration <= top:
        return low + (peak - low) * (1 - math.cos(math.pi * iteration / top)) / 2
    return end + (peak - end) * (1 + math.cos(math.pi * (iteration - top) / (last - top))) / 2


def check_learning_rate(rate: float | None) -> None:
    """Whether a run's learning rate may be set to this; None stands for its recipe's.

    Errors:
        OCRError: it is not above 0 and at most 1.
    """
    if rate is not None and not 0 < rate <= 1:
        raise OCRError("A learning rate is a number above 0 and at most 1.")


def preset(name: str, **changes: Any) -> TrainConfig:
    """A preset's recipe with changes, such as `seed=3`.

    Errors:
        OCRError: there is no such preset.
    """
    if name not in PRESETS:
        raise OCRError(f"There is no preset {name!r}. Choose one of {', '.join(PRESETS)}.")
    return replace(PRESETS[name], **changes)


def _with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
