"""Filters: the weights of two networks side by side, how they grew, and what single filters do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ocr import CLASS_NAMES, CNN, Checkpoint, LinearClassifier, trace
from ocr.inspection.filters import USUAL, filter_statistics, top_patches, usual_weight
from ocr.inspection.receptive_field import convolved_field
from ocr.runs.folder import find_run
from pages.ui.cache import mnist_data, weights
from pages.ui.elements.flow import write_shape
from pages.ui.elements.maps import even_columns, show_maps
from pages.ui.frame import page
from pages.ui.measured import filter_answers, filter_worth, fingerprint
from pages.ui.text.numbers import difference, signed
from pages.ui.text.say import literally
from pages.ui.text.table import show_table
from pages.ui.weights import SHIPPED, UNTRAINED, choose_weights

ANSWERS, DIGIT, FIGURES, WORTH = "What it answers to", "What it makes of a digit", "Its figures", "What it is worth"
LINEAR = (
    "The linear baseline has no filters: one weight joins every pixel to every digit. "
    "Here they are, ten images of 28 × 28; red ink speaks for the digit, blue against it."
)


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two networks on show. `history` are its weights at every snapshot, for a scale that stays."""

    name: str
    checkpoint: Checkpoint
    history: tuple[Checkpoint, ...]

    @property
    def layers(self) -> int:
        model = self.checkpoint.model
        return len(model.convs) if isinstance(model, CNN) else 0

    def filters(self, layer: int) -> NDArray[np.float32]:
        """The weights of a layer: (out, in, k, k)."""
        model = self.checkpoint.model
        assert isinstance(model, CNN)
        return model.convs[layer].weight.detach().numpy()

    def limit(self, layer: int) -> float:
        """The size that nearly all weights of a layer stay below, now and at every snapshot."""
        models = [checkpoint.model for checkpoint in (self.checkpoint, *self.history)]
        return max(usual_weight(model, layer) for model in models if isinstance(model, CNN))

    @property
    def pixel_weights(self) -> NDArray[np.float32]:
        """The linear baseline's weights, an image for each digit: (10, 28, 28)."""
        return _pixel_weights(self.checkpoint)

    def pixel_limit(self) -> float:
        """As `limit`, of the linear baseline."""
        checkpoints = (self.checkpoint, *self.history)
        return max(float(np.abs(_pixel_weights(checkpoint)).max()) for checkpoint in checkpoints)


def _pixel_weights(checkpoint: Checkpoint) -> NDArray[np.float32]:
    assert isinstance(checkpoint.model, LinearClassifier)
    return checkpoint.model.pixel_weights()


def choose_side(key: str, label: str) -> Side:
    """A chooser of weights and, for a run that kept snapshots, of how far it had come."""
    checkpoint = choose_weights(key, label)
    name = st.session_state[key]
    snapshots = {} if name in (SHIPPED, UNTRAINED) else find_run(name).snapshots()
    if not snapshots:
        return Side(name, checkpoint, ())
    history = {f"{iteration:,}": weights(path) for iteration, path in snapshots.items()}
    now = "now"
    at = st.select_slider(
        "After so many iterations",
        [*history, now],
        now,
        key=f"{key}_at_{name}",
        help="Drag it to see how the filters grew.",
    )
    return Side(name, history.get(at, checkpoint), (checkpoint, *history.values()))


def keep_within(key: str, most: int) -> None:
    """Keeps what was chosen for a larger network within what the one on show has."""
    if st.session_state.get(key, 1) > most:
        st.session_state[key] = most


def show_layer(layer: int, sides: Sequence[Side]) -> None:
    """The filters of a layer for one input channel, both networks on one scale."""
    present = [side for side in sides if side.layers > layer]
    limit = max(side.limit(layer) for side in present)
    channels = max(side.filters(layer).shape[1] for side in present)
    channel = 0
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.subheader(f"Layer {layer + 1} · {describe_filters(present, layer)}", anchor=False, width="content")
        if channels > 1:
            label = f"Input channel: which map of layer {layer} they look at"
            keep_within(f"channel{layer}", channels)
            channel = st.slider(label, 1, channels, key=f"channel{layer}", width=300) - 1
    for column, side in zip(st.columns(2, gap="medium"), sides, strict=True):
        with column:
            if side in present:
                show_filters(side, layer, channel, limit, key=f"filters{layer}_{column_key(sides, side)}")


def look_closer(layer: int, filter_number: int) -> None:
    """Chooses a filter, counted from 0, for the closer look below."""
    st.session_state.layer = f"Layer {layer + 1}"
    st.session_state[f"filter{layer}"] = filter_number + 1


def describe_filters(sides: Sequence[Side], layer: int) -> str:
    """How many filters of what size, of both sides where they differ."""
    shapes = [side.filters(layer).shape for side in sides]
    return " and ".join(dict.fromkeys(f"{count} filters of {size} × {size}" for count, _, size, _ in shapes))


