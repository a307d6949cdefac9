"""How well numbers in one hand are read: `.venv/bin/python -m tests.measure.numbers STROKES.jsonl.gz [NUMBERS]`.

Sets digits of a stroke file beside each other, 2 to 6 that follow each other in the file, which mostly one person
wrote, and reads them as one drawing. Prints how many numbers are read exactly, and in how many of the others the digits
were found as they were written, so that only reading failed.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import torch

from ocr import join_broken, load_checkpoint, predict, segment_strokes

LENGTHS = range(2, 7)
GAP = (0.12, 0.4)  # between two digits, as a share of the larger one's height
WANDER = 0.06  # of the height: how far digits lie above or below the line (a standard deviation)

Strokes = list[np.ndarray]


def beside(drawings: list[Strokes], random: np.random.Generator) -> Strokes:
    """Set drawings beside each other on a line, as large as they are."""
    strokes, right = [], 0.0
    height = max(_extent(drawing)[1] for drawing in drawings)
    for drawing in drawings:
        points = np.concatenate(drawing)
        low, high = points.min(0), points.max(0)
        shift = np.array([right, float(random.normal(0, WANDER)) * height]) - (low[0], high[1])
        strokes += [stroke + shift for stroke in drawing]
        right += float(high[0] - low[0]) + float(random.uniform(*GAP)) * height
    return strokes


def _extent(drawing: Strokes) -> tuple[float, float]:
    points = np.concatenate(drawing)
    width, height = points.max(0) - points.min(0)
    return float(width), float(height)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    path, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 500
    with gzip.open(path, "rt") as file:
        digits = [json.loads(line) for line in file]
    drawings = [[np.asarray(stroke, float) for stroke in digit["strokes"]] for digit in digits]
    random, checkpoint = np.random.default_rng(0), load_checkpoint()
    print("| digits | read exactly | of the others, digits found |\n|---|---|---|")
    totals = np.zeros(3, int)
    for length in LENGTHS:
        exact = found = 0
        for _ in range(count // len(LENGTHS)):
            first = int(random.integers(len(digits) - length))
            segmentation = join_broken(segment_strokes(beside(drawings[first : first + length], random)))
            predictions = predict(checkpoint, [glyph.image for glyph in segmentation.glyphs])
            text = segmentation.text([prediction.digit if prediction.familiar else "?" for prediction in predictions])
            right = text == "".join(str(digit["label"]) for digit in digits[first : first + length])
            exact += right
            found += not right and len(predictions) == length
        numbers = count // len(LENGTHS)
        totals += (numbers, exact, found)
        print(f"| {length} | {exact / numbers:.1%} ({exact} of {numbers}) | {found} of {numbers - exact} |", flush=True)
    print(
        f"| all | {totals[1] / totals[0]:.1%} ({totals[1]} of {totals[0]}) | {totals[2]} of {totals[0] - totals[1]} |"
    )


if __name__ == "__main__":
    main()
