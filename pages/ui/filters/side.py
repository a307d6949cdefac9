"""One of the two networks that are compared, and the chooser of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CNN, Checkpoint, CNNConfig, LinearClassifier
from ocr.inspection.filters import usual_weight
from pages.ui.cache import weights
from pages.ui.session import SHIPPED, UNTRAINED, Widget
from pages.ui.takeaway import network_code
from pages.ui.visitor import visible_run
from pages.ui.weights import choose_weights


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two networks on show."""

    name: str
    checkpoint: Checkpoint
    history: tuple[Checkpoint, ...]  # its weights now and at every snapshot, for a scale that stays
    at: int | None = None  # the iteration of the snapshot on show; None is now

    @property
    def title(self) -> str:
        """Name it, with the snapshot that is on show."""
        return self.name if self.at is None else f"{self.name}, after {self.at:,}"

    @property
    def code(self) -> str:
        """Write the Python that loads it as `checkpoint`."""
        return network_code(self.name, self.at)

    @property
    def layers(self) -> int:
        """How many convolutional layers it has."""
        model = self.checkpoint.model
        return len(model.convs) if isinstance(model, CNN) else 0

    @property
    def config(self) -> CNNConfig:
        """The sizes of a convolutional network."""
        model = self.checkpoint.model
        assert isinstance(model, CNN)
        return model.config

    def filters(self, layer: int) -> NDArray[np.float32]:
        """Give the weights of a layer: (out, in, k, k)."""
        model = self.checkpoint.model
        assert isinstance(model, CNN)
        return model.convs[layer].weight.detach().numpy()

    def limit(self, layer: int) -> float:
        """Give the size that nearly all weights of a layer stay below, now and at every snapshot."""
        models = [checkpoint.model for checkpoint in (self.checkpoint, *self.history)]
        return max(usual_weight(model, layer) for model in models if isinstance(model, CNN))

    @property
    def pixel_weights(self) -> NDArray[np.float32]:
        """The linear baseline's weights, an image for each digit: (10, 28, 28)."""
        return _pixel_weights(self.checkpoint)

    def pixel_limit(self) -> float:
        """Give the size of the largest weight of the linear baseline, now and at every snapshot."""
        checkpoints = (self.checkpoint, *self.history)
        return max(float(np.abs(_pixel_weights(checkpoint)).max()) for checkpoint in checkpoints)


def _pixel_weights(checkpoint: Checkpoint) -> NDArray[np.float32]:
    assert isinstance(checkpoint.model, LinearClassifier)
    return checkpoint.model.pixel_weights()


def choose_side(chooser: Widget[str], label: str, moment_of: Callable[[str], Widget[int | None]]) -> Side:
    """Show a chooser of weights and, for a run that kept snapshots, of how far it had come.

    Args:
        chooser: The chooser's key.
        label: What stands above it.
        moment_of: Gives the key of the slider over the snapshots of a run.

    Returns:
        The network that is chosen.
    """
    checkpoint = choose_weights(chooser.key, label)
    name = chooser.value
    snapshots = {} if name in (SHIPPED, UNTRAINED) else visible_run(name).snapshots()
    if not snapshots:
        return Side(name, checkpoint, ())
    history = {iteration: weights(path) for iteration, path in snapshots.items()}
    moment = moment_of(name)
    if not moment.there or moment.value not in history:
        moment.value = None  # the slider itself would begin at its first snapshot
    at = st.select_slider(
        "After so many iterations",
        [*history, None],
        format_func=lambda moment: "now" if moment is None else f"{moment:,}",
        key=moment.key,
        help="Drag it to see how the filters grew.",
    )
    shown = checkpoint if at is None else history[at]
    return Side(name, shown, (checkpoint, *history.values()), at)