def column_key(sides: Sequence[Side], side: Side) -> str:
    return "left" if side is sides[0] else "right"


def show_filters(side: Side, layer: int, channel: int, limit: float, key: str) -> None:
    """One network's filters of a layer."""
    everything = side.filters(layer)
    count, channels, size, _ = everything.shape
    about = f"{side.name}: {count} filters of {size} × {size}" + (f", channel {channel + 1}" if channels > 1 else "")
    if channel >= channels:
        st.caption(f"{literally(about)}: there are only {channels} input channels here.")
        return
    chosen = everything[:, channel]
    closer = st.session_state.get(f"filter{layer}", 1) - 1  # outlined is the filter that is looked at closer, below
    marked = (
        key.endswith("left") and st.session_state.get("layer", "Layer 1") == f"Layer {layer + 1}" and closer < count
    )
    boxes = [(closer, 0, 0, size, size)] if marked else []
    show_maps(
        chosen,
        key=key,
        names=[f"Filter {i + 1}" for i in range(count)],
        signed=True,
        limit=limit,
        columns=even_columns(count, 9),
        largest=12,
        caption=side.name,
        boxes=boxes,
        on_press=partial(look_closer, layer) if key.endswith("left") else None,
        description=f"{about}, layer {layer + 1}. Weights from {chosen.min():.3f} to {chosen.max():.3f}, "
        "red positive, blue negative. Arrow keys read single weights.",
    )


def show_linear(side: Side, limit: float, key: str) -> None:
    """The baseline's weights, which are images themselves."""
    st.markdown(LINEAR)
    show_maps(
        side.pixel_weights,
        key=key,
        names=[f"Weights for {name}" for name in CLASS_NAMES],
        signed=True,
        limit=limit or 1.0,
        columns=5,
        largest=3,
        caption=side.name,
        description="The linear baseline's weights for the ten digits, 28 by 28 each, red positive and blue negative.",
    )


def show_closer(side: Side) -> None:
    """One filter of the first network, from four sides."""
    model = side.checkpoint.model
    assert isinstance(model, CNN)
    st.subheader("One filter, closer", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="closer"):
        layers = [f"Layer {i + 1}" for i in range(side.layers)]
        if st.session_state.get("layer") not in layers:  # at first, of another network, or pressed once more
            st.session_state.layer = layers[0]
        layer = layers.index(st.segmented_control(f"Of {literally(side.name)}", layers, key="layer"))
        count = model.config.filters[layer]
        keep_within(f"filter{layer}", count)
        channel = st.slider("Filter", 1, count, key=f"filter{layer}", width=260) - 1 if count > 1 else 0
    views = [ANSWERS, DIGIT, FIGURES, WORTH]
    view = st.segmented_control("View", views, default=ANSWERS, key="view", required=True, label_visibility="collapsed")
    if view == ANSWERS:
        show_answers(side.checkpoint, layer, channel)
    elif view == DIGIT:
        show_digit(model, layer, channel)
    elif view == FIGURES:
        show_figures(model, layer)
    else:
        show_worth(side.checkpoint, layer)


