"""How accuracy falls as images get worse."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
import torch

from ocr import CLASS_NAMES, Checkpoint
from ocr.data.split import Split
from ocr.inspection.robustness import KINDS, Measured, harmed, measure_robustness
from ocr.inspection.score_plots import robustness_figure
from pages.ui import session
from pages.ui.background import Found, Tell, find_out
from pages.ui.cache import fingerprint
from pages.ui.elements.maps import show_maps
from pages.ui.frame import is_dark
from pages.ui.mistakes.image_set import ImageSet, identity_of, image_set
from pages.ui.session import VALIDATION_IMAGES
from pages.ui.takeaway import network_code, offer_chart, show_python, take_away
from pages.ui.text.numbers import counted, signed
from pages.ui.text.table import offer_csv
from pages.ui.weights import choose_others, named_weights

STEPS = sum(len(kind.strengths) for kind in KINDS)
COLUMNS = 3
MOST = 3  # networks beside the one above: four lines a panel can still be told apart


def show_robustness(checkpoint: Checkpoint, images: ImageSet) -> None:
    """Show accuracy over the strength of nine kinds of harm, for up to four networks, and what they look like."""
    chosen = image_set(VALIDATION_IMAGES) if images.is_test else images  # how robust it is, one may choose it by
    split = chosen.split
    names = [session.MISTAKES_WEIGHTS.value, *choose_others(session.ROBUSTNESS_OTHERS.key, MOST)]
    measured = {}
    for number, name in enumerate(names):
        weights = checkpoint if number == 0 else named_weights(name)
        found = find_out(
            "robustness",
            fingerprint(weights) if chosen.name == VALIDATION_IMAGES else identity_of(weights, chosen),
            partial(_measure, weights, split),
            about=f"How well does **{name}** still read when images are noisy, turned, covered and so on? All "
            f"{counted(len(split), chosen.noun)} are read {STEPS} times, which takes up to half a minute.",
            label="Measure",
        )
        if found is None:
            break
        measured[name] = _listed(found)
    if not measured:
        return
    for first in range(0, len(KINDS), COLUMNS):
        for column, kind in zip(st.columns(COLUMNS), KINDS[first : first + COLUMNS], strict=True):
            with column:
                st.plotly_chart(
                    robustness_figure(measured, kind, legend=kind is KINDS[0] and len(measured) > 1, dark=is_dark()),
                    theme=None,
                    key=f"robustness_{kind.name}",
                    alt=f"Accuracy over the strength of {kind.name.lower()}.",
                )
    rows = [
        [name, each.kind, f"{each.strength:g}", str(each.correct), str(each.count)]
        for name, found in measured.items()
        for each in found
    ]
    _show_kind(split)
    with take_away("robustness"):
        for kind in KINDS:
            offer_chart(kind.name, f"robustness_{kind.name}", f"robustness-{kind.name.lower()}")
        offer_csv("These figures as CSV", "robustness.csv", ["network", "harm", "strength", "right", "images"], rows)
        show_python(
            network_code(session.MISTAKES_WEIGHTS.value),
            chosen.code,
            "from ocr.inspection.robustness import measure_robustness",
            "measured = list(measure_robustness(checkpoint.model, split))",
        )


def _measure(checkpoint: Checkpoint, split: Split, tell: Tell) -> Found:
    correct = []
    for each in measure_robustness(checkpoint.model, split):
        correct.append(each.correct)
        tell(len(correct) / STEPS)
    return {"correct": torch.tensor(correct), "count": torch.tensor(len(split))}


def _listed(found: Found) -> list[Measured]:
    strengths = [(kind.name, strength) for kind in KINDS for strength in kind.strengths]
    count = int(found["count"])
    return [
        Measured(name, strength, int(right), count)
        for (name, strength), right in zip(strengths, found["correct"], strict=True)
    ]


def _show_kind(split: Split) -> None:
    """Show one digit at every strength of a kind."""
    names = [kind.name for kind in KINDS]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = (
            st.segmented_control("What it looks like", names, default=names[0], key="harm", required=True, wrap=True)
            or names[0]
        )
    kind = KINDS[names.index(name)]
    first = [int(np.argmax(split.labels == digit)) for digit in (3, 7)]  # any other one, where there is none
    images = harmed(split.ink(first), kind)  # (strengths, 2, 28, 28)
    show_maps(
        images.transpose(1, 0, 2, 3).reshape(-1, *images.shape[2:]),
        key="harmed",
        names=[f"a {CLASS_NAMES[split.labels[i]]}, {signed(s, 2)} {kind.unit}" for i in first for s in kind.strengths],
        labels=(),
        limit=1.0,
        columns=len(kind.strengths),
        largest=3,
        legend=False,
        description=f"Two digits at each strength of {kind.name.lower()}.",
    )
    st.caption(f"{kind.name} ({kind.unit}): {', '.join(signed(strength, 2) for strength in kind.strengths)}")
