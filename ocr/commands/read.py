"""Read images, and look into what reads them."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ocr.commands.shared import CHECKPOINT, IMAGES, JSON, SPLIT, app, choose_images
from ocr.errors import OCRError
from ocr.ink.picture import segment_image
from ocr.ink.picture_file import open_picture, say_frames
from ocr.ink.segment import Glyph, Segmentation, segment_strokes
from ocr.inspection.dossier import describe_units
from ocr.network.checkpoint import load_checkpoint
from ocr.network.cnn import CNN
from ocr.reading.broken import join_broken
from ocr.reading.prediction import Prediction, predict_glyphs
from ocr.reading.underlined import without_underlines


@app.command("inspect")
def inspect_command(
    checkpoint: CHECKPOINT = None,
    split: SPLIT = "validation",
    images: IMAGES = None,
    as_json: JSON = False,
) -> None:
    """Each filter, neuron and output: how often it is active, and how many images fewer are read right without it."""
    weights, chosen = load_checkpoint(checkpoint), choose_images(split, images)
    if not isinstance(weights.model, CNN):
        raise OCRError("This network has no filters to inspect. Give the weights of a convolutional one.")
    found = describe_units(weights.model, chosen.split)
    if as_json:
        print(json.dumps(found))
        return
    print(f"By what they are worth, of {found['images']:,} images:")
    print(f"{'':<14} {'active':>7} {'lost':>5}")
    for kind in ("filter", "neuron", "output"):
        for one in sorted(found[f"{kind}s"], key=lambda each: -each["lost"]):
            name = f"{kind} {one['layer']}.{one[kind]}" if kind == "filter" else f"{kind} {one[kind]}"
            print(f"{name:<14} {one['active']:>7.1%} {one['lost']:>5}{'  dead' if one['dead'] else ''}")
    for pair in found["near_copies"]:
        print(f"Nearly copies in layer {pair['layer']}: {pair['filters'][0]} and {pair['filters'][1]}")
    for pair in found["near_copies_of_neurons"]:
        print(f"Nearly copies among the neurons: {pair['neurons'][0]} and {pair['neurons'][1]}")


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
            readings = predict_glyphs(weights, item.glyphs)
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


def _items(paths: list[Path], single: bool) -> Iterator[tuple[str, Segmentation | OCRError, str]]:
    """Yield name and digits of each image, and of each line of each stroke file, in order."""
    for path in paths:
        if path.name.endswith((".jsonl", ".jsonl.gz")):
            for name, drawing in _strokes(path, single):
                yield name, drawing, ""
            continue
        try:
            picture = open_picture(path, path.name)
            yield str(path), join_broken(without_underlines(segment_image(picture, single))), say_frames(picture)
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
                    yield name, join_broken(segment_strokes(drawing["strokes"], single))
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
        "crossed_out": reading.crossed_out,
        "probabilities": [round(float(value), 6) for value in reading.probabilities],
        "box": list(glyph.box),
    }