def show_answers(checkpoint: Checkpoint, layer: int, channel: int) -> None:
    """The nine patches of test images that excite a filter most."""
    model, split = checkpoint.model, mnist_data().test
    assert isinstance(model, CNN)
    answers, everything = filter_answers(checkpoint, layer), model.convs[layer].weight.detach().numpy()
    patches = top_patches(model, split, answers, layer, channel)
    values, positions = answers.values[channel], answers.positions[channel]
    size = patches.shape[1]
    names = [
        f"{signed(float(v), 2)}: a {split.labels[i]}, image {i + 1:,}"
        for v, (i, _, _) in zip(values, positions, strict=True)
    ]
    st.markdown(
        f"Of all {len(split):,} test images, these excite filter {channel + 1} of layer {layer + 1} most: it answers "
        f"{signed(float(values[0]), 2)} to the first and {signed(float(values[-1]), 2)} to the last. It looks at "
        f"**{size} × {size}** pixels at a time; beyond an image's edge there is no ink."
    )
    field = convolved_field(model.config, layer)
    boxes = [
        (number, field.start + field.step * row, field.start + field.step * column, size, size)
        for number, (_, row, column) in enumerate(positions.tolist())
    ]
    parts = [
        ("patches", patches, (), "What it looked at"),
        ("images", split.ink(positions[:, 0]), boxes, "Where that is"),
    ]
    with st.container(horizontal=True, gap="medium"):
        if everything.shape[1] == 1:
            with st.container(width=250):
                show_one(everything[channel], layer, channel)
        for key, images, marks, caption in parts:
            with st.container(width=330):
                show_maps(
                    images,
                    key=f"answer_{key}",
                    names=names,
                    limit=1.0,
                    columns=3,
                    largest=max(1, 105 // images.shape[1]),
                    legend=False,
                    boxes=marks,
                    caption=caption,
                    description=f"{caption}: the strongest answers first. {'; '.join(names)}.",
                )


def show_one(weights_of_one: NDArray[np.float32], layer: int, channel: int) -> None:
    """A filter with one input channel (1, k, k), its weights written into it."""
    show_maps(
        weights_of_one,
        key="one_filter",
        names=[f"Filter {channel + 1}"],
        signed=True,
        limit=float(np.abs(weights_of_one).max()),
        largest=48,
        legend=False,
        numbers=True,
        caption="Its weights",
        description=f"The weights of filter {channel + 1} of layer {layer + 1}.",
    )


def show_digit(model: CNN, layer: int, channel: int) -> None:
    """A digit, the filter's answer everywhere in it, and what pooling and ReLU leave of that."""
    split = mnist_data().test
    present = [name for i, name in enumerate(CLASS_NAMES) if (split.labels == i).any()]
    digit = st.segmented_control("Digit", present, default=present[0], key="digit", required=True)
    image = split.ink(int(np.argmax(split.labels == CLASS_NAMES.index(digit))))
    values = trace(model, image).layers[layer]
    convolved, pooled = values.convolved[channel], values.maps[channel]
    parts = [
        ("The digit", image, False, float(image.max())),
        ("Convolved, bias included", convolved, True, float(np.abs(convolved).max())),
        ("After max-pool and ReLU", pooled, False, float(pooled.max()) or 1.0),
    ]
    with st.container(horizontal=True, gap="medium"):
        for name, part, has_sign, limit in parts:
            with st.container(width=240):
                st.markdown(f"**{name}** · {write_shape(part.shape)}")
                show_maps(
                    part[None],
                    key=f"digit_{name}",
                    names=[name],
                    signed=has_sign,
                    limit=limit,
                    largest=224 // part.shape[0],
                    description=f"{name}: values from {part.min():.3f} to {part.max():.3f}.",
                )


def show_figures(model: CNN, layer: int) -> None:
    """Mean, smallest, largest, norm and bias of every filter of the layer."""
    known = filter_statistics(model, layer)
    columns = (known.mean, known.low, known.high, known.norm, known.bias)
    rows = [[f"{i + 1}", *(signed(float(value)) for value in row)] for i, row in enumerate(zip(*columns, strict=True))]
    st.caption("Over all input channels of a filter. Norm: the root of the sum of its squared weights.")
    show_table(["Filter", "mean", "min", "max", "norm", "bias"], rows)


def show_worth(checkpoint: Checkpoint, layer: int) -> None:
    """Validation accuracy without each filter, once asked for."""
    count = len(mnist_data().validation)
    asked = st.session_state.setdefault("worth_asked", set())
    this = (fingerprint(checkpoint), layer)
    if this not in asked:
        st.markdown(
            f"How well would the network read without a filter? Its map is set to 0 and all {count:,} validation "
            "images are read again, for each filter of the layer in turn. That takes some seconds."
        )
        st.button("Measure", type="primary", key="measure", on_click=asked.add, args=(this,))
        return
    right = filter_worth(checkpoint, layer)
    st.markdown(f"With all filters: **{right[0] / count:.2%}** ({right[0]:,} of {count:,} validation images).")
    lost = right[0] - right[1:]
    order = np.argsort(-lost, kind="stable")
    rows = [
        [
            f"{i + 1}",
            f"{right[i + 1] / count:.2%}",
            f"{right[i + 1]:,}",
            difference(-lost[i]),
        ]
        for i in order
    ]
    bars = np.maximum(lost, 0) / max(1, lost.max())
    show_table(["Without filter", "accuracy", "read right", "difference"], rows, bars[order].tolist())


with page("pages/filters.py"):
    st.session_state.setdefault("filters_right", UNTRAINED)
    with st.container(key="filters"):
        left, right = st.columns(2, gap="medium")
        with left:
            first = choose_side("filters_left", "Network")
        with right:
            second = choose_side("filters_right", "Compared with")
        sides = [first, second]
        flat = [side for side in sides if not side.layers]
        for column, side in zip((left, right), sides, strict=True):
            if side in flat:
                with column:
                    limit = max(other.pixel_limit() for other in flat)
                    show_linear(side, limit, key=f"linear_{column_key(sides, side)}")
        layers = max(side.layers for side in sides)
        if layers:
            closer = " Press a filter of the first network to look closer." if first.layers else ""
            st.caption(
                "Red weights are positive, blue ones negative, the ground is 0. Within a layer both sides share one "
                f"scale, so that the same colour is the same weight; the largest {1 - USUAL:.0%} are all drawn as its "
                f"ends.{closer}"
            )
        for number in range(layers):
            show_layer(number, sides)
    if first.layers:
        show_closer(first)
