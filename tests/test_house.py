"""The house: which room may import which, and how little each door loads."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests import PROJECT

GROUND = {"errors", "files"}
FLAT = {
    "account",
    "background",
    "behind",
    "cache",
    "changes",
    "classroom",
    "drawing",
    "flowing",
    "frame",
    "kept",
    "links",
    "memory",
    "navigation",
    "runs",
    "session",
    "takeaway",
    "topics",
    "visitor",
    "weights",
}
FOLDERS = {"home", "learn", "draw", "train", "filters", "mistakes", "yours", "teacher"}
OCR = {"ink", "data", "network", "reading", "training", "inspection", "runs", "benchmark", "ocr", "palette", *GROUND}
UI = {f"ui/{name}" for name in FLAT | FOLDERS | {"elements", "text"}}

# A room, and the rooms that it may import besides itself. A room of its own is also each file on the ground.
ARROWS: dict[str, set[str]] = {
    "errors": set(),
    "palette": set(),
    "files": {"errors"},
    "ink": GROUND,
    "network": GROUND,
    "data": {"ink", *GROUND},
    "reading": {"data", "ink", "network", *GROUND},
    "training": {"reading", "data", "ink", "network", *GROUND},
    "runs": {"training", "reading", "data", "ink", "network", "palette", *GROUND},
    "inspection": {"reading", "data", "ink", "network", "palette", *GROUND},  # and one module, see EXTRA
    "benchmark": {"training", "reading", "data", "network", *GROUND},
    "ocr": OCR,  # its public names
    "commands": OCR,
    "__main__": {"commands", "errors"},
    "ui/text": OCR,
    "ui/elements": {"ui/text", "ui/session", *OCR},
    **{f"ui/{name}": {f"ui/{other}" for other in FLAT} | {"ui/elements", "ui/text"} | OCR for name in FLAT | FOLDERS},
    "pages": UI | OCR,
    "app": UI | OCR,
}
EXTRA = {"inspection": {"ocr.training.report"}}


def files_of(root: Path) -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    paths = [*root.glob("app.py"), *root.glob("ocr/**/*.py"), *root.glob("pages/**/*.py")]
    names = {path: ".".join(path.relative_to(root).with_suffix("").parts) for path in paths}
    return {name.removesuffix(".__init__"): path for path, name in names.items()}


def room_of(module: str) -> str:
    """The room of a module: `ink` of ocr.ink.image, `ui/draw` of pages.ui.draw.pen, `pages` of pages.draw."""
    parts = module.split(".")
    if parts[0] == "ocr":
        return parts[1] if len(parts) > 1 else "ocr"
    if parts[:2] == ["pages", "ui"] and len(parts) > 2:
        return f"ui/{parts[2]}"
    return parts[0]


def imports_of(module: str, path: Path, modules: dict[str, Path]) -> Iterator[tuple[int, str, bool]]:
    """Line, module of ours and whether it is a true import (not one for types alone) of each import in a file.

    Imports inside functions count, so do `import_module` with a literal name, and the table of `ocr`'s names.
    """
    tree = ast.parse(path.read_text())
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for body in node.body
        for inner in ast.walk(body)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
            names = [f"{base}.{a.name}" if f"{base}.{a.name}" in modules else base for a in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES":
            assert isinstance(node.value, ast.Dict)
            names = [str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)]
        for name in names:
            if name.split(".")[0] in ("ocr", "pages", "app", "streamlit"):
                yield node.lineno, name, id(node) not in for_types


def offences(root: Path) -> list[str]:
    """Every import that the table does not allow, as `file:line: a room -> another`."""
    modules, found = files_of(root), []
    for module, path in modules.items():
        room = room_of(module)
        for line, name, _ in imports_of(module, path, modules):
            other = room_of(name)
            inside_ocr = module.split(".")[0] == "ocr"
            if name.split(".")[0] == "streamlit" and not inside_ocr:
                continue
            if other == room or name in EXTRA.get(room, ()):
                continue
            if other not in ARROWS.get(room, set()):
                found.append(f"{path.relative_to(root)}:{line}: {room} -> {other}")
    return found


def circle(root: Path) -> list[str]:
    """The modules of one circle of imports, or none. `ocr` itself imports its names only when they are asked for."""
    modules = files_of(root)
    graph = {
        module: {
            name
            for _, name, true in imports_of(module, path, modules)
            if true and name in modules and name not in (module, "ocr")
        }
        for module, path in modules.items()
        if module != "ocr"
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_room_is_in_the_table():
    modules = files_of(PROJECT)
    assert len(modules) > 80
    assert {room_of(module) for module in modules} - {"pages.ui"} <= ARROWS.keys()


def test_rooms_import_what_they_may():
    found = offences(PROJECT)
    assert found == [], "\n".join(found)


def test_no_modules_import_each_other_in_a_circle():
    assert circle(PROJECT) == []


@pytest.mark.parametrize(
    ("file", "line", "offence"),
    [
        ("ocr/ink/image.py", "from ocr.data.split import Split", "ocr/ink/image.py:2: ink -> data"),
        ("ocr/ink/image.py", "def f():\n    import ocr.data.split", "ocr/ink/image.py:3: ink -> data"),
        ("ocr/ink/image.py", "if TYPE_CHECKING:\n    from ocr.runs import run", "ocr/ink/image.py:3: ink -> runs"),
        ("ocr/network/cnn.py", "import_module('ocr.reading.prediction')", "ocr/network/cnn.py:2: network -> reading"),
        ("ocr/network/cnn.py", "from ..reading import prediction", "ocr/network/cnn.py:2: network -> reading"),
        ("ocr/network/cnn.py", "import streamlit as st", "ocr/network/cnn.py:2: network -> streamlit"),
        ("ocr/reading/prediction.py", "from ocr import train", "ocr/reading/prediction.py:2: reading -> ocr"),
        ("ocr/inspection/plots.py", "import ocr.training.trainer", "ocr/inspection/plots.py:2: inspection -> training"),
        ("ocr/runs/run.py", "from pages.ui import session", "ocr/runs/run.py:2: runs -> ui/session"),
        ("ocr/__init__.py", "_HOMES = {'pages.ui.session': ('x',)}", "ocr/__init__.py:2: ocr -> ui/session"),
        ("pages/ui/draw/pen.py", "from pages.ui.train import plan", "pages/ui/draw/pen.py:2: ui/draw -> ui/train"),
        (
            "pages/ui/elements/maps.py",
            "import pages.ui.draw.pen",
            "pages/ui/elements/maps.py:2: ui/elements -> ui/draw",
        ),
    ],
)
def test_an_import_that_is_added_is_named(tmp_path, file, line, offence):
    for name in [file, "pages/ui/session.py", "pages/ui/train/plan.py", "pages/ui/draw/pen.py", "ocr/runs/run.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / file).write_text("from ocr.errors import OCRError\n")
    assert offences(tmp_path) == []
    (tmp_path / file).write_text(f"from ocr.errors import OCRError\n{line}\n")
    assert offences(tmp_path) == [offence]


def test_a_circle_is_found(tmp_path):
    (tmp_path / "ocr/ink").mkdir(parents=True)
    (tmp_path / "ocr/ink/a.py").write_text("from ocr.ink import b")
    (tmp_path / "ocr/ink/b.py").write_text("")
    assert circle(tmp_path) == []
    (tmp_path / "ocr/ink/b.py").write_text("def f():\n    from ocr.ink.a import x")
    assert set(circle(tmp_path)) == {"ocr.ink.a", "ocr.ink.b"}


LOADED = """
import sys
files = [name for name, module in sys.modules.items()
         if name.split(".")[0] in ("ocr", "pages") and not hasattr(module, "__path__")]
