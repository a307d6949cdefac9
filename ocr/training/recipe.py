"""What a recipe for training is, its limits, its learning rate, and the presets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ocr.errors import OCRError
from ocr.network.cnn import CNNConfig
from ocr.network.linear import LinearConfig
from ocr.network.models import NetworkConfig, config_from_dict, kind_of

OPTIMIZERS = ("adam", "adamw", "sgd")  # adamw is Adam with decoupled weight decay, sgd plain gradient descent

# The smallest and largest value of each whole number: more takes minutes an iteration, or torch refuses it.
LIMITS = {
    "iterations": (0, 100_000_000),  # what the command line was ever asked for still opens
    "batch size": (1, 2_048),
    "seed": (0, 2**32 - 1),
    "fully connected size": (1, 2_048),
    "number of convolutional layers": (1, 4),
    "number of filters": (1, 256),
    "filter size": (1, 15),
}

# Until 2026-11 these settings had other names in a run's config.json.
FORMER_NAMES = {
    "taught": "distillation_weight",
    "average": "ema_decay",
    "drawn": "synthetic_share",
    "own": "user_digits_share",
}


def check_number(name: str, number: int) -> None:
    """Check a whole number of a recipe against `LIMITS`.

    Args:
        name: A key of `LIMITS`.
        number: The number.

    Raises:
        OCRError: It is no whole number, too small or too large.
    """
    low, high = LIMITS[name]
    if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
        given = f"{number:,}" if isinstance(number, (int, float)) else repr(number)
        raise OCRError(
            f"This recipe does not work: the {name} must be a whole number from {low:,} to {high:,}, not {given}."
        )


def check_learning_rate(rate: float | None) -> None:
    """Check a learning rate of a recipe or of a run.

    Args:
        rate: The rate; None stands for the recipe's own.

    Raises:
        OCRError: It is not above 0 and at most 1.
    """
    if rate is not None and not 0 < rate <= 1:
        raise OCRError("A learning rate is a number above 0 and at most 1.")


@dataclass(frozen=True)
class Augmentation:
    """Largest size of each distortion; every image gets its own, drawn evenly from -size to +size."""

    rotation: float = 14.0  # degrees
    scale: float = 0.15  # share of the size, each axis also differing by half as much
    shear: float = 0.2  # shift per unit of height
    shift: float = 2.0  # pixels
    elastic: float = 1.2  # pixels that points of a coarse grid move
    thickness: float = 0.6  # share of the way to a stroke one pixel wider or thinner on each side

    def scaled(self, factor: float) -> Augmentation:
        """Give the same distortions, each `factor` times as large."""
        return Augmentation(**{field.name: factor * getattr(self, field.name) for field in fields(self)})


@dataclass(frozen=True)
class TrainConfig:
    """A recipe: with the data and the number of lanes that a batch is divided into, it decides every weight.

    `iterations` is how long it is meant to go; the one-cycle schedule is laid over them, and training beyond them
    goes on at its last learning rate.

    Raises:
        OCRError: A setting is impossible; the sentence says which.
    """

    network: NetworkConfig = CNNConfig()  # noqa: RUF009  # it is frozen
    iterations: int = 10_000
    batch_size: int = 64
    optimizer: str = "adam"
    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    one_cycle: bool = False
    dropout: float = 0.0
    label_smoothing: float = 0.0
    distillation_weight: float = 0.0  # share of the loss that follows the shipped teachers instead of the labels
    synthetic_distillation_weight: float = 0.0  # the same of synthetic digits, with the teachers that know more hands
    ema_decay: float = 0.0  # of the exponential moving average of the weights; 0 keeps none
    augmentation: Augmentation | None = None
    synthetic_share: float = 0.0  # of every batch: digits that `ocr.data.synthetic` draws, instead of the data's
    user_digits_share: float = 0.0  # of every batch: the user's own digits; such a run goes on from given weights
    calibrated: bool = False  # wherever it ends, how far its confidence can be believed is fitted: some seconds
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "betas", tuple(self.betas))
        check_number("iterations", self.iterations)
        check_number("batch size", self.batch_size)
        check_number("seed", self.seed)
        check_learning_rate(self.learning_rate)
        if isinstance(self.network, CNNConfig):
            check_number("number of convolutional layers", len(self.network.filters))
            check_number("fully connected size", self.network.fc_size)
            for count, size in zip(self.network.filters, self.network.filter_sizes, strict=True):
                check_number("number of filters", count)
                check_number("filter size", size)
        shares = {
            "dropout": self.dropout,
            "label smoothing": self.label_smoothing,
            "distillation weight": self.distillation_weight,
            "synthetic digits' distillation weight": self.synthetic_distillation_weight,
            "EMA decay": self.ema_decay,
            "synthetic share": self.synthetic_share,
            "user digits' share": self.user_digits_share,
        }
        problems = {
            f"the optimizer must be one of {', '.join(OPTIMIZERS)}": self.optimizer not in OPTIMIZERS,
            **{f"the {name} must be at least 0 and below 1": not 0 <= share < 1 for name, share in shares.items()},
            "the synthetic and the user digits' share leave nothing of a batch to the data": (
                self.synthetic_share + self.user_digits_share >= 1
            ),
            "betas must be two numbers of at least 0 and below 1": not (
                len(self.betas) == 2 and all(0 <= beta < 1 for beta in self.betas)
            ),
            "the weight decay must be at least 0": not (math.isfinite(self.weight_decay) and self.weight_decay >= 0),
            "weight decay needs the optimizer adamw": self.weight_decay > 0 and self.optimizer != "adamw",
        }
        for problem, found in problems.items():
            if found:
                raise OCRError(f"This recipe does not work: {problem}.")

    @property
    def model(self) -> str:
        """The kind of network: a key of `ocr.network.models.MODELS`."""
        return kind_of(self.network)

    def to_dict(self) -> dict[str, Any]:
        """Give the recipe as plain values for JSON."""
        return {"model": self.model, **asdict(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainConfig:
        """Give the recipe that `to_dict` described, now or in an earlier version.

        Args:
            values: What `to_dict` gave.

        Returns:
            The recipe.

        Raises:
            OCRError: A value is missing, unknown or impossible.
        """
        try:
            settings = {FORMER_NAMES.get(name, name): value for name, value in values.items()}
            network = config_from_dict(settings.pop("model"), settings.pop("network"))
            augmentation = Augmentation(**settings["augmentation"]) if settings["augmentation"] else None
            if settings["optimizer"] == "adam" and settings["weight_decay"]:
                settings["optimizer"] = "adamw"  # which it was, under another name
            return cls(**settings | {"network": network, "augmentation": augmentation})
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise OCRError(f"This is not a recipe of ours ({error}). Start a new run instead.") from error


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
        iterations=25_800,  # 54 epochs, and as many drawn images as 6 more
        batch_size=128,
        optimizer="adamw",
        learning_rate=4e-3,
        weight_decay=0.01,
        one_cycle=True,
        distillation_weight=0.9,
        ema_decay=0.998,
        augmentation=Augmentation().scaled(0.75),
        synthetic_share=0.10,
        calibrated=True,
    ),
    # TensorFlow Tutorial #01: the linear baseline.
    "linear": TrainConfig(network=LinearConfig(), iterations=1_000, batch_size=100, optimizer="sgd", learning_rate=0.5),
}


# What the tutorial's notebook prints: test accuracy by iteration, to hold ours against.
TUTORIAL_TEST_ACCURACY = {0: 0.098, 1: 0.100, 100: 0.740, 1_000: 0.927, 10_000: 0.985}


def learning_rate(config: TrainConfig, iteration: int) -> float:
    """Give the learning rate of an iteration: constant, or one cycle of cosine halves (Smith and Topin 2017).

    The cycle climbs from 1/25 to the full rate in the first 30 % and falls to 1/10,000 of its start by the end,
    as torch.optim.lr_scheduler.OneCycleLR does; as a function of the iteration it needs no state to be saved.

    Args:
        config: The recipe.
        iteration: Counted from 0.

    Returns:
        The rate, above 0.
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


def preset(name: str, **changes: Any) -> TrainConfig:
    """Give a preset's recipe with changes.

    Args:
        name: A key of `PRESETS`.
        **changes: Other values of its settings, such as `seed=3`.

    Returns:
        The recipe.

    Raises:
        OCRError: There is no such preset, or a value is impossible.
    """
    if name not in PRESETS:
        raise OCRError(f"There is no preset {name!r}. Choose one of {', '.join(PRESETS)}.")
    return replace(PRESETS[name], **changes)
