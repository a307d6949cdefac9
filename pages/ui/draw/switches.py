"""Filters and neurons that are switched off while one draws: reading, maps and accuracy are those without them."""

from __future__ import annotations

import streamlit as st

from ocr import CNN, Checkpoint
from ocr.inspection.knock_out import switch_off
from ocr.inspection.units import FILTER, unit_counts, unit_kinds
from pages.ui import session
from pages.ui.cache import evaluation_on_validation, fingerprint
from pages.ui.text.numbers import counted

Chosen = tuple[tuple[int, ...], ...]  # of each layer, the filters or neurons that are off, from 0


def choose_switches(checkpoint: Checkpoint) -> Checkpoint:
    """Show a chooser of filters or neurons for each layer, and give the network without those that are chosen."""
    model = checkpoint.model
    if not isinstance(model, CNN):
        return checkpoint
    chosen = []
    for layer, count in enumerate(unit_counts(model.config)[:-1]):
        widget = session.switched_off(layer)
        if any(channel >= count for channel in widget.value):  # they were chosen for a larger network
            widget.value = [channel for channel in widget.value if channel < count]
        is_filter = unit_kinds(model.config)[layer] == FILTER
        label = f"Layer {layer + 1}: filters switched off" if is_filter else "Neurons switched off"
        numbers = range(count)
        off = st.multiselect(label, numbers, format_func=lambda i: f"{i + 1}", key=widget.key, persist_state="session")
        chosen.append(tuple(sorted(off)))
    return _without(fingerprint(checkpoint), tuple(chosen), checkpoint) if any(chosen) else checkpoint


@st.cache_resource(show_spinner=False, max_entries=32)
def _without(identity: str, chosen: Chosen, _checkpoint: Checkpoint) -> Checkpoint:
    return switch_off(_checkpoint, dict(enumerate(chosen)))


def say_switches(whole: Checkpoint, switched: Checkpoint) -> None:
    """Say how many filters and neurons are off and how well the network reads without; a press switches them on."""
    if switched is whole:
        return
    assert isinstance(whole.model, CNN)
    *filters, neurons = [len(session.switched_off(layer).value) for layer in range(len(whole.model.convs) + 1)]
    parts = [(sum(filters), "filter"), (neurons, "neuron")]
    off = " and ".join(counted(count, kind) for count, kind in parts if count)
    with_all, without = evaluation_on_validation(whole), evaluation_on_validation(switched)
    with st.container(key="switched_off", gap="xsmall"):
        st.markdown(
            f"**{off} switched off.** It reads {without.accuracy:.2%} of {without.count:,} "
            f"validation images, {with_all.accuracy:.2%} with all."
        )
        st.button("Switch all on", on_click=_switch_on, args=(len(filters) + 1,), key="switch_on")


def _switch_on(layers: int) -> None:
    for layer in range(layers):
        session.switched_off(layer).value = []
