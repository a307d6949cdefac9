"""How much accuracy each filter adds, for which digits, and what is left as filters go."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
import torch

from ocr import CLASS_NAMES, CNN, Checkpoint, evaluate
from ocr.data.split import Split
from ocr.inspection.knock_out import KnockOut, accuracy_as_filters_go, knock_out_each, orders
from ocr.inspection.score_plots import going_figure
from pages.ui.background import Found, Tell, find_out
from pages.ui.cache import fingerprint, mnist_data
from pages.ui.frame import is_dark
from pages.ui.takeaway import offer_chart, take_away
from pages.ui.text.numbers import difference
from pages.ui.text.table import offer_csv, show_table

FEWER = 2_000  # images are enough for the curves


def show_worth(checkpoint: Checkpoint, layer: int) -> None:
    """Show what is lost without each filter of a layer, and the accuracy as filters of all layers go.

    Args:
        checkpoint: The network.
        layer: Which convolutional layer, from 0.
    """
    model, split = checkpoint.model, mnist_data().validation
    assert isinstance(model, CNN)
    count, filters = len(split), sum(model.config.filters)
    found = find_out(
        "knock-outs",
        fingerprint(checkpoint),
        partial(_measure, model, split),
        about=f"How well would the network read without a filter? Its map is set to 0 and all {count:,} validation "
        f"images are read again, for each of the {filters} filters in turn. Then filters go one after the other, in "
        "three orders. That takes half a minute.",
        label="Measure",
    )
    if found is None:
        return
    right, knock_outs = int(found["right"]), _listed(model, found)
    st.markdown(f"With all filters: **{right / count:.2%}** ({right:,} of {count:,} validation images).")
    own = sorted((each for each in knock_outs if each.layer == layer), key=lambda each: -each.total)
    head = ["Without filter", "read right", "difference", *(f"of {name}s" for name in CLASS_NAMES)]
    rows = [
        [f"{each.channel + 1}", f"{right - each.total:,}", *(difference(-int(n)) for n in (each.total, *each.lost))]
        for each in own
    ]
    most = max(1, *(each.total for each in own))
    show_table(head, rows, [max(0, each.total) / most for each in own])
    st.markdown(
        f"**What is left as filters go**, of {int(found['images']):,} images. The least valuable filters can go by the "
        "dozen: others do their work. The most valuable ones are missed at once."
    )
    curves = dict(zip(orders(knock_outs), found["going"].numpy() / int(found["images"]), strict=True))
    st.plotly_chart(
        going_figure(curves, is_dark()), theme=None, key="going", alt="Accuracy as filters are switched off."
    )
    with take_away("worth"):
        offer_csv("The table as CSV", f"layer-{layer + 1}.csv", head, rows)
        offer_chart("What is left as filters go", "going", "filters-go")


def _measure(model: CNN, split: Split, tell: Tell) -> Found:
    """Find what each filter is worth, and how accuracy falls as filters go in three orders."""
    filters, knock_outs = sum(model.config.filters), []
    some = Split(split.images[:FEWER], split.labels[:FEWER])
    for knock_out in knock_out_each(model, split):
        knock_outs.append(knock_out)
        tell(len(knock_outs) / filters / 3)
    going = []
    for order in orders(knock_outs).values():
        going.append(accuracy_as_filters_go(model, some, order))
        tell((1 + 2 * len(going) / 3) / 3)
    lost = np.stack([knock_out.lost for knock_out in knock_outs])
    return {
        "lost": torch.from_numpy(lost),
        "going": torch.from_numpy(np.stack(going)),
        "images": torch.tensor(len(some)),
        "right": torch.tensor(evaluate(model, split).correct),
    }


def _listed(model: CNN, found: Found) -> list[KnockOut]:
    names = [(layer, channel) for layer, count in enumerate(model.config.filters) for channel in range(count)]
    return [KnockOut(*name, lost) for name, lost in zip(names, found["lost"].numpy(), strict=True)]
