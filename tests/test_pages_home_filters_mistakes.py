"""Home, Filters and Mistakes as their visitors meet them, and the maths behind them with numbers worked out by hand.

Run them by `.venv/bin/pytest tests/test_pages_home_filters_mistakes.py`.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from ocr import CNN, CNNConfig, Evaluation, Split, evaluate, load_checkpoint, trace
from ocr.filters import answer_patches, figures, knock_out, patch, strongest_answers
from ocr.mistakes import behind
from ocr.model import count_parameters
from ocr.runs import create_run, execute
from ocr.stages import Field, convolved_field, stages, total_parameters

PATIENCE = 60


@pytest.fixture(autouse=True)
def fresh_caches(offline):
    """Pages start as on a machine without MNIST, knowing nothing of the test before."""
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def few_digits(few, monkeypatch):
    """The pages' data are a few digits, so that reading them all takes no time."""
    monkeypatch.setattr("pages.ui.load.load_data", lambda: few)
    return few


@pytest.fixture
def run_with_snapshots(tiny, few):
    """A run of 3 and 4 filters that kept its weights at 0, 1, 2, 5, 10 and 20 iterations."""
    run = create_run("small-net", tiny, "tutorial")
    list(execute(run, few, 20))
    return run


@pytest.fixture
def linear_run(tiny, few):
    run = create_run("linear-net", replace(tiny, model="linear"), "linear")
    list(execute(run, few, 5))
    return run


@pytest.fixture
def small_model() -> CNN:
    torch.manual_seed(3)
    return CNN(CNNConfig(filters=(3, 4), fc_size=8)).eval().requires_grad_(False)


def open_page(path: str) -> AppTest:
    page = AppTest.from_file(path, default_timeout=PATIENCE).run()
    assert not page.exception
    return page


def elements(page: AppTest) -> list[dict]:
    """What the page told its own elements (flowchart, grids, matrix, gallery) to show."""
    found = [json.loads(element.proto.json) for element in page.main if element.type == "bidi_component"]
    return found + [json.loads(e.proto.json) for e in walk(page.main) if getattr(e, "type", "") == "bidi_component"]


def walk(block):
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from walk(child)
        else:
            yield child
