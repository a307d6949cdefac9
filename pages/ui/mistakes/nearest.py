"""The training images that a network sees as most like one that it misreads."""

from __future__ import annotations

from collections import Counter
from functools import partial

import numpy as np
import streamlit as st
import torch

from ocr import CLASS_NAMES, CNN, Checkpoint, Evaluation
from ocr.data.split import Split
from ocr.inspection.digit_map import HIDDEN, layer_values, nearest
from pages.ui import session
from pages.ui.background import Found, Tell, find_out
from pages.ui.cache import fingerprint, mnist_data
from pages.ui.elements.gallery import show_gallery
from pages.ui.mistakes.cell import chosen_cell
from pages.ui.mistakes.image_set import ImageSet, evaluation_code
from pages.ui.navigation import open_in_lens
from pages.ui.takeaway import offer_images, show_python, take_away
from pages.ui.text.numbers import counted

MISREAD = 12  # to choose from
NEAREST = 12
CHUNK = 2_500  # images after which it says how far it is


def show_nearest(checkpoint: Checkpoint, evaluation: Evaluation, images: ImageSet) -> None:
    """Show misread images to choose from, and the training images nearest to the chosen one."""
    model = checkpoint.model
    if not isinstance(model, CNN):
        st.caption("The linear baseline has no layers. Choose a convolutional network above.")
        return
    train = mnist_data().train
    positions = evaluation.behind(*chosen_cell())[:MISREAD]
    if not len(positions):
        st.caption("There is no image behind the chosen cell of the confusion matrix.")
        return
    found = find_out(
        "training-features",
        fingerprint(checkpoint),
        partial(_features, model, train),
        about=f"Which training images look to the network most like an image that it misreads? For that, its "
        f"{model.config.fc_size} values of the fully connected layer are computed for all "
        f"{counted(len(train), 'training image')}, once for each network. That takes up to half a minute.",
        label="Compute",
    )
    if found is None:
        return
    chosen = _choose(evaluation, images, positions)
    values = found["features"].float().numpy()
    one = layer_values(model, images.split.ink([chosen]), HIDDEN)[0]
    order = nearest(values, one, NEAREST)
    counts = Counter(CLASS_NAMES[train.labels[i]] for i in order)
    labels = ", ".join(f"{count} are labelled {name}" for name, count in counts.most_common())
    st.markdown(
        f"**The {len(order)} nearest of {counted(len(train), 'training image')}**: {labels}. Below each: its distance "
        "and number."
    )
    opened = show_gallery(
        train.ink(order),
        [CLASS_NAMES[train.labels[i]] for i in order],
        [f"at {np.linalg.norm(values[i] - one):.1f}\n{i + 1:,}" for i in order],
        key="nearest",
        action="Open on Draw",
        compact=True,
    )
    if opened is not None:
        open_in_lens(train, int(order[opened]), "the training image from Mistakes", session.MISTAKES_WEIGHTS.value)
    with take_away("nearest"):
        names = [f"{i + 1}: {CLASS_NAMES[train.labels[i]]}" for i in order]
        offer_images("The nearest training images", "nearest", train.ink(order), names, limit=1)
        show_python(
            *evaluation_code(images),
            "from ocr import load_data",
            "from ocr.inspection.digit_map import HIDDEN, layer_values, nearest",
            "train = layer_values(checkpoint.model, load_data().train.ink(slice(None)), HIDDEN)",
            f"order = nearest(train, layer_values(checkpoint.model, split.ink([{chosen}]), HIDDEN)[0], {NEAREST})",
        )


def _choose(evaluation: Evaluation, images: ImageSet, positions: np.ndarray) -> int:
    """Let choose one of the misread images; give its position."""
    topic = session.mistakes()
    chosen = int(positions[0])
    if topic.looked_at is not None and topic.looked_at in positions:
        chosen = topic.looked_at
    st.markdown("**Misread images behind the chosen cell of the matrix.** Press one for the training images like it.")
    pressed = show_gallery(
        images.split.ink(positions),
        [f"{CLASS_NAMES[images.split.labels[i]]} read as {CLASS_NAMES[evaluation.predictions[i]]}" for i in positions],
        [images.names[i] if images.names else f"image {i + 1:,}" for i in positions],
        key="misread",
        action="Show the training images like it",
        compact=True,
        chosen=positions.tolist().index(chosen),
    )
    if pressed is not None and pressed < len(positions) and int(positions[pressed]) != chosen:
        topic.looked_at = int(positions[pressed])
        st.rerun()
    return chosen


def _features(model: CNN, train: Split, tell: Tell) -> Found:
    """Compute the values of the fully connected layer, float16 (N, 128): half the room, and near enough."""
    parts = []
    for first in range(0, len(train), CHUNK):
        parts.append(torch.from_numpy(layer_values(model, train.ink(slice(first, first + CHUNK)), HIDDEN)).half())
        tell(min(1.0, (first + CHUNK) / len(train)))
    return {"features": torch.cat(parts)}
