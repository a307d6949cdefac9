"""The network in the page, which reads the digit that is being drawn at the display's rate; see `reader.js`."""

from __future__ import annotations

import json
from dataclasses import asdict

import torch
from safetensors.torch import save

from ocr import CNN, Checkpoint, LinearClassifier
from ocr.network.checkpoint import temperature
from pages.ui.elements.base import component


def show_reader(checkpoint: Checkpoint) -> None:
    """Give the page a network to read with; of a kind that `network.js` does not compute, none.

    Nothing of it is seen. Draw it last, so that what is seen does not wait for a megabyte of weights. They travel once:
    Streamlit knows a message of the same bytes by its hash, and the browser has kept it.

    Args:
        checkpoint: the network, and the temperature that its logits are divided by.
    """
    if isinstance(checkpoint.model, CNN | LinearClassifier):
        component("reader")(key="reader", data=pack(checkpoint), height=0)


def pack(checkpoint: Checkpoint) -> bytes:
    """Pack what `network.js` computes with.

    Args:
        checkpoint: a convolutional network or the linear baseline.

    Returns:
        A safetensors file of float32, always the same bytes: it has a single entry of metadata, because the order of
        several is left to chance.
    """
    model = checkpoint.model
    tensors = {name: tensor.float().contiguous() for name, tensor in model.state_dict().items()}
    tensors["temperature"] = torch.tensor(temperature(checkpoint))
    return save(tensors, {"network": json.dumps(asdict(model.config))})
