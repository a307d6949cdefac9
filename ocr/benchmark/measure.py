"""How fast it trains and reads on this machine, beside the published recipes that it is compared with.

What is compared runs in turns, so that whatever else the machine does slows both, and the published recipes in
processes of their own, as they were published: what ours did before must not slow them. Seconds of training count from
the start of the first iteration to the end of the last; importing, loading and evaluating are not in them.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, median
from typing import Any

import torch

from ocr.benchmark.one_epoch_reference import one_epoch_reference
from ocr.data.mnist import load_data
from ocr.data.split import Data, normalise
from ocr.errors import OCRError
from ocr.files import PROJECT
from ocr.network.checkpoint import load_checkpoint
from ocr.network.device import choose_device, has_bfloat16
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
TENSORFLOW = Path(__file__).with_name("tensorflow_reference.py")

Say = Callable[[str], None]


def benchmark(
    repeats: int = 3,
    device: str = "auto",
    test: bool = False,
    tutorial: bool = False,
    tensorflow: str | None = None,
    say: Say = lambda text: None,
) -> dict[str, Any]:
    """Measure all figures of this machine; about a minute on two cores with three `repeats`.

    Args:
        repeats: Turns, each with a seed of its own.
        device: "auto", "cpu" or "cuda".
        test: Whether accuracies are those of the test images; otherwise of the validation images, which nothing is
            trained on.
        tutorial: Whether to add the tutorial's 10,000 iterations.
        tensorflow: A Python that has TensorFlow, to add the throughput of the tutorial's own graph.
        say: What is told what goes on.

    Returns:
        One document for JSON.

    Raises:
        OCRError: The device cannot be used, or `tensorflow` does not run.
    """
    found: dict[str, Any] = {"machine": machine(device), "load_average": {"before": os.getloadavg()[0]}}
    say("Loading")
    started = time.perf_counter()
    data = load_data()
    found["data"] = {"source": data.source, "load_seconds": time.perf_counter() - started}
    seeds = list(range(FIRST_SEED, FIRST_SEED + repeats))
    found["throughput"] = throughput(data, repeats, device, tensorflow, say)  # first: `tensorflow` may not run
    say("Importing and reading")
    found["import_seconds"] = import_seconds()
    found["inference"] = inference(data)
    found["one_epoch"] = fast(data, seeds, device, test, say)
    found["seconds_to"] = seconds_to(data, seeds, device, say)
    if tutorial:
        found["tutorial"] = milestones(data, device, test, say)
    found["load_average"]["after"] = os.getloadavg()[0]
    return found


def summary(found: dict[str, Any]) -> str:
    """The document for people: one figure a line."""
    host, load, turns = found["machine"], found["load_average"], found["one_epoch"]
    bfloat16 = "with" if host["bfloat16"] else "without"
    lines = [
        f"{host['processor']}, {host['cores']} cores, {host['threads']} threads, torch {host['torch']} on "
        f"{host['device']} {bfloat16} bfloat16; load average {load['before']:.1f} before, {load['after']:.1f} after",
        f"Data: {found['data']['source']}, loaded in {found['data']['load_seconds']:.1f} s; "
        f"importing took {found['import_seconds']:.1f} s",
        f"One image: {found['inference']['network_ms']:.2f} ms by the network, {found['inference']['read_ms']:.2f} ms "
        "with probabilities and familiarity",
        f"The tutorial's recipe: {found['throughput']['images_per_second']:,.0f} images/s",
    ]
    if "tensorflow" in found["throughput"]:
        other = found["throughput"]["tensorflow"]
        lines[-1] += (
            f", {other['ratio']:.2f} times TensorFlow {other['version']}'s {other['images_per_second']:,.0f} images/s"
        )
    reference = turns["one_epoch_reference"]
    accuracy = "" if reference["accuracy"] is None else f" for {reference['accuracy']:.2%}"
    for name, title in (("fast", "Preset fast"), ("short", "The same, shorter")):
        lines.append(
            f"{title}: {turns[name]['seconds']:.2f} s for {turns[name]['iterations']} iterations, "
            f"{turns[name]['accuracy']:.2%} of the {turns['split']} images (mean of {len(turns['seeds'])} seeds), "
            f"{turns[name]['ratio']:.2f} times the published one-epoch recipe's {reference['seconds']:.2f} s{accuracy}"
        )
    for target, reached in found["seconds_to"].items():
        seconds = "not reached" if reached["seconds"] is None else f"{reached['seconds']:.2f} s"
        lines.append(f"Training to {float(target):.1%} of the validation images: {seconds}")
    for report in found.get("tutorial", []):
        lines.append(
            f"The tutorial's recipe after {report['iteration']:,} iterations: {report['accuracy']:.1%} in "
            f"{report['seconds']:.1f} s; the tutorial had {report['tutorials_test_accuracy']:.1%} of the test images"
        )
    return "\n".join(lines)


def machine(device: str = "auto") -> dict[str, Any]:
    """What computes: processor, cores that this process may use, threads, torch's version, device, bfloat16 or not."""
    chosen = choose_device(device)
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else chosen.type,
        "bfloat16": has_bfloat16(chosen),
    }


