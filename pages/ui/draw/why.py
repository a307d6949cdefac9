"""Why this digit: evidence for and against it, what it rests on, and the least change that flips the reading."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ocr import CLASS_NAMES, CNN, Checkpoint, Trace
from ocr.ink.strokes import Ink
from ocr.inspection.attribution import minimal_perturbation, occlusion, saliency
from ocr.inspection.traces import evidence
from ocr.network.checkpoint import temperature
from pages.ui.elements.maps import show_image, show_maps
from pages.ui.text.numbers import signed


def show_why(weights: Checkpoint, traced: Trace) -> None:
    """Evidence for and against, saliency, occlusion, and the least change of ink that flips the reading."""
    model = weights.model
    assert isinstance(model, CNN)
    order = np.argsort(-traced.logits)
    first = st.segmented_control(
        "Digit", range(10), default=int(order[0]), key=f"why_{int(order[0])}", format_func=lambda i: CLASS_NAMES[i]
    )
    first = int(order[0]) if first is None else first
    other = int(order[1]) if order[0] == first else first  # the second guess, or what was asked for
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=300):
            found = evidence(model, traced, first)
            st.markdown(f"**For and against {first}, by feature**")
            show_maps(
                found.contributions,
                key="why_evidence",
                names=[f"Layer-{len(traced.layers)} map {i + 1}" for i in range(len(found.contributions))],
                signed=True,
                limit=float(np.abs(found.contributions).max()),
                caption="Point at a value",
                description=f"How much each value of the last maps adds to the logit of {first}.",
            )
            total = float(found.contributions.sum())
            st.caption(
                f"All of them {signed(total)}, and {signed(found.constant)} from the biases, make the logit "
                f"{signed(found.logit)} of {first}."
            )
        with st.container(width=270):
            slopes = saliency(model, traced.image, first)
            over_image(
                traced.image,
                f"**Where more ink would say {first}**",
                slopes,
                "why_saliency",
                "Red: more ink for it. Blue: less. Smoothed: the mean over copies with noise.",
            )
        with st.container(width=270):
            falls = occlusion(model, traced.image, first, temperature=temperature(weights))
            over_image(
                traced.image,
                f"**What {first} rests on**",
                falls,
                "why_occlusion",
                "Drop in its probability when a 5 × 5 patch is erased.",
            )
        with st.container(width=270):
            show_flip(weights, traced, other)


def over_image(image: Ink, title: str, values: np.ndarray, key: str, caption: str) -> None:
    """A signed map over the 28 × 28 image, with its legend."""
    st.markdown(title)
    limit = max(float(np.abs(values).max()), 1e-6)
    show_maps(
        values[None],
        key=key,
        names=["Pixel"],
        signed=True,
        limit=limit,
        largest=8,
        under=image,
        description=title.strip("*"),
    )
    st.caption(caption)


def show_flip(weights: Checkpoint, traced: Trace, digit: int) -> None:
    """The least change that was found to make the network read another digit."""
    assert isinstance(weights.model, CNN)
    st.markdown(f"**As a {digit}, with the least change**")
    changed = minimal_perturbation(weights.model, traced.image, digit)
    if changed is None:
        st.caption(f"No small change was found that makes it a {digit}.")
        return
    difference = changed - traced.image
    show_image(changed, key="why_flip", largest=8, description="The changed image.")
    added, removed = float(difference.clip(0).sum()), float(-difference.clip(max=0).sum())
    share = (added + removed) / max(float(traced.image.sum()), 1e-6)
    st.caption(
        f"With ink of {added:.1f} pixels added and {removed:.1f} removed, {share:.1%} of what there is, "
        f"it is read as {digit}."
    )
