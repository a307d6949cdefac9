"""What `ocr` promises to those who import it."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys

import pytest

import ocr
from tests import PROJECT

MODULES = sorted(path.stem for path in (PROJECT / "ocr").glob("*.py") if path.stem not in ("__init__", "__main__"))


def run(code: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_exported_names_are_there_once_and_sorted():
    assert len(set(ocr.__all__)) == len(ocr.__all__)
    for name in ocr.__all__:
        assert getattr(ocr, name) is not None
        assert getattr(ocr, name).__doc__, f"{name} is not documented"


def test_what_the_package_imports_is_what_it_exports():
    """What type checkers see, what is imported when it is asked for, and what is promised."""
    tree = ast.parse((PROJECT / "ocr" / "__init__.py").read_text())
    (for_types,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in for_types.body if isinstance(node, ast.ImportFrom)]
    assert len(imports) == len(for_types.body)
    assert {node.module: tuple(alias.name for alias in node.names) for node in imports} == ocr._HOMES
    assert sorted(name for names in ocr._HOMES.values() for name in names) == sorted(ocr.__all__)
    for home, names in ocr._HOMES.items():
        for name in names:
            submodule = f"{home}.{name}"
            expected = sys.modules.get(submodule) if name == "plots" else getattr(importlib.import_module(home), name)
            assert getattr(ocr, name) is (expected or importlib.import_module(submodule))


def test_the_package_knows_neither_streamlit_nor_the_pages():
    modules = ", ".join(f"ocr.{name}" for name in [*MODULES, "__main__"])
    result = run(
        f"import sys, {modules}\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('streamlit', 'pages', 'app')))"
    )
    assert (result.returncode, result.stdout.strip()) == (0, "[]"), result.stderr


@pytest.mark.parametrize("name", [*MODULES, "__main__"])
def test_no_module_mentions_them_in_an_import(name):
    """Also not inside a function, where the test above would not see it."""
    tree = ast.parse((PROJECT / "ocr" / f"{name}.py").read_text())
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not {imported.split(".")[0] for imported in names} & {"streamlit", "pages", "app", "st"}


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_for(name):
    assert (importlib.import_module(f"ocr.{name}").__doc__ or "").strip()


def test_the_packages_own_example_runs():
    lines = (ocr.__doc__ or "").splitlines()
    code = [line.strip() for line in lines if re.match(r"    \S", line)]
    assert len(code) == 4
    result = run("\n".join(code))
    assert result.returncode == 0, result.stderr
    digit, confidence = result.stdout.split()
    assert 0 <= int(digit) <= 9
    assert 0.1 <= float(confidence) <= 1


def test_readmes_examples_run(offline):
    """On the bundled digits, and where they train, for a few iterations only."""
    readme = PROJECT / "README.md"
    blocks = re.findall(r"```python\n(.*?)```", readme.read_text(), re.S)
    assert len(blocks) == 1
    for block in blocks:
        result = run(re.sub(r'preset\("(\w+)"\)', r'preset("\1", iterations=20)', block))
        assert result.returncode == 0, f"{block}\n{result.stderr}"
