"""The command line: `python -m ocr train | evaluate | inspect | predict | data`, and more that `--help` lists."""

from __future__ import annotations

import sys

from ocr.commands import evaluate, imports, machine, networks, read, train  # noqa: F401  # each adds its commands
from ocr.commands.shared import app
from ocr.errors import OCRError


def main() -> None:
    """Run the command; what a user can mend goes to stderr as one sentence, with exit code 2."""
    try:
        app()
    except OCRError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
