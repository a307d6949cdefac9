"""A network of one's own that was trained elsewhere: its file, what is understood of it, and taking it in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import streamlit as st
from torch import Tensor

from ocr import CNN, LinearClassifier, OCRError
from ocr.network.checkpoint import Checkpoint
from ocr.network.cnn import CNNConfig
from ocr.network.foreign import INPUTS, Assignment, Inputs, alternatives, assemble
from ocr.network.foreign_file import LARGEST_FILE, SAVE_KERAS, SAVE_TORCH, own_checkpoint, read_foreign
from ocr.network.foreign_onnx import EXTRAS
from ocr.reading.foreign import Guess, count_edge_differences, measure_guesses
from ocr.runs.folder import NAME_RULE, free_name
from ocr.runs.imported import PRESET, create_imported, recipe_for
from pages.ui import session
from pages.ui.cache import mnist_data
from pages.ui.runs import act, say_problem
from pages.ui.text.numbers import counted, write_shape
from pages.ui.text.say import say_error
from pages.ui.text.table import show_table
from pages.ui.visitor import digest

ORDERS = {False: "map by map (PyTorch)", True: "pixel by pixel (Keras, TensorFlow)"}


def show_elsewhere() -> None:
    """Show where a file of weights can be given, and what is understood of one that is there."""
    with st.expander("Your own network, trained elsewhere"), st.container(key="elsewhere"):
        st.markdown(
            "Bring the weights of a network of this kind: convolutions that keep the size of the maps, each with "
            "2 × 2 max-pool and ReLU, then two fully connected layers. Its layers may have any names and sizes. "
            "Draw, Filters and Mistakes then show it as they show a run, and you can train it further."
        )
        with st.popover("How to save it"):
            st.markdown("From PyTorch:")
            st.code(SAVE_TORCH.replace("; ", "\n"), language="python")
            st.markdown("From Keras:")
            st.code(SAVE_KERAS.replace("; ", "\n"), language="python")
            st.markdown(f"ONNX files can be read where the package onnx is installed: `{EXTRAS}`.")
        file = st.file_uploader(
            "Weights (.safetensors or .onnx)", key="foreign_file", max_upload_size=LARGEST_FILE // 2**20
        )
        if file is None:
            return
        try:
            _show_file(file.getvalue(), file.name)
        except OCRError as error:
            say_error(error)


def _show_file(content: bytes, name: str) -> None:
    """Show what is understood of a file, ask for the rest, and offer to take it in."""
    identity = hashlib.sha256(content).hexdigest()
    if checkpoint := own_checkpoint(content, name):
        st.markdown("This is a network that was trained here. It is added unchanged.")
    else:
        tensors, assignment = _read(identity, name, content)
        assignment = _confirm(identity, tensors, assignment)
        checkpoint = Checkpoint(_choose(identity, tensors, assignment))
    suggested = free_name(PRESET)
    run_name = st.text_input(
        "Name here", suggested, width=300, key=f"foreign_name_{suggested}", help=f"{NAME_RULE.capitalize()}."
    )
    pressed = st.button("Add this network", type="primary", key="foreign_take")
    if pressed:
        with st.spinner("Calibrating its confidence …"):
            act("elsewhere", _take_in, run_name.strip(), checkpoint, name)
    say_problem("elsewhere")
    if pressed and session.training().next_run:
        st.rerun()


def _take_in(run_name: str, checkpoint: Checkpoint, name: str) -> None:
    session.training().next_run = create_imported(run_name, checkpoint, name, mnist_data(), digest()).name


@st.cache_resource(show_spinner=False, max_entries=4)
def _read(identity: str, name: str, _content: bytes) -> tuple[dict[str, Tensor], Assignment]:
    tensors, assignment = read_foreign(_content, name)
    recipe_for(assignment.config, name)
    return tensors, assignment


@st.cache_data(
    show_spinner="Reading validation images with it, in each way to understand its file. "
    "That takes seconds, with hundreds of filters a minute …",
    max_entries=16,
)
def _guesses(
    identity: str, names: Mapping[str, str | None], _tensors: Mapping[str, Tensor], _assignment: Assignment
) -> list[Guess]:
    return measure_guesses(_tensors, _assignment, mnist_data().validation)


@st.cache_data(show_spinner=False, max_entries=16)
def _edge(
    identity: str,
    names: Mapping[str, str | None],
    channels_last: bool,
    inputs: Inputs,
    _tensors: Mapping[str, Tensor],
    _assignment: Assignment,
) -> int:
    return count_edge_differences(_tensors, _assignment, channels_last, inputs, mnist_data().validation)


def _confirm(identity: str, tensors: Mapping[str, Tensor], assignment: Assignment) -> Assignment:
    """Show which tensor is which part, and let those of one shape be exchanged."""
    several = {part: alternatives(tensors, assignment, part) for part in assignment.names}
    several = {part: names for part, names in several.items() if len(names) > 1}
    if several:
        with st.popover(f"{counted(len(several), 'part')} could be others"):
            st.caption("These tensors have the same shape. They were told apart by their names and order.")
            for part, names in several.items():
                chosen = st.selectbox(_said(part), names, key=f"foreign_{identity[:12]}_{part}", format_func=str)
                assignment = assignment.exchange(part, chosen)
    rows = [
        [_said(part), f"{name}: {write_shape(tensors[name].shape)}" if name else "not there: zeros"]
        for part, name in sorted(assignment.names.items(), key=lambda item: item[0].rpartition(".")[0])
    ]
    show_table(["Here", "in your file"], rows)
    return assignment


def _said(part: str) -> str:
    """Name a part of a network as the pages do."""
    layer, _, what = part.rpartition(".")
    layers = {"fc": "Layer", "fc1": "Fully connected", "fc2": "Output"}
    named = layers.get(layer) or f"Layer {int(layer.removeprefix('convs.')) + 1}"
    return f"{named}: {'weights' if what == 'weight' else 'biases'}"


def _choose(identity: str, tensors: Mapping[str, Tensor], assignment: Assignment) -> CNN | LinearClassifier:
    """Ask for what the file does not say, with the best way chosen at first; give the network."""
    names = dict(assignment.names)
    guesses = _guesses(identity, names, tensors, assignment)
    best = guesses[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        channels_last = best.channels_last
        if assignment.channels_last is None and isinstance(assignment.config, CNNConfig):
            channels_last = st.selectbox(
                "The last maps were flattened",
                list(ORDERS),
                index=list(ORDERS).index(best.channels_last),
                format_func=ORDERS.__getitem__,
                key=f"foreign_order_{identity[:12]}",
                width=260,
            )
        number = st.selectbox(
            "Values of its images",
            range(len(INPUTS)),
            index=INPUTS.index(best.inputs),
            format_func=lambda number: INPUTS[number].name,
            key=f"foreign_inputs_{identity[:12]}",
            width=320,
        )
    inputs = INPUTS[number]
    guess = next(each for each in guesses if each.channels_last == channels_last and each.inputs == inputs)
    said = f"So it reads **{guess.correct:,} of {guess.count:,}** validation images right."
    if guess is best:
        said += " Of all ways to understand the file, this one fits best."
    else:
        said += f" Understood otherwise, it reads {best.correct:,} right: see what was chosen at first."
    if inputs.shift and (edge := _edge(identity, names, channels_last, inputs, tensors, assignment)):
        said += (
            f" It reads {counted(edge, 'image')} of {len(mnist_data().validation):,} differently here than where it "
            "was trained: there, the padding around an image was not blank paper."
        )
    st.markdown(said)
    if best.correct < best.count / 2:
        st.warning(
            "It reads few digits in whatever way its file is understood. Is it trained, on digits like MNIST's, with "
            "ReLU and max-pool? What a file of weights does not say cannot be told here."
        )
    return assemble(tensors, assignment, channels_last, inputs)
