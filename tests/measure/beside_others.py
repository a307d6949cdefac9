"""Measure an iteration beside other busy processes: `python -m tests.measure.beside_others [--preset fast]`.

Four processes that only count keep all cores busy. Then one thread and as many as there are cores train in turns, each
a trainer of its own from the same start; the median of the turns' milliseconds an iteration tells which is faster.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from statistics import median

import torch

from ocr import Trainer, load_data
from ocr.network.side_by_side import torch_threads
from ocr.training.recipe import PRESETS, preset

BUSY = "while True: pass"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="fast", choices=PRESETS)
    parser.add_argument("--others", type=int, default=4, help="busy processes")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--iterations", type=int, default=10, help="in each turn")
    asked = parser.parse_args()
    data, trainers = load_data(), {}
    for threads in (1, torch.get_num_threads()):
        with torch_threads(threads):
            trainers[threads] = Trainer(preset(asked.preset), data, "cpu")
    others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(asked.others)]
    try:
        milliseconds: dict[int, list[float]] = {threads: [] for threads in trainers}
        for _ in range(asked.turns):
            for threads, trainer in trainers.items():
                with torch_threads(threads):
                    trainer.step(1e-4)
                    started = time.perf_counter()
                    for _ in range(asked.iterations):
                        trainer.step(1e-4)
                milliseconds[threads].append(1e3 * (time.perf_counter() - started) / asked.iterations)
    finally:
        for other in others:
            other.kill()
    best = min(median(times) for times in milliseconds.values())
    for threads, times in milliseconds.items():
        print(f"{threads} threads: {median(times):.1f} ms an iteration, {median(times) / best:.2f} of the better")


if __name__ == "__main__":
    main()
