"""Measure how well images are read."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ocr.commands.shared import CHECKPOINT, IMAGES, JSON, SPLIT, Chosen, app, choose_images
from ocr.data.split import CLASS_NAMES
from ocr.errors import OCRError
from ocr.inspection.robustness import measure_robustness
from ocr.network.checkpoint import load_checkpoint, temperature
from ocr.reading.evaluation import Evaluation, evaluate
from ocr.reading.scores import (
    PREDICTION_HEAD,
    class_scores,
    compare,
    prediction_rows,
    summarise,
    wilson_interval,
)


@app.command("evaluate")
def evaluate_command(
    checkpoint: CHECKPOINT = None,
    split: SPLIT = "test",
    images: IMAGES = None,
    compared: Annotated[str | None, typer.Option(help="Other weights, or a run's folder, to compare with.")] = None,
    robustness: Annotated[bool, typer.Option("--robustness", help="Also how well harmed images are read.")] = False,
    predictions: Annotated[Path | None, typer.Option(help="A CSV file to write, a line for each image.")] = None,
    as_json: JSON = False,
) -> None:
    """Accuracy with its interval, calibration error, confusion matrix, and the scores of each digit."""
    chosen, weights = choose_images(split, images), load_checkpoint(checkpoint)
    result = evaluate(weights.model, chosen.split, temperature(weights))
    summary = summarise(result) | {"left_out": list(chosen.problems)}
    if compared:
        other = load_checkpoint(compared)
        summary["comparison"] = _comparison(result, evaluate(other.model, chosen.split, temperature(other)))
    if robustness:
        summary["robustness"] = [vars(each) for each in measure_robustness(weights.model, chosen.split)]
    if predictions:
        _write_predictions(predictions, result, chosen)
    for problem in chosen.problems:
        print(f"Left out: {problem}", file=sys.stderr)
    if as_json:
        print(json.dumps(summary))
        return
    _print_figures(result, chosen)
    if "comparison" in summary:
        print("Only the first is right: {only_first}; only the second: {only_second}".format(**summary["comparison"]))
    for each in summary.get("robustness", ()):
        print("{kind} {strength:g}: {correct} / {count}".format(**each))


def _print_figures(result: Evaluation, chosen: Chosen) -> None:
    """Print accuracy, what it may be off by, the confusion matrix, and the scores of each digit."""
    low, high = wilson_interval(result.correct, result.count)
    print(f"Accuracy on {chosen.title}: {result.accuracy:.1%} ({result.correct} / {result.count})")
    print(f"95% interval: {low:.2%} to {high:.2%}   Calibration error: {result.calibration_error():.2%}")
    print(f"Data: {chosen.source}")
    print("Confusion matrix (row: true class, column: predicted class):")
    print("      " + " ".join(f"{name:>5}" for name in CLASS_NAMES))
    for name, row in zip(CLASS_NAMES, result.confusion(), strict=True):
        print(f"{name:>5} " + " ".join(f"{count:>5}" for count in row))
    print("Digit  recall  precision      F1")
    scores = class_scores(result)
    for name, *figures in zip(CLASS_NAMES, scores.recall, scores.precision, scores.f1, strict=True):
        print("{:>5} {:>7.2%} {:>10.2%} {:>7.2%}".format(name, *figures))


def _comparison(first: Evaluation, second: Evaluation) -> dict[str, Any]:
    """Give how two networks differ as plain values for JSON."""
    comparison = compare(first, second)
    return {
        "correct": second.correct,
        "only_first": len(comparison.only_first),
        "only_second": len(comparison.only_second),
        "neither": len(comparison.neither),
        "p_value": comparison.p_value,
    }


def _write_predictions(path: Path, result: Evaluation, chosen: Chosen) -> None:
    """Write what was said of each image."""
    try:
        with open(path, "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([PREDICTION_HEAD, *prediction_rows(result, chosen.names)])
    except OSError as error:
        raise OCRError(f"{path} cannot be written: {error.strerror or error}. Give the path of a file.") from error
