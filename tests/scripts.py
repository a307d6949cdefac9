"""Checks the types of the elements' scripts: `python -m tests.scripts`, a part of `make check`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pages.ui.elements.base import HERE, scripts

TYPESCRIPT = "typescript@5.9.3"
OPTIONS = (
    *("--noEmit", "--allowJs", "--checkJs", "--strict", "--pretty", "false"),
    *("--strictPropertyInitialization", "false"),  # it is an element's update that fills its fields
    *("--target", "es2022", "--module", "es2022", "--lib", "es2022,dom,dom.iterable"),
)
PLACE = re.compile(r"^(\w+)\.js\((\d+),(\d+)\)")


class NoCompiler(Exception):
    """TypeScript's compiler cannot be run here."""


def elements() -> list[str]:
    """Give the names of the elements: of the scripts that mount something."""
    return sorted(path.stem for path in HERE.glob("*.js") if "export default mount(" in path.read_text())


def type_errors(bundles: dict[str, list[Path]]) -> list[str]:
    """Let TypeScript's compiler check each bundle of scripts as the page gets it: as one.

    Args:
        bundles: the scripts of each element, in their order.

    Returns:
        What is wrong, each with the script, line and column that it is in, and once if several bundles share it.

    Raises:
        NoCompiler: there is no Node.js, or npm cannot fetch the compiler.
    """
    if not shutil.which("npx"):
        raise NoCompiler("The types of the scripts cannot be checked: that needs Node.js with npx.")
    with tempfile.TemporaryDirectory() as folder:
        for name, paths in bundles.items():
            (Path(folder) / f"{name}.js").write_text("".join(path.read_text() for path in paths))
        files = [f"{name}.js" for name in bundles]
        command = ["npx", "--yes", "--package", TYPESCRIPT, "tsc", *OPTIONS, *files]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode and "error TS" not in done.stdout:
        raise NoCompiler(f"The types of the scripts cannot be checked: {TYPESCRIPT} does not run.\n{done.stderr}")
    errors = re.split(r"\n(?! )", done.stdout.strip()) if done.stdout.strip() else []
    return list(dict.fromkeys(_in_its_script(error, bundles) for error in errors))


def _in_its_script(error: str, bundles: dict[str, list[Path]]) -> str:
    """Tell of an error with the place in the script instead of the one in the bundle."""
    place = PLACE.match(error)
    if not place:
        return error
    line = int(place[2])
    for path in bundles[place[1]]:
        length = path.read_text().count("\n")
        if line <= length:
            break
        line -= length
    return f"{path.name}:{line}:{place[3]}{error[place.end() :]}"


def main(arguments: Sequence[str] = ()) -> int:
    """Check every element, or those that are named; give the exit status."""
    try:
        errors = type_errors({name: scripts(name) for name in arguments or elements()})
    except NoCompiler as error:
        print(error)
        return int(os.environ.get("CI") == "true")
    print("\n".join(errors) if errors else "The scripts' types hold.")
    return int(bool(errors))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
