"""What fine-tuning wins and forgets: `.venv/bin/python -m tests.measure.fine_tuning [STROKES.jsonl.gz]`, some minutes.

Two made-up hands draw digits; of those that the shipped weights misread, or take for no digit, some become "own"
digits, and a run is fine-tuned on them as the page does it. Prints JSON: what is read right before and after of these
digits, of 400 others of the same hand, of MNIST's validation images and of drawn styles; and of a stroke file, such as
the pen digits, which is only measured with. The recipe was chosen on the first hand; the second is new to it.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.interpolate import make_interp_spline

from ocr import Checkpoint, Split, load_checkpoint, load_data
from ocr.data.split import normalise
from ocr.data.stroke_file import UserDigit, to_split
from ocr.data.synthetic.digits import CAREFUL, draw_digits
from ocr.data.user_digits import hold_out
from ocr.reading.evaluation import evaluate
from ocr.reading.familiarity import familiarity
from ocr.runs.finetune import Change, create_fine_tuning, measure_change
from ocr.runs.process import execute

POOL, OTHERS, DRAWN = 60, 40, 5_000  # drawings of each digit to find misread ones in, and to measure with
SIZES = (5, 20)  # of the user's set

# Points on a 10 x 10 grid, as in `ocr.data.synthetic.digit_templates`: "!" makes a corner, "/" lifts the pen.
HANDS = {
    "round": (
        "50 31 14 17 39 59 77 74 61 40 / 25 65",  # with a bar across
        "09 30! 59",  # without a foot, the upstroke as long as the stem
        "03 20 52 37 17 46 89",  # its tail hangs
        "10 80! 44! 75 78 49 08",
        "10 14 36 66 / 60 69",
        "80 20! 15 64 77 39 06 35",  # closed below
        "70 24 17 59 77 66 56",
        "02 10! 80! 49 / 25 75 / 29 69",  # crossed, with a foot
        "20 35 77 49 17 55 80",  # open above
        "70 30 13 35 70! 60 58 29 07",
    ),
    "square": (
        "10 70! 79! 19! 10",
        "22 50! 59! / 19 89",
        "10 70! 74! 14! 19! 79",
        "10 70! 34! 65 67 49 18 06",
        "10 14! 74! / 70 79",
        "70 10! 14! 74! 79! 19",
        "70 10! 19! 79! 74! 14",
        "02 05 / 02 80! 65 39",
        "10 79! 19! 70! 10",
        "74 14! 10! 70! 79! 19",
    ),
}


def curve(template: str) -> list[np.ndarray]:
    """A template's strokes, (n, 2) each."""
    strokes = []
    for stroke in template.split("/"):
        pieces: list[list[tuple[int, int]]] = [[]]
        for token in stroke.split():
            point = int(token[0]), int(token[1])
            pieces[-1].append(point)
            if token.endswith("!"):
                pieces.append([point])
        smooth = []
        for piece in (np.array(piece, float) for piece in pieces if len(piece) > 1):
            at = np.linspace(0, 1, len(piece))
            smooth.append(make_interp_spline(at, piece, k=min(3, len(piece) - 1))(np.linspace(0, 1, 25)))
        strokes.append(np.concatenate(smooth))
    return strokes


def write(template: str, random: np.random.Generator) -> list[list[list[float]]]:
    """A template as a hand writes it: turned, slanted, narrower or wider, each stroke bent and a little off."""
    turn, slant, width = random.normal(0, 0.12), random.normal(0, 0.15), np.exp(random.normal(0, 0.15))
    shape = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ [[width, slant], [0, 1 / width]]
    bend = random.normal(0, 0.3, (2, 2))
    phase = random.uniform(0, 2 * np.pi, (2, 2))
    strokes = []
    for stroke in curve(template):
        waves = np.sin(stroke[:, None, :] * 0.5 + phase) @ np.ones(2)  # (n, 2)
        moved = stroke + waves @ bend + random.normal(0, 0.12, 2)
        strokes.append((moved @ shape.T * 20 + 50).round(1).tolist())
    return strokes


def hand(name: str, each: int, seed: int) -> list[UserDigit]:
    """Drawings of every digit, `each` of them."""
    random = np.random.default_rng(seed)
    return [
        UserDigit(label, write(template, random)) for _ in range(each) for label, template in enumerate(HANDS[name])
    ]


def misread(checkpoint: Checkpoint, digits: list[UserDigit]) -> list[UserDigit]:
    """Those that are read as another digit or taken for none, in random order."""
    split = to_split(digits)
    wrong = evaluate(checkpoint.model, split).predictions != split.labels
    scores = familiarity(checkpoint, normalise(split.images))
    found = np.flatnonzero(wrong | (scores < 0.5))
    return [digits[i] for i in np.random.default_rng(0).permutation(found)]


def strokes_of(path: Path) -> Split:
    """The digits of a stroke file."""
    with gzip.open(path, "rt") as file:
        return to_split([UserDigit(each["label"], each["strokes"]) for each in map(json.loads, file)])


def figures(change: Change) -> dict[str, list[int]]:
    """Counts before and after."""
    counts = {"read right": [change.before.correct, change.after.correct], "of": [change.before.count]}
    return counts | ({"taken for digits": list(change.familiar)} if change.familiar else {})


def main() -> None:
    """Prints one JSON document a hand and size."""
    data, shipped = load_data(), load_checkpoint()
    measured = {"validation": data.validation, "drawn styles": draw_digits(DRAWN, 7_919, CAREFUL)}
    if len(sys.argv) > 1:
        measured[Path(sys.argv[1]).parent.name] = strokes_of(Path(sys.argv[1]))
    for name in HANDS:
        others = to_split(hand(name, OTHERS, seed=2))
        pool = misread(shipped, hand(name, POOL, seed=1))
        for size in SIZES:
            with tempfile.TemporaryDirectory() as folder:
                os.environ["OCR_RUNS_DIR"] = folder
                run = create_fine_tuning(pool[:size], shipped, "Shipped weights")
                seconds = [report.seconds for report in execute(run, data)][-1]
                after = load_checkpoint(run.path)
            trained, held_out = map(to_split, hold_out(pool[:size]))
            splits = {"own, trained on": trained, "own, held out": held_out, "others of this hand": others} | measured
            changes = {key: figures(measure_change(shipped, after, split)) for key, split in splits.items() if split}
            print(json.dumps({"hand": name, "own digits": size, "seconds": round(seconds, 1), **changes}), flush=True)


if __name__ == "__main__":
    main()
