"""How well pictures of handwriting are read: `.venv/bin/python -m tests.measure.pictures [PICTURES] [KIND ...]`.

Makes pictures with known truth, of MNIST's validation images and, if they are given as OCR_PEN_DIGITS (a stroke file),
of pen-drawn digits, each of which is read rightly when alone: so that what fails is finding them, not reading them.
Prints for each kind of picture how many are read exactly, and how many of their digits. Test images are not used.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ocr import join_broken, load_checkpoint, load_data, predict_glyphs, segment_image
from ocr.errors import OCRError
from ocr.reading.underlined import without_underlines
from tests.measure.kinds_of_pictures import KINDS
from tests.measure.writing import Grey, Writer


def read(grey: Grey) -> str:
    """What is read, as `predict` says it."""
    image = Image.fromarray((grey * 255).round().astype(np.uint8))
    try:
        segmentation = join_broken(without_underlines(segment_image(image)))
    except OCRError as error:
        return f"({error})"
    predictions = predict_glyphs(load_checkpoint(), segmentation.glyphs)
    return segmentation.text([prediction.digit if prediction.familiar else "?" for prediction in predictions])


def digits_right(text: str, truth: str) -> int:
    """How many digits of the truth are read, in order (the longest common subsequence)."""
    best = np.zeros(len(text) + 1, int)
    for digit in truth:
        row = best.copy()
        for i, other in enumerate(text, 1):
            row[i] = max(row[i - 1], best[i], best[i - 1] + (digit == other))
        best = row
    return int(best[-1])


def main() -> None:
    """Prints the table."""
    torch.set_num_threads(1)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    kinds = sys.argv[2:] or list(KINDS)
    validation = load_data().validation
    folder = os.environ.get("OCR_PICTURES")  # those that fail are kept there
    print("| kind | read exactly | digits | seconds a picture |\n|---|---|---|---|")
    for kind in kinds:
        writer = Writer(validation, seed=sorted(KINDS).index(kind))
        exact = right = total = 0
        started = time.perf_counter()
        for number in range(count):
            page = KINDS[kind](writer)
            text = read(page.grey)
            exact += text == page.text
            truth = page.text.replace("\n", "")
            right, total = right + digits_right(text.replace("\n", ""), truth), total + len(truth)
            if folder and text != page.text:
                Path(folder).mkdir(exist_ok=True)
                Image.fromarray((page.grey * 255).astype(np.uint8)).save(Path(folder) / f"{kind}_{number}.png")
                print(f"{kind}_{number}: {page.text!r} read as {text!r}", file=sys.stderr)
        seconds = (time.perf_counter() - started) / count
        print(
            f"| {kind} | {exact / count:.1%} ({exact} of {count}) | {right / total:.2%} | {seconds:.2f} |", flush=True
        )


if __name__ == "__main__":
    main()
