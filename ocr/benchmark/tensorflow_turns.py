"""TensorFlow in turns with ours: `tensorflow_reference.py`, run by a Python that has it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ocr.errors import OCRError

SCRIPT = Path(__file__).with_name("tensorflow_reference.py")


@contextmanager
def tensorflow_trainer(python: str | None) -> Iterator[Callable[[int], dict[str, Any]]]:
    """Run TensorFlow in a process of its own while this is open.

    Args:
        python: A Python that has TensorFlow; None for none.

    Yields:
        A function that trains so many iterations there and gives "seconds" and TensorFlow's "version"; without a
        Python it gives nothing.

    Raises:
        OCRError: `python` cannot be run, or has no TensorFlow.
    """
    if not python:
        yield lambda iterations: {}
        return
    try:
        process = subprocess.Popen(
            # -I: our own modules, which lie beside the script, are not found in place of Python's.
            [python, "-I", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    except OSError as error:
        raise OCRError(f"{python} cannot be run: {error.strerror}. Give the path of a Python.") from error

    def ask(iterations: int) -> dict[str, Any]:
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(f"{iterations}\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())
        except (OSError, ValueError) as error:
            raise OCRError(
                f"{python} does not run TensorFlow. Make one that does: python3 -m venv /tmp/tf, then "
                "/tmp/tf/bin/pip install tensorflow-cpu, then --tensorflow /tmp/tf/bin/python."
            ) from error

    with process:
        try:
            ask(0)  # what it takes to start does not slow the first turn
            yield ask
        finally:
            process.kill()
