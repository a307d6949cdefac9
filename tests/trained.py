"""Runs that are trained in this process: what their tests share."""

from __future__ import annotations

import torch

from ocr import load_checkpoint
from ocr.runs.process import execute


def finish(run, data, iterations=None):
    return list(execute(run, data, iterations))


def assert_same_weights(run, other):
    one = load_checkpoint(run.path).model.state_dict()
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name
