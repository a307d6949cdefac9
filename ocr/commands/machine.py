"""What this machine has and can do: data and speed."""

from __future__ import annotations

import json
from typing import Annotated

import torch
import typer

from ocr.benchmark.measure import run_benchmark
from ocr.benchmark.summary import write_summary
from ocr.commands.shared import DEVICE, JSON, THREADS, app, data_for_training, say
from ocr.data.mnist import data_dir, download_mnist, load_data, mnist_files


@app.command("benchmark")
def benchmark_command(
    repeats: Annotated[int, typer.Option(min=1, help="Turns, each with a seed of its own.")] = 3,
    test: Annotated[
        bool, typer.Option("--test", help="Accuracies of the test images, not the validation images.")
    ] = False,
    tutorial: Annotated[bool, typer.Option("--tutorial", help="Also the tutorial's 10,000 iterations.")] = False,
    tensorflow: Annotated[str | None, typer.Option(help="A Python with TensorFlow to run in turns with.")] = None,
    threads: THREADS = None,
    device: DEVICE = "auto",
    as_json: JSON = False,
) -> None:
    """Speed of training and reading on this machine, beside published recipes; a minute or two."""
    if threads:
        torch.set_num_threads(threads)
    data_for_training()
    figures = run_benchmark(repeats, device, test, tutorial, tensorflow, lambda text: say(f"{text} ...", as_json=True))
    print(json.dumps(figures) if as_json else write_summary(figures))


@app.command()
def data(
    download: Annotated[bool, typer.Option("--download", help="Fetch MNIST (11 MB) if it is not there.")] = False,
    as_json: JSON = False,
) -> None:
    """What data is found where, sizes of the splits, checksums."""
    if download:
        download_mnist()
    in_use, files = load_data(), mnist_files()
    splits = {name: len(getattr(in_use, name)) for name in ("train", "validation", "test")}
    if as_json:
        print(json.dumps({"name": in_use.name, "source": in_use.source, "splits": splits, "files": files}))
        return
    print(f"In use: {in_use.source}")
    print(", ".join(f"{name} {count:,}" for name, count in splits.items()))
    for name, state in files.items():
        print(f"  {name}: {state if state.startswith(('missing', 'damaged')) else f'SHA256 verified, {state}'}")
    if not in_use.is_mnist:
        print(f"To get MNIST: python -m ocr data --download, or copy its four files into {data_dir()}.")
