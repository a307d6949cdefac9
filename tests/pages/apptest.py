"""Pages run by Streamlit's AppTest, without a browser: what their tests share."""

from __future__ import annotations

import base64
import json
import shutil
import time
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ocr.runs.run import Run
from pages.ui.drawing import Drawing
from tests import PROJECT


def open_page(name: str, query: dict[str, str] | None = None, **state: object) -> AppTest:
    """A visitor's first look at `home` or a page named as its file, by a link with `query`, with `state` kept."""
    # From the entry point, because the frame's links are relative to it; switching runs the page's own file only.
    page = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    if name != "home":
        page.switch_page(f"pages/{name}.py")
    for key, value in (query or {}).items():
        page.query_params[key] = value
    for key, value in state.items():
        page.session_state[key] = value
    return check(page.run())


def check(page: AppTest) -> AppTest:
    """The same page, which has run without an exception."""
    assert not page.exception, [error.value for error in page.exception]
    return page


def delete_after(monkeypatch: pytest.MonkeyPatch, run: Run, looks: int) -> None:
    """Has somebody else delete a run after its snapshots have been listed so often."""
    snapshots, looked = Run.snapshots, count(1)

    def list_and_delete(self: Run) -> dict[int, Path]:
        found = snapshots(self)
        if next(looked) == looks:
            shutil.rmtree(run.path)
        return found

    monkeypatch.setattr(Run, "snapshots", list_and_delete)


def on_canvas(strokes: list[list[list[float]]], step: int = 1) -> dict:
    """What the session knows when these strokes are on the canvas of Draw, which has changed so often."""
    return {"strokes": {"drawing": {"version": 0, "step": step, "strokes": strokes}}}


def kept(*topics: object) -> dict[str, object]:
    """What the session knows when these values of `pages/ui/session.py` are kept in it."""
    return {type(topic).__name__: topic for topic in topics}


def drawing_of(page: AppTest) -> Drawing:
    """What Draw and Train read."""
    return page.session_state["Drawing"]


def texts(page: AppTest) -> str:
    """All that the page says, in one string."""
    kinds = ("html", "markdown", "caption", "error", "info", "warning", "success")
    return "\n".join(str(element.proto) for kind in kinds for element in page.get(kind))


def shown(page: AppTest) -> dict[str, dict]:
    """What each of our own elements was told to show, by its key."""

    def walk(block):
        for child in block.children.values():
            yield from walk(child) if hasattr(child, "children") else (child,)

    found = [element for element in walk(page.main) if element.type == "bidi_component" and element.proto.json]
    return {element.proto.id.split("-", 2)[2]: json.loads(element.proto.json) for element in found}


def reading(page: AppTest) -> dict:
    """What the prediction on Draw was told to show."""
    return shown(page)["reading"]


def values(told: dict) -> np.ndarray:
    """The numbers that an element was told to show."""
    return np.frombuffer(base64.b64decode(told["values"]), np.float32)


def set_status(run: Run, **changes: object) -> None:
    """Makes the run's folder tell of another state than it is in."""
    path = run.path / "status.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def finished(page: AppTest) -> AppTest:
    """The page, once what goes on in the background is done."""
    for _ in range(600):
        if not page.get("progress"):
            return page
        time.sleep(0.05)
        check(page.run())
    raise AssertionError("it never ended")


def run_python(page: AppTest) -> dict[str, object]:
    """The names that the last «The Python that makes this» of the page has assigned, once it has been run."""
    *_, code = page.get("code")
    names: dict[str, object] = {}
    exec(code.value, names)
    return names
