"""What the commands share: the program, its options, which data, and where messages go."""

from __future__ import annotations

import sys
from typing import Annotated, cast

import typer

from ocr.data.mnist import load_data
from ocr.data.split import Data, Split
from ocr.errors import OCRError

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="A convolutional network that reads handwritten digits."
)

JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
CHECKPOINT = Annotated[str | None, typer.Option(help="Weights, or a run's folder. Default: the shipped weights.")]
THREADS = Annotated[int | None, typer.Option(min=1, help="Processor threads. Default: all cores.")]
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


def choose_split(data: Data, name: str) -> Split:
    """Give the split of this name."""
    if name not in ("test", "validation"):
        raise OCRError(f"There is no split {name!r}. Choose test or validation.")
    return cast("Split", getattr(data, name))


def say(text: str, as_json: bool) -> None:
    """Say what goes on, on stderr where stdout is for JSON."""
    print(text, file=sys.stderr if as_json else sys.stdout, flush=True)
