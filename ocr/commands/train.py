"""Train a run."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Annotated

import torch
import typer
from tqdm import tqdm

from ocr.commands.shared import DEVICE, JSON, THREADS, app, data_for_training, say
from ocr.data.split import Data
from ocr.errors import OCRError
from ocr.network.device import choose_device
from ocr.runs.folder import create_run, delete_run, find_run, free_name, list_runs, runs_dir
from ocr.runs.lock import refuse_second
from ocr.runs.process import execute
from ocr.runs.queue import start_next
from ocr.runs.run import Run
from ocr.training import distributed
from ocr.training.follow import follow
from ocr.training.recipe import PRESETS, preset


@app.command("train")
def train_command(
    context: typer.Context,
    preset_name: Annotated[str | None, typer.Option("--preset", help=f"One of {', '.join(PRESETS)}.")] = None,
    iterations: Annotated[int | None, typer.Option(min=0, help="How many more. Default: the preset's.")] = None,
    run_name: Annotated[str | None, typer.Option("--run", help="The run's name, a folder in runs/.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on with a run; alone, finish what it was asked for.")] = False,
    seed: Annotated[int | None, typer.Option(help="Decides the initial weights and the order of the data.")] = None,
    threads: THREADS = None,
    device: DEVICE = "auto",
    paused: Annotated[bool, typer.Option(help="Wait, once ready, to be told to play or step.")] = False,
    as_json: JSON = False,
) -> None:
    """Train into runs/NAME/, stopping cleanly on Ctrl-C."""
    if threads:
        torch.set_num_threads(threads)
    if not context.with_resource(distributed.joined(device)):
        with distributed.left_to_the_first():
            follow(data_for_training(), device)
        return
    if resume:
        run = find_run(run_name) if run_name else _latest_run()
        if preset_name is not None or seed is not None:
            raise OCRError("A run keeps its recipe: --preset and --seed go with a new run, not with --resume.")
    else:
        recipe = preset(preset_name or "tutorial")
        recipe = replace(recipe, seed=recipe.seed if seed is None else seed)
        recipe = replace(recipe, iterations=recipe.iterations if iterations is None else iterations)
        choose_device(device)  # what can be refused is refused before there is a folder, in the way of another try
        refuse_second(runs_dir())
        run = create_run(run_name or free_name(preset_name or "tutorial"), recipe, preset_name or "tutorial")

    def load() -> Data:
        data = data_for_training()
        say(f"Training {run.name} on {data.source}.", as_json)
        return data

    context.call_on_close(start_next)  # what waits for its turn; here the lock is free again
    last = None
    bar = tqdm(unit="it", disable=None if not as_json else True)  # None: only on a terminal
    try:
        for progress in execute(run, load, iterations, device, paused):
            bar.total = run.status().target
            bar.update(progress.iteration - bar.n)
            if progress.status_line and not as_json:
                tqdm.write(progress.status_line)
            last = progress
    except OCRError:
        if not (resume or run.checkpoint_path.exists()):  # it never began, and would be in the way of another try
            delete_run(run)
        raise
    bar.close()
    status = run.status()
    time_used = str(timedelta(seconds=round(last.seconds))) if last else "0:00:00"
    if as_json:
        print(json.dumps({"run": run.name, "state": status.state, **(asdict(last) if last else {})}))
        return
    if last and last.validation_accuracy is not None:
        print(f"Accuracy on Validation-Set: {last.validation_accuracy:.1%} after {last.iteration:,} iterations")
    print(f"Time usage: {time_used}")
    print(f"{status.state.capitalize()}. Weights: {run.checkpoint_path}")


def _latest_run() -> Run:
    """Give the newest run."""
    existing = list_runs()
    if not existing:
        raise OCRError(f"There is no run in {runs_dir()} to go on with. Train without --resume first.")
    return existing[0]
