"""What takes long is begun once, however many ask, and its result does not stay in memory for ever."""

from __future__ import annotations

import pytest
import torch
from streamlit.testing.v1 import AppTest

from pages.ui import background
from tests.pages.apptest import check, finished

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture(autouse=True)
def kept_nowhere(monkeypatch) -> None:
    monkeypatch.setattr(background, "keep", lambda *_: None)
    monkeypatch.setattr(background, "recall", lambda *_: None)


def ask(compute: object, identity: str) -> None:
    import streamlit as st

    from pages.ui.background import find_out

    if found := find_out("test", identity, compute):  # type: ignore[arg-type]
        st.text(f"found {int(found['value'])}")


def test_what_somebody_else_began_in_this_moment_is_not_begun_again(monkeypatch):
    def others_begin(name: str, identity: str) -> None:
        _, jobs = background._line(True)
        jobs[name, identity] = background.Job()
        jobs[name, identity].result.set_result({"value": torch.tensor(7)})

    monkeypatch.setattr(background, "recall", others_begin)
    page = AppTest.from_function(ask, args=(pytest.fail, "a")).run()
    assert finished(check(page)).text[0].value == "found 7"


def test_the_oldest_results_go(monkeypatch):
    monkeypatch.setattr(background, "KEPT", 2)
    for number in range(4):
        page = AppTest.from_function(ask, args=(lambda tell: {"value": torch.tensor(1)}, f"{number}")).run()
        assert finished(check(page)).text[0].value == "found 1"
    _, jobs = background._line(True)
    assert [identity for _, identity in jobs] == ["1", "2", "3"]