print(" ".join(sorted(files)), "torch" in sys.modules, sep=";")
"""


def loaded(code: str) -> tuple[list[str], bool]:
    """Which modules of ours (files, not packages) a fresh process has after some code, and whether it has torch."""
    command = [sys.executable, "-c", code + LOADED]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    names, torch = done.stdout.strip().split(";")
    return names.split(), torch == "True"


@pytest.mark.parametrize(
    ("module", "most", "never"),
    [
        ("ocr.reading.prediction", 9, ("ocr.training", "ocr.inspection", "ocr.runs", "ocr.data.synthetic", "pages")),
        ("ocr.runs.run", 12, ("ocr.training.trainer", "ocr.inspection", "pages")),
        ("ocr.inspection.plots", 5, ("ocr.training.trainer", "ocr.runs", "pages")),
    ],
)
def test_a_door_loads_little(module, most, never):
    names, _ = loaded(f"import {module}")
    assert module in names
    assert len(names) <= most, names
    assert [name for name in names if name.startswith(never)] == []


def test_the_package_alone_loads_nothing():
    assert loaded("import ocr") == ([], False)


def test_no_import_changes_torchs_threads():
    modules = [
        name for name in files_of(PROJECT) if name.startswith(("ocr.", "pages.ui.")) and "tensorflow" not in name
    ]
    modules.remove("ocr.__main__")
    assert len(modules) > 60
    code = (
        "import torch, importlib; torch.set_num_threads(3)\n"
        f"for name in {modules}:\n"
        "    importlib.import_module(name); assert torch.get_num_threads() == 3, name"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr[-2000:]
