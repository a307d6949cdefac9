"""The command line: `python -m ocr train | evaluate | inspect | predict | data`, and more that `--help` lists."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, cast

import torch
import typer
from tqdm import tqdm

from ocr.benchmark.measure import run_benchmark
from ocr.benchmark.summary import write_summary
from ocr.data.mnist import data_dir, download_mnist, load_data, mnist_files
from ocr.data.split import CLASS_NAMES, Data, Split
from ocr.errors import OCRError
from ocr.ink.picture import segment_image
from ocr.ink.picture_file import open_picture, say_frames
from ocr.ink.segment import Glyph, Segmentation, segment_strokes
from ocr.inspection.dossier import describe_filters
from ocr.network.checkpoint import TEACHERS, load_checkpoint, temperature
from ocr.network.cnn import CNN
from ocr.network.device import choose_device
from ocr.network.onnx import export_onnx
from ocr.reading.evaluation import Evaluation, evaluate
from ocr.reading.prediction import Prediction, predict
from ocr.reading.scores import class_scores, wilson_interval
from ocr.runs.folder import create_run, delete_run, find_run, free_name, list_runs, runs_dir
from ocr.runs.lock import refuse_second
from ocr.runs.process import execute
from ocr.runs.queue import start_next
from ocr.runs.run import Run
from ocr.training import distributed
from ocr.training.familiarity import train_familiarity
from ocr.training.follow import follow
from ocr.training.recipe import PRESETS, preset
from ocr.training.report import Progress
from ocr.training.teacher import train_teacher

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="A convolutional network that reads handwritten digits."
)

JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
CHECKPOINT = Annotated[str | None, typer.Option(help="Weights, or a run's folder. Default: the shipped weights.")]
THREADS = Annotated[int | None, typer.Option(min=1, help="Processor threads. Default: all cores.")]
DEVICE = Annotated[str, typer.Option(help="auto, cpu or cuda.")]


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
            follow(_data_for_training(), device)
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
        data = _data_for_training()
        _say(f"Training {run.name} on {data.source}.", as_json)
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


@app.command()
def teacher(
    path: Annotated[Path, typer.Option(help="The file to write.")],
    seed: Annotated[int, typer.Option(min=0, max=len(TEACHERS) - 1, help="Which of them.")] = 0,
    threads: THREADS = None,
    device: DEVICE = "auto",
    as_json: JSON = False,
) -> None:
    """Train one of the larger networks that the preset best learns from."""
    _say_training(train_teacher(_data_for_training(), path, seed, device), path, threads, as_json)


@app.command("familiarity")
def familiarity_command(
    path: Annotated[Path, typer.Option(help="The file to write.")],
    threads: THREADS = None,
    device: DEVICE = "auto",
    as_json: JSON = False,
) -> None:
    """Train the network that tells digits from other ink."""
    _say_training(train_familiarity(_data_for_training(), path, device), path, threads, as_json)


@app.command("evaluate")
def evaluate_command(
    checkpoint: CHECKPOINT = None,
    split: Annotated[str, typer.Option(help="test or validation.")] = "test",
    as_json: JSON = False,
) -> None:
    """Accuracy with count, confusion matrix, calibration error."""
    data = load_data()
    images, weights = _split(data, split), load_checkpoint(checkpoint)
    result = evaluate(weights.model, images, temperature(weights))
    if as_json:
        print(json.dumps(_summary(result)))
        return
    print(f"Accuracy on {split.capitalize()}-Set: {result.accuracy:.1%} ({result.correct} / {result.count})")
    print(f"Calibration error: {result.calibration_error():.2%}   Data: {data.source}")
    print("Confusion matrix (row: true class, column: predicted class):")
    print("      " + " ".join(f"{name:>5}" for name in CLASS_NAMES))
    for name, row in zip(CLASS_NAMES, result.confusion(), strict=True):
        print(f"{name:>5} " + " ".join(f"{count:>5}" for count in row))


@app.command("inspect")
def inspect_command(
    checkpoint: CHECKPOINT = None,
    split: Annotated[str, typer.Option(help="test or validation.")] = "validation",
    as_json: JSON = False,
) -> None:
    """Each filter: how often it is active, and how many images fewer are read right without it."""
    weights, images = load_checkpoint(checkpoint), _split(load_data(), split)
    if not isinstance(weights.model, CNN):
        raise OCRError("This network has no filters to inspect. Give the weights of a convolutional one.")
    found = describe_filters(weights.model, images)
    if as_json:
        print(json.dumps(found))
        return
    print(f"Filters by what they are worth, of {found['images']:,} images:")
    print(f"{'layer':>5} {'filter':>6} {'active':>7} {'lost':>5}")
    for one in sorted(found["filters"], key=lambda each: -each["lost"]):
        dead = "  dead" if one["dead"] else ""
        print(f"{one['layer']:>5} {one['filter']:>6} {one['active']:>7.1%} {one['lost']:>5}{dead}")
    for pair in found["near_copies"]:
        print(f"Nearly copies in layer {pair['layer']}: {pair['filters'][0]} and {pair['filters'][1]}")


@app.command("predict")
def predict_command(
    paths: Annotated[list[Path], typer.Argument(help="Images, and stroke files (.jsonl, .jsonl.gz).")],
    checkpoint: CHECKPOINT = None,
    single: Annotated[bool, typer.Option(help="Read each item as one digit.")] = False,
    as_json: JSON = False,
) -> None:
    """Read images and stroke files: one JSON line an item (with --json: one JSON array)."""
    weights = load_checkpoint(checkpoint)
    documents, failed = [], False
    for name, item, note in _items(paths, single):
        document: dict[str, Any] = {"id": name}
        if isinstance(item, OCRError):
            document["error"], failed = str(item), True
        else:
            readings = predict(weights, [glyph.image for glyph in item.glyphs])
            document["text"] = item.text([reading.digit if reading.familiar else "?" for reading in readings])
            document["digits"] = [_digit(reading, glyph) for reading, glyph in zip(readings, item.glyphs, strict=True)]
            document["left_out"] = [{"box": list(piece.box), "reason": piece.reason} for piece in item.left_out]
            if note:
                document["note"] = note
        documents.append(document)
        if not as_json:
            print(json.dumps(document))
    if as_json:
        print(json.dumps(documents))
    if failed:
        raise typer.Exit(2)


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
    _data_for_training()
    figures = run_benchmark(repeats, device, test, tutorial, tensorflow, lambda text: _say(f"{text} ...", as_json=True))
    print(json.dumps(figures) if as_json else write_summary(figures))


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


def _items(paths: list[Path], single: bool) -> Iterator[tuple[str, Segmentation | OCRError, str]]:
    """Yield name and digits of each image, and of each line of each stroke file, in order."""
    for path in paths:
        if path.name.endswith((".jsonl", ".jsonl.gz")):
            for name, drawing in _strokes(path, single):
                yield name, drawing, ""
            continue
        try:
            picture = open_picture(path, path.name)
            yield str(path), segment_image(picture, single), say_frames(picture)
        except OCRError as error:
            yield str(path), error, ""


def _strokes(path: Path, single: bool) -> Iterator[tuple[str, Segmentation | OCRError]]:
    """Yield name and digits of each line of a stroke file, in order."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt") as file:
            for number, line in enumerate(file, 1):
                name = f"{path.name}:{number}"
                try:
                    drawing = json.loads(line)
                    name = str(drawing.get("id", name))
                    yield name, segment_strokes(drawing["strokes"], single)
                except OCRError as error:
                    yield name, error
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    yield name, OCRError('This line is not a drawing: it needs {"strokes": [[[x, y], ...], ...]}.')
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        yield str(path), OCRError(f"{path.name} cannot be read ({error}). Check the path and the file.")


