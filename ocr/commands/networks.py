"""Train the networks beside the one that reads, and take a network elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import torch
import typer

from ocr.commands.shared import CHECKPOINT, DEVICE, JSON, THREADS, app, data_for_training
from ocr.network.checkpoint import TEACHERS, load_checkpoint
from ocr.network.onnx import export_onnx
from ocr.training.familiarity import train_familiarity
from ocr.training.hands import train_hands
from ocr.training.report import Progress
from ocr.training.teacher import train_teacher


@app.command()
def teacher(
    path: Annotated[Path, typer.Option(help="The file to write.")],
    seed: Annotated[int, typer.Option(min=0, max=len(TEACHERS) - 1, help="Which of them.")] = 0,
    hands: Annotated[bool, typer.Option("--hands", help="One that knows more hands, of which there are two.")] = False,
    threads: THREADS = None,
    device: DEVICE = "auto",
    as_json: JSON = False,
) -> None:
    """Train one of the larger networks that the preset best learns from."""
    _say_training(train_teacher(data_for_training(), path, seed, device, hands), path, threads, as_json)


@app.command("hands")
def hands_command(
    path: Annotated[Path, typer.Option(help="The file to write.")],
    checkpoint: CHECKPOINT = None,
    threads: THREADS = None,
    device: DEVICE = "auto",
    as_json: JSON = False,
) -> None:
    """Train weights further on many more drawn digits: the last stage of the shipped ones."""
    start = load_checkpoint(checkpoint)
    _say_training(train_hands(data_for_training(), start, path, device), path, threads, as_json)


@app.command("familiarity")
def familiarity_command(
    path: Annotated[Path, typer.Option(help="The file to write.")],
    threads: THREADS = None,
    device: DEVICE = "auto",
    as_json: JSON = False,
) -> None:
    """Train the network that tells digits from other ink."""
    _say_training(train_familiarity(data_for_training(), path, device), path, threads, as_json)


@app.command()
def export(
    onnx: Annotated[Path, typer.Option("--onnx", help="The file to write.")],
    checkpoint: CHECKPOINT = None,
    as_json: JSON = False,
) -> None:
    """Write the network as an ONNX file: images to logits and probabilities, equal to torch's."""
    export_onnx(load_checkpoint(checkpoint, any_images=True), onnx)
    if as_json:
        print(json.dumps({"path": str(onnx), "bytes": onnx.stat().st_size}))
        return
    print(f"Written: {onnx} ({onnx.stat().st_size / 1e6:.1f} MB), from images to logits and probabilities")


def _say_training(reports: Iterator[Progress], path: Path, threads: int | None, as_json: bool) -> None:
    """Follow what trains one of the networks beside the one that reads, and say at its end how it went."""
    if threads:
        torch.set_num_threads(threads)
    progress = None
    for progress in reports:
        if progress.status_line and not as_json:
            print(progress.status_line, flush=True)
    assert progress
    if as_json:
        print(json.dumps({"path": str(path), **asdict(progress)}))
        return
    print(f"Accuracy on Validation-Set: {progress.validation_accuracy:.2%} after {progress.iteration:,} iterations")
    print(f"Time usage: {timedelta(seconds=round(progress.seconds))}")
