"""How much accuracy each filter, neuron or output adds, for which digits, and what is left as filters go."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
import torch

from ocr import CLASS_NAMES, CNN, evaluate
from ocr.data.split import Split
from ocr.inspection.knock_out import KnockOut, accuracy_as_filters_go, knock_out_each, knock_out_neurons, orders
from ocr.inspection.score_plots import going_figure
from ocr.inspection.units import FILTER, OUTPUT, unit_counts, unit_kinds
from pages.ui.background import Found, Tell, find_out
from pages.ui.cache import evaluation_on_validation, fingerprint, mnist_data
from pages.ui.filters.side import Side
from pages.ui.frame import is_dark
from pages.ui.takeaway import offer_chart, show_python, take_away
from pages.ui.text.numbers import difference
from pages.ui.text.table import offer_csv, show_table
from pages.ui.text.units import unit_name

SHOWN = 36  # lines of a table
FEWER = 2_000  # images are enough for the curves


def show_worth(side: Side, layer: int, channel: int) -> None:
    """Show what is lost without each unit of a layer and, of filters, the accuracy as those of all layers go.

    Args:
        side: The network.
        layer: Which layer, from 0.
        channel: The unit that is looked at, from 0.
    """
    model = side.checkpoint.model
    assert isinstance(model, CNN)
    kind = unit_kinds(model.config)[layer]
    if kind != FILTER:
        layers = len(model.config.filters)
        lost = find_out("neurons", fingerprint(side.checkpoint), partial(_without_neurons, model))
        if lost is None:
            return
        found = [each for each in _listed(model, lost, (layers, layers + 1)) if each.layer == layer]
        right = evaluation_on_validation(side.checkpoint).correct
        head, rows = _show_table(model, found, right, channel)
        with take_away("worth"):
            offer_csv("The table as CSV", f"{kind}s.csv", head, rows)
            _show_code(side, "knock_out_neurons", layer)
        return
    measured = _find_knock_outs(side, model)
    if measured is None:
        return
    knock_outs = _listed(model, measured, range(len(model.config.filters)))
    own = [each for each in knock_outs if each.layer == layer]
    head, rows = _show_table(model, own, int(measured["right"]), channel)
    st.markdown(
        f"**What is left as filters go**, of {int(measured['images']):,} images. The least valuable filters can go by "
        "the dozen: others do their work. The most valuable ones are missed at once."
    )
    curves = dict(zip(orders(knock_outs), measured["going"].numpy() / int(measured["images"]), strict=True))
    st.plotly_chart(
        going_figure(curves, is_dark()), theme=None, key="going", alt="Accuracy as filters are switched off."
    )
    with take_away("worth"):
        offer_csv("The table as CSV", f"layer-{layer + 1}.csv", head, rows)
        offer_chart("What is left as filters go", "going", "filters-go")
        _show_code(side, "knock_out_each", layer)


def _find_knock_outs(side: Side, model: CNN) -> Found | None:
    """Give what each filter is worth and how accuracy falls as they go, or offer to measure it."""
    split, filters = mnist_data().validation, sum(model.config.filters)
    return find_out(
        "knock-outs",
        fingerprint(side.checkpoint),
        partial(_measure, model, split),
        about=f"How well would the network read without a filter? Its map is set to 0 and all {len(split):,} "
        f"validation images are read again, for each of the {filters} filters in turn. Then filters go one after the "
        "other, in three orders. That takes half a minute.",
        label="Measure",
    )


def _show_table(model: CNN, found: Sequence[KnockOut], right: int, channel: int) -> tuple[list[str], list[list[str]]]:
    """Show a layer's units by what they are worth, and give the whole table, of which it shows the first."""
    count, layer = len(mnist_data().validation), found[0].layer
    kind = unit_kinds(model.config)[layer]
    ranked = sorted(found, key=lambda each: -each.total)
    place = next(i for i, each in enumerate(ranked) if each.channel == channel)
    st.markdown(
        f"With all of them: **{right / count:.2%}** ({right:,} of {count:,} validation images). Without "
        f"{unit_name(model.config, layer, channel)}: {right - ranked[place].total:,}, a difference of "
        f"**{difference(-ranked[place].total)}**. By that it is number {place + 1} of {len(ranked)}."
    )
    head = [f"Without {kind}", "read right", "difference", *(f"of {name}s" for name in CLASS_NAMES)]
    rows = [
        [
            CLASS_NAMES[each.channel] if kind == OUTPUT else f"{each.channel + 1}",
            f"{right - each.total:,}",
            *(difference(-int(n)) for n in (each.total, *each.lost)),
        ]
        for each in ranked
    ]
    most = max(1, *(each.total for each in ranked))
    show_table(head, rows[:SHOWN], [max(0, each.total) / most for each in ranked[:SHOWN]])
    if len(rows) > SHOWN:
        st.caption(f"The {SHOWN} that are worth most. «Take it away» has all {len(rows)}.")
    return head, rows


def _show_code(side: Side, function: str, layer: int) -> None:
    show_python(
        side.code,
        "from ocr import load_data",
        f"from ocr.inspection.knock_out import {function}",
        f"found = {function}(checkpoint.model, load_data().validation)",
        f"lost = {{each.channel: each.total for each in found if each.layer == {layer}}}",
    )


def _without_neurons(model: CNN, tell: Tell) -> Found:
    """Find what each neuron and each output is worth."""
    found = knock_out_neurons(model, mnist_data().validation)
    return {"lost": torch.from_numpy(np.stack([each.lost for each in found]))}


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


def _listed(model: CNN, found: Found, layers: Sequence[int]) -> list[KnockOut]:
    """Give what was found, of all units of some layers in their order."""
    counts = unit_counts(model.config)
    names = [(layer, channel) for layer in layers for channel in range(counts[layer])]
    return [KnockOut(*name, lost) for name, lost in zip(names, found["lost"].numpy(), strict=True)]