def _digit(reading: Prediction, glyph: Glyph) -> dict[str, Any]:
    """Give a digit as plain values for JSON."""
    return {
        "digit": reading.digit,
        "confidence": round(reading.confidence, 6),
        "familiarity": reading.familiarity,
        "probabilities": [round(float(value), 6) for value in reading.probabilities],
        "box": list(glyph.box),
    }


def _split(data: Data, name: str) -> Split:
    """Give the split of this name."""
    if name not in ("test", "validation"):
        raise OCRError(f"There is no split {name!r}. Choose test or validation.")
    return cast("Split", getattr(data, name))


def _summary(result: Evaluation) -> dict[str, Any]:
    """Give an evaluation as plain values for JSON."""
    scores = class_scores(result)
    return {
        "accuracy": result.accuracy,
        "correct": result.correct,
        "count": result.count,
        "confusion": result.confusion().tolist(),
        "calibration_error": result.calibration_error(),
        "interval": list(wilson_interval(result.correct, result.count)),
        "precision": scores.precision.tolist(),
        "recall": scores.recall.tolist(),
        "f1": scores.f1.tolist(),
    }


def _data_for_training() -> Data:
    """Load MNIST, downloaded if need be; offline, the bundled digits, with a sentence that says so."""
    data = load_data()
    if not data.is_mnist:
        try:
            data = load_data(download=True)
        except OCRError as error:
            print(f"{error} Training on the bundled digits instead.", file=sys.stderr)
    return data


def _latest_run() -> Run:
    """Give the newest run."""
    existing = list_runs()
    if not existing:
        raise OCRError(f"There is no run in {runs_dir()} to go on with. Train without --resume first.")
    return existing[0]


def _say(text: str, as_json: bool) -> None:
    """Say what goes on, on stderr where stdout is for JSON."""
    print(text, file=sys.stderr if as_json else sys.stdout, flush=True)


def main() -> None:
    """Run the command; what a user can mend goes to stderr as one sentence, with exit code 2."""
    try:
        app()
    except OCRError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
