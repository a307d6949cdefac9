"""Cached loaders: weights once per file version, data once per server."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
import torch

from ocr import Checkpoint, Data, load_checkpoint, load_data
from ocr.network.checkpoint import SHIPPED

# One image takes 0.3 ms on one thread as on two, but two wait for each other while a training run has the cores.
torch.set_num_threads(1)


@st.cache_resource(show_spinner="Reading MNIST …")
def mnist_data() -> Data:
    """The data in use: MNIST, or the bundled digits."""
    return load_data()


def weights(path: Path = SHIPPED) -> Checkpoint:
    """A checkpoint, read again only when its file has changed."""
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _weights(str(path), stamp)


@st.cache_resource(show_spinner=False, max_entries=32)
def _weights(path: str, stamp: int) -> Checkpoint:
    return load_checkpoint(path)
