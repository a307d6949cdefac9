"""What a recipe for training is, and the presets."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from torch import nn

from ocr.augment import Augmentation
from ocr.errors import OCRError
from ocr.model import MODELS, CNNConfig
from ocr.optimizer import Adam, Optimizer


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
    taught: float = 0.0  # share of the loss that follows the shipped teachers instead of the labels
    average: float = 0.0  # decay of the exponential moving average of the weights; 0 keeps none
    augmentation: Augmentation | None = None
    drawn: float = 0.0  # share of every batch that is drawn by `ocr.styles` instead of taken from the data
    own: float = 0.0  # share of every batch that is the user's own digits; such a run goes on from given weights
    calibrated: bool = False  # wherever it ends, how far its readings can be believed is fitted: some seconds
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "betas", tuple(self.betas))
        problems = {
            f"model must be one of {', '.join(MODELS)}": self.model not in MODELS,
            f"optimizer must be one of {', '.join(OPTIMIZERS)}": self.optimizer not in OPTIMIZERS,
            "iterations must be at least 0": self.iterations < 0,
            "the seed must be a whole number from 0 to 4,294,967,295": not 0
            <= self.seed
            < 2**32,  # torch takes no more
            "the batch size must be at least 1": self.batch_size < 1,
            "the learning rate must be above 0": not (math.isfinite(self.learning_rate) and self.learning_rate > 0),
            "dropout, average, label smoothing, taught, drawn and own share must be at least 0 and below 1": not all(
                0 <= value < 1
                for value in (self.dropout, self.average, self.label_smoothing, self.taught, self.drawn, self.own)
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


OPTIMIZERS: dict[str, Callable[[nn.Module, TrainConfig], Optimizer]] = {
    "adam": lambda model, config: Adam(model.parameters(), config.betas, config.weight_decay),
    "sgd": lambda model, config: Optimizer(model.parameters()),
}

PRESETS: dict[str, TrainConfig] = {
    # TensorFlow Tutorial #02, to the letter.
    "tutorial": TrainConfig(),
    # Three quarters of an epoch. Adam's betas and the one cycle are those of the published one-epoch record for MNIST;
    # smoothed labels spare the last third of its iterations, and make readings so unsure that they need calibration.
    "fast": TrainConfig(
        iterations=320,
        batch_size=128,
        learning_rate=1e-2,
        betas=(0.7, 0.9),
        one_cycle=True,
        label_smoothing=0.1,
        calibrated=True,
    ),
    # The recipe of the shipped weights.
    "best": TrainConfig(
        iterations=25_800,  # 56 epochs, and as many drawn images as 4 more
        batch_size=128,
        learning_rate=4e-3,
        weight_decay=0.01,
        one_cycle=True,
        taught=0.9,
        average=0.998,
        augmentation=Augmentation().scaled(0.75),
        drawn=0.06,
        calibrated=True,
    ),
    # TensorFlow Tutorial #01: the linear baseline.
    "linear": TrainConfig(model="linear", iterations=1_000, batch_size=100, optimizer="sgd", learning_rate=0.5),
}


# What the tutorial's notebook prints: test accuracy by iteration, to hold ours against.
TUTORIAL_TEST_ACCURACY = {0: 0.098, 1: 0.100, 100: 0.740, 1_000: 0.927, 10_000: 0.985}


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
