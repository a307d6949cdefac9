"""What the commands share: the program, its options, which data, and where messages go."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ocr.data.labelled import load_labelled
from ocr.data.mnist import load_data
from ocr.data.split import Data, Split
from ocr.data.stroke_file import to_split
from ocr.data.user_digits import load_user_digits
from ocr.errors import OCRError

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="A convolutional network that reads handwritten digits."
)

JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
CHECKPOINT = Annotated[str | None, typer.Option(help="Weights, or a run's folder. Default: the shipped weights.")]
THREADS = Annotated[int | None, typer.Option(min=1, help="Processor threads. Default: all cores.")]
SPLIT = Annotated[str, typer.Option(help="test, validation, bundled (scikit-learn's) or own (your digits).")]
IMAGES = Annotated[
    Path | None,
    typer.Option(help="Instead: a stroke file, or a zip or folder of pictures named by their digits (3_anna.png)."),
]
DEVICE = Annotated[str, typer.Option(help="auto, cpu or cuda.")]


def data_for_training() -> Data:
    """Load MNIST, downloaded if need be; offline, the bundled digits, with a sentence that says so."""
    data = load_data()
    if not data.is_mnist:
        try:
            data = load_data(download=True)
        except OCRError as error:
            print(f"{error} Training on the bundled digits instead.", file=sys.stderr)
    return data


@dataclass(frozen=True)
class Chosen:
    """The images that a command reads.

    Attributes:
        split: The images and their labels.
        title: What they are, for people: "Test-Set".
        source: Where they are from.
        names: What each is called; None where they are known by their numbers.
        problems: What is wrong with those that are left out, a sentence each.
    """

    split: Split
    title: str
    source: str
    names: list[str] | None = None
    problems: tuple[str, ...] = ()


def choose_images(split: str, path: Path | None = None) -> Chosen:
    """Give the images that `--split` and `--images` ask for."""
    if path is not None:
        brought = load_labelled(path)
        return Chosen(brought.split, path.name, str(path), brought.names, tuple(brought.problems))
    if split in ("test", "validation"):
        data = load_data()
        return Chosen(getattr(data, split), f"{split.capitalize()}-Set", data.source)
    if split == "bundled":
        from ocr.data.bundled import all_bundled  # and with it scikit-learn, only where it is needed

        return Chosen(all_bundled(), "bundled digits", "scikit-learn's 1,797 bundled digits")
    if split == "own":
        own = load_user_digits()
        if not own.digits:
            raise OCRError("There are no digits of your own. Keep some on the Draw page first.")
        return Chosen(to_split(own.digits), "your digits", "your digits", None, tuple(own.problems))
    raise OCRError(f"There is no split {split!r}. Choose test, validation, bundled or own.")


def say(text: str, as_json: bool) -> None:
    """Say what goes on, on stderr where stdout is for JSON."""
    print(text, file=sys.stderr if as_json else sys.stdout, flush=True)
