"""How fast it trains and reads on this machine, beside the published recipes that it is compared with.

What is compared runs in turns, so that whatever else the machine does slows both, and the published recipes in
processes of their own, as they were published: what ours did before must not slow them. Seconds of training count from
the start of the first iteration to the end of the last; importing, loading and evaluating are not in them.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from statistics import mean, median
from typing import Any

import torch

from ocr.benchmark.machine import describe_machine, import_seconds
from ocr.benchmark.one_epoch_reference import train_one_epoch
from ocr.benchmark.tensorflow_turns import tensorflow_trainer
from ocr.data.mnist import load_data
from ocr.data.split import Data, normalise
from ocr.network.checkpoint import load_checkpoint
from ocr.network.models import compute_logits
from ocr.reading.evaluation import evaluate
from ocr.reading.prediction import predict
from ocr.training.recipe import TUTORIAL_TEST_ACCURACY, preset
from ocr.training.trainer import Trainer

FIRST_SEED = 1_000  # recipes were chosen with seeds below
TIMED_ITERATIONS = 300  # of the tutorial's recipe, a repeat
WARM_UP = 20
TARGETS = (0.985, 0.99)  # validation accuracies to reach
SHORT = 0.5  # of the preset `fast`, for 98.5 %
LOOK_EVERY = 20  # iterations between looks at the validation accuracy
READINGS = 200
MALLOC = {-1: 2**30, -3: 2**25}  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD, in bytes: more than a recipe's maps take

Say = Callable[[str], None]  # what is told, in words, what goes on


def run_benchmark(
    repeats: int = 3,
    device: str = "auto",
    test: bool = False,
    tutorial: bool = False,
    tensorflow: str | None = None,
    say: Say = lambda text: None,
) -> dict[str, Any]:
    """Measure everything; about a minute on two cores with the usual number of repeats.

    Args:
        repeats: How often each figure is measured, each time with a seed of its own.
        device: "auto", "cpu" or "cuda".
        test: Whether accuracies are those of the test images instead of the validation images.
        tutorial: Whether to add the tutorial's 10,000 iterations.
        tensorflow: A Python that has TensorFlow, to add its graph's throughput.
        say: What is told what goes on.

    Returns:
        All figures as one document for JSON.

    Raises:
        OCRError: The device cannot be used, or `tensorflow` does not run.
    """
    figures: dict[str, Any] = {"machine": describe_machine(device), "load_average": {"before": os.getloadavg()[0]}}
    say("Loading")
    started = time.perf_counter()
    data = load_data()
    figures["data"] = {"source": data.source, "load_seconds": time.perf_counter() - started}
    seeds = list(range(FIRST_SEED, FIRST_SEED + repeats))
    figures["throughput"] = throughput(data, repeats, device, tensorflow, say)  # first: `tensorflow` may not run
    say("Importing and reading")
    figures["import_seconds"] = import_seconds()
    figures["inference"] = inference(data)
    figures["one_epoch"] = fast(data, seeds, device, test, say)
    figures["seconds_to"] = seconds_to(data, seeds, device, say)
    if tutorial:
        figures["tutorial"] = milestones(data, device, test, say)
    figures["load_average"]["after"] = os.getloadavg()[0]
    return figures


def inference(data: Data) -> dict[str, float]:
    """Measure the reading of one image.

    Args:
        data: Where the images come from.

    Returns:
        Median milliseconds: by the network alone, and with probabilities and familiarity.
    """
    checkpoint = load_checkpoint()
    images = data.validation.ink(slice(READINGS))
    tensors = normalise(data.validation.images[:READINGS]).split(1)
    network, reading = [], []
    for image, tensor in zip(images, tensors, strict=True):
        network.append(_timed(compute_logits, checkpoint.model, tensor))
        reading.append(_timed(predict, checkpoint, [image]))
    return {"network_ms": 1_000 * median(network), "read_ms": 1_000 * median(reading)}


def throughput(data: Data, repeats: int, device: str, tensorflow: str | None, say: Say) -> dict[str, Any]:
    """Measure how many images a second the tutorial's recipe trains on, in turns with TensorFlow if asked.

    Args:
        data: What to train on.
        repeats: How many turns.
        device: "auto", "cpu" or "cuda".
        tensorflow: A Python that has TensorFlow, or None.
        say: What is told what goes on.

    Returns:
        Medians, and the figure of each turn.
    """
    trainer = Trainer(preset("tutorial"), data, device)
    batch = trainer.config.batch_size

    def ours() -> float:
        _run(trainer, WARM_UP)
        return TIMED_ITERATIONS * batch / _run(trainer, TIMED_ITERATIONS)

    with tensorflow_trainer(tensorflow) as theirs:
        turns = []
        for number in range(repeats):
            say(f"Throughput, turn {number + 1} of {repeats}")
            turns.append((ours(), theirs(TIMED_ITERATIONS)))
    speeds = [speed for speed, _ in turns]
    figures: dict[str, Any] = {"images_per_second": median(speeds), "repeats": speeds}
    if tensorflow:
        others = [TIMED_ITERATIONS * batch / answer["seconds"] for _, answer in turns]
        figures["tensorflow"] = {
            "version": turns[0][1]["version"],
            "images_per_second": median(others),
            "repeats": others,
            "ratio": median(speeds) / median(others),
        }
    return figures


def fast(data: Data, seeds: list[int], device: str, test: bool, say: Say) -> dict[str, Any]:
    """Train preset `fast`, whole and laid over a part of its iterations, in turns with the one-epoch recipe.

    The one-epoch recipe trains on the validation images too, as published, so that only the test images judge it.

    Args:
        data: What to train on.
        seeds: One for each turn.
        device: "auto", "cpu" or "cuda".
        test: Whether the test images judge, instead of the validation images.
        say: What is told what goes on.

    Returns:
        By recipe, seconds and accuracies.
    """
    split = data.test if test else data.validation
    whole = preset("fast").iterations
    lengths = {"fast": whole, "short": round(SHORT * whole)}
    turns: dict[str, list[tuple[float, float | None]]] = {name: [] for name in ("one_epoch_reference", *lengths)}
    with ProcessPoolExecutor(1, get_context("spawn"), _prepare, (torch.get_num_threads(),)) as other_process:
        for number, seed in enumerate(seeds):
            say(f"Preset fast beside the one-epoch recipe, turn {number + 1} of {len(seeds)}")
            published = other_process.submit(train_one_epoch, data, seed, device, test).result()
            turns["one_epoch_reference"].append(published)
            for name, iterations in lengths.items():
                trainer = Trainer(preset("fast", seed=seed, iterations=iterations), data, device)
                seconds = _run(trainer, iterations)
                turns[name].append((seconds, evaluate(trainer.checkpoint().model, split).accuracy))
    figures: dict[str, Any] = {name: _summary(results) for name, results in turns.items()}
    for name, iterations in lengths.items():
        figures[name]["iterations"] = iterations
        figures[name]["ratio"] = figures[name]["seconds"] / figures["one_epoch_reference"]["seconds"]
    return {"split": "test" if test else "validation", "seeds": seeds, **figures}


def seconds_to(data: Data, seeds: list[int], device: str, say: Say) -> dict[str, Any]:
    """Measure how long preset `fast` trains until the validation accuracy first reaches each target.

    Args:
        data: What to train on.
        seeds: One for each turn.
        device: "auto", "cpu" or "cuda".
        say: What is told what goes on.

    Returns:
        By target, the median and each turn's seconds; None where it was not reached.
    """
    seconds_by_target: dict[float, list[float | None]] = {target: [] for target in TARGETS}
    for number, seed in enumerate(seeds):
        say(f"Seconds to an accuracy, turn {number + 1} of {len(seeds)}")
        trainer = Trainer(preset("fast", seed=seed), data, device)
        reached: dict[float, float] = {}
        while trainer.iteration < trainer.config.iterations and len(reached) < len(TARGETS):
            steps = min(LOOK_EVERY, trainer.config.iterations - trainer.iteration)
            accuracy = list(trainer.train(steps))[-1].validation_accuracy or 0.0
            for target in TARGETS:
                if accuracy >= target:
                    reached.setdefault(target, trainer.seconds)
        for target, all_seconds in seconds_by_target.items():
            all_seconds.append(reached.get(target))
    return {
        str(target): {"seconds": _median(values), "repeats": values} for target, values in seconds_by_target.items()
    }


def milestones(data: Data, device: str, test: bool, say: Say) -> list[dict[str, Any]]:
    """Train the tutorial's recipe once, and look where the tutorial gives an accuracy.

    Args:
        data: What to train on.
        device: "auto", "cpu" or "cuda".
        test: Whether the test images judge, instead of the validation images.
        say: What is told what goes on.

    Returns:
        For each such iteration, seconds, accuracy and the tutorial's.
    """
    trainer = Trainer(preset("tutorial"), data, device)
    reports = []
    for iteration, published in TUTORIAL_TEST_ACCURACY.items():
        say(f"The tutorial's recipe to iteration {iteration:,}")
        _run(trainer, iteration - trainer.iteration)
        accuracy = evaluate(trainer.checkpoint().model, data.test if test else data.validation).accuracy
        report = {"iteration": iteration, "seconds": trainer.seconds, "accuracy": accuracy}
        reports.append(report | {"tutorials_test_accuracy": published})
    return reports


def _prepare(threads: int) -> None:
    """Make a process ready for the one-epoch recipe at its best.

    Left alone, glibc gives memory back to the system at each iteration or does not, as chance will have it, and the
    recipe takes up to 1.6 times as long.
    """
    torch.set_num_threads(threads)
    with suppress(OSError, AttributeError):  # glibc's malloc alone has these settings
        for setting, value in MALLOC.items():
            ctypes.CDLL(None).mallopt(setting, value)


def _run(trainer: Trainer, iterations: int) -> float:
    """Train so many iterations more and give their seconds, without those of reports and validation."""
    before = trainer.seconds
    for _ in trainer.train(iterations):
        pass
    return trainer.seconds - before


def _summary(turns: Sequence[tuple[float, float | None]]) -> dict[str, Any]:
    """Sum up seconds and accuracies of several turns."""
    accuracies = [accuracy for _, accuracy in turns if accuracy is not None]
    return {
        "seconds": median(seconds for seconds, _ in turns),
        "repeats": [seconds for seconds, _ in turns],
        "accuracy": mean(accuracies) if accuracies else None,
        "accuracies": accuracies,
    }


def _median(values: list[float | None]) -> float | None:
    """Give the median, where runs that did not get there (None) count as slower than all that did."""
    ordered = sorted(float("inf") if value is None else value for value in values)
    middle = median(ordered)
    return middle if middle < float("inf") else None


def _timed(call: Callable[..., Any], *arguments: Any) -> float:
    """Call a function and give the seconds it took."""
    started = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - started