def import_seconds() -> float:
    """Measure the import of all that trains and reads, torch included, in a process of its own."""
    code = "import time; t = time.perf_counter(); from ocr import predict, train; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE, check=True).stdout)


def inference(data: Data) -> dict[str, float]:
    """Milliseconds for one image, medians: by the network alone, and read with probabilities and familiarity."""
    checkpoint = load_checkpoint()
    images = data.validation.ink(slice(READINGS))
    tensors = normalise(data.validation.images[:READINGS]).split(1)
    network, reading = [], []
    for image, tensor in zip(images, tensors, strict=True):
        network.append(_timed(compute_logits, checkpoint.model, tensor))
        reading.append(_timed(predict, checkpoint, [image]))
    return {"network_ms": 1_000 * median(network), "read_ms": 1_000 * median(reading)}


def throughput(data: Data, repeats: int, device: str, tensorflow: str | None, say: Say) -> dict[str, Any]:
    """Images a second of the tutorial's recipe, and of its graph in TensorFlow if asked, in turns."""
    trainer = Trainer(preset("tutorial"), data, device)
    batch = trainer.config.batch_size

    def ours() -> float:
        _run(trainer, WARM_UP)
        return TIMED_ITERATIONS * batch / _run(trainer, TIMED_ITERATIONS)

    with _tensorflow(tensorflow) as theirs:
        turns = []
        for number in range(repeats):
            say(f"Throughput, turn {number + 1} of {repeats}")
            turns.append((ours(), theirs(TIMED_ITERATIONS)))
    speeds = [speed for speed, _ in turns]
    found: dict[str, Any] = {"images_per_second": median(speeds), "repeats": speeds}
    if tensorflow:
        others = [TIMED_ITERATIONS * batch / answer["seconds"] for _, answer in turns]
        found["tensorflow"] = {
            "version": turns[0][1]["version"],
            "images_per_second": median(others),
            "repeats": others,
            "ratio": median(speeds) / median(others),
        }
    return found


def fast(data: Data, seeds: list[int], device: str, test: bool, say: Say) -> dict[str, Any]:
    """Preset `fast`, whole and laid over a part of its iterations, and the published one-epoch recipe, in turns.

    The one-epoch recipe trains on the validation images too, as published, so that only the test images judge it.
    """
    split = data.test if test else data.validation
    whole = preset("fast").iterations
    lengths = {"fast": whole, "short": round(SHORT * whole)}
    turns: dict[str, list[tuple[float, float | None]]] = {name: [] for name in ("one_epoch_reference", *lengths)}
    with ProcessPoolExecutor(1, get_context("spawn"), _prepare, (torch.get_num_threads(),)) as other_process:
        for number, seed in enumerate(seeds):
            say(f"Preset fast beside the one-epoch recipe, turn {number + 1} of {len(seeds)}")
            published = other_process.submit(one_epoch_reference, data, seed, device, test).result()
            turns["one_epoch_reference"].append(published)
            for name, iterations in lengths.items():
                trainer = Trainer(preset("fast", seed=seed, iterations=iterations), data, device)
                seconds = _run(trainer, iterations)
                turns[name].append((seconds, evaluate(trainer.checkpoint().model, split).accuracy))
    found: dict[str, Any] = {name: _summary(each) for name, each in turns.items()}
    for name, iterations in lengths.items():
        found[name]["iterations"] = iterations
        found[name]["ratio"] = found[name]["seconds"] / found["one_epoch_reference"]["seconds"]
    return {"split": "test" if test else "validation", "seeds": seeds, **found}


