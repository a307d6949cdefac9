"""Take in a network that was trained elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ocr.commands.shared import JSON, app
from ocr.data.mnist import load_data
from ocr.data.split import Split
from ocr.errors import OCRError
from ocr.network.checkpoint import Checkpoint, temperature
from ocr.network.foreign import INPUTS, assemble
from ocr.network.foreign_file import own_checkpoint, read_foreign, read_weights_file
from ocr.reading.evaluation import evaluate
from ocr.reading.foreign import measure_guesses
from ocr.runs.folder import free_name
from ocr.runs.imported import PRESET, create_imported, recipe_for

MAPS, PIXELS = "maps", "pixels"
CHOICES = "; ".join(f"{number} {inputs.name}" for number, inputs in enumerate(INPUTS, 1))


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="Weights: a safetensors or an ONNX file.")],
    run_name: Annotated[str | None, typer.Option("--run", help="The name that it gets here.")] = None,
    flattened: Annotated[
        str | None, typer.Option(help="How the last maps were flattened: maps (PyTorch) or pixels (Keras).")
    ] = None,
    inputs: Annotated[
        int | None, typer.Option(min=1, max=len(INPUTS), help=f"What an image was given in: {CHOICES}.")
    ] = None,
    as_json: JSON = False,
) -> None:
    """Take in a network trained elsewhere; what its file does not say is told by how well it reads."""
    data, content = load_data(), read_weights_file(file)
    if flattened not in (None, MAPS, PIXELS):
        raise OCRError(f"There is no order {flattened!r}. Choose maps or pixels.")
    checkpoint, told = _read(content, file.name, data.validation, flattened, inputs)
    run = create_imported(run_name or free_name(PRESET), checkpoint, file.name, data)
    result = evaluate(checkpoint.model, data.validation, temperature(checkpoint))
    summary = {"run": run.name, "accuracy": result.accuracy, "correct": result.correct, "count": result.count, **told}
    if as_json:
        print(json.dumps(summary))
        return
    for name, value in told.items():
        print(f"{name.capitalize()}: {value}")
    print(f"Accuracy on Validation-Set: {result.accuracy:.1%} ({result.correct} / {result.count})")
    print(f"Taken in as the run {run.name}. Weights: {run.checkpoint_path}")


def _read(
    content: bytes, name: str, split: Split, flattened: str | None, inputs: int | None
) -> tuple[Checkpoint, dict[str, str]]:
    """Give the network in a file, and what was understood of it, in words."""
    if checkpoint := own_checkpoint(content, name):
        return checkpoint, {}
    tensors, assignment = read_foreign(content, name)
    recipe_for(assignment.config, name)
    guesses = measure_guesses(tensors, assignment, split)
    if flattened and assignment.channels_last is None:
        guesses = [guess for guess in guesses if guess.channels_last == (flattened == PIXELS)] or guesses
    if inputs:
        guesses = [guess for guess in guesses if guess.inputs is INPUTS[inputs - 1]]
    guess = guesses[0]
    told = {part: named or "zeros" for part, named in assignment.names.items()}
    told |= {"flattened": PIXELS if guess.channels_last else MAPS, "inputs": guess.inputs.name}
    return Checkpoint(assemble(tensors, assignment, guess.channels_last, guess.inputs)), told