def seconds_to(data: Data, seeds: list[int], device: str, say: Say) -> dict[str, Any]:
    """Seconds of preset `fast` until the validation accuracy first reaches each target; None where it did not."""
    found: dict[float, list[float | None]] = {target: [] for target in TARGETS}
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
        for target, all_seconds in found.items():
            all_seconds.append(reached.get(target))
    return {str(target): {"seconds": _median(values), "repeats": values} for target, values in found.items()}


def milestones(data: Data, device: str, test: bool, say: Say) -> list[dict[str, Any]]:
    """Seconds and accuracy at the iterations whose accuracy the tutorial gives, one run of its recipe."""
    trainer = Trainer(preset("tutorial"), data, device)
    found = []
    for iteration, published in TUTORIAL_TEST_ACCURACY.items():
        say(f"The tutorial's recipe to iteration {iteration:,}")
        _run(trainer, iteration - trainer.iteration)
        accuracy = evaluate(trainer.checkpoint().model, data.test if test else data.validation).accuracy
        report = {"iteration": iteration, "seconds": trainer.seconds, "accuracy": accuracy}
        found.append(report | {"tutorials_test_accuracy": published})
    return found


def _prepare(threads: int) -> None:
    """Makes a process ready for the one-epoch recipe at its best.

    Left alone, glibc gives memory back to the system at each iteration or does not, as chance will have it, and the
    recipe takes up to 1.6 times as long.
    """
    torch.set_num_threads(threads)
    with suppress(OSError, AttributeError):  # glibc's malloc alone has these settings
        for setting, value in MALLOC.items():
            ctypes.CDLL(None).mallopt(setting, value)


def _run(trainer: Trainer, iterations: int) -> float:
    """Seconds of so many iterations more; what is reported and validated between them is not counted."""
    before = trainer.seconds
    for _ in trainer.train(iterations):
        pass
    return trainer.seconds - before


@contextmanager
def _tensorflow(python: str | None) -> Iterator[Callable[[int], dict[str, Any]]]:
    """Gives a function that trains so many iterations in another process and says what they took."""
    if not python:
        yield lambda iterations: {}
        return
    try:
        process = subprocess.Popen(
            # -I: our own modules, which lie beside the script, are not found in place of Python's.
            [python, "-I", str(TENSORFLOW)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    except OSError as error:
        raise OCRError(f"{python} cannot be run: {error.strerror}. Give the path of a Python.") from error

    def ask(iterations: int) -> dict[str, Any]:
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(f"{iterations}\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())
        except (OSError, ValueError) as error:
            raise OCRError(
                f"{python} does not run TensorFlow. Make one that does: python3 -m venv /tmp/tf, then "
                "/tmp/tf/bin/pip install tensorflow-cpu, then --tensorflow /tmp/tf/bin/python."
            ) from error

    with process:
        try:
            ask(0)  # what it takes to start does not slow the first turn
            yield ask
        finally:
            process.kill()


def _summary(turns: Sequence[tuple[float, float | None]]) -> dict[str, Any]:
    accuracies = [accuracy for _, accuracy in turns if accuracy is not None]
    return {
        "seconds": median(seconds for seconds, _ in turns),
        "repeats": [seconds for seconds, _ in turns],
        "accuracy": mean(accuracies) if accuracies else None,
        "accuracies": accuracies,
    }


def _median(values: list[float | None]) -> float | None:
    """Of runs that did not get there all count as slower; None if the middle one did not."""
    ordered = sorted(float("inf") if value is None else value for value in values)
    middle = median(ordered)
    return middle if middle < float("inf") else None


def _timed(call: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - started


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
