"""One weight of a network in training: choosing it, and its slope by the chain rule with every factor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from ocr import CLASS_NAMES, CNN
from ocr.training.worked_step import ChainRule, Slopes, filter_weight, output_weight
from pages.ui.learn.pictures import show_picture
from pages.ui.text.numbers import signed, true_minus
from pages.ui.text.table import show_table
from pages.ui.text.terms import tell

LAST, FIRST = "In the last layer", "In a filter of layer 1"
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Chosen:
    """A weight of the network: the name of its tensor, where it is in it, and what people call it."""

    parameter: str
    index: tuple[int, ...]
    name: str

    def account(self, slopes: Slopes, size: int) -> ChainRule:
        """Its slope by the chain rule, for each image."""
        if self.parameter == "fc2.weight":
            return output_weight(slopes, *self.index)
        number, _, row, column = self.index
        return filter_weight(slopes, number, row, column, size)


def last_layer_weight(unit: int, digit: int) -> Chosen:
    """Give the weight from a unit of the layer before to a digit's logit, both from 0."""
    return Chosen("fc2.weight", (digit, unit), f"The weight from unit {unit + 1} to the logit of {digit}")


def choose_weight(model: CNN, slopes: Slopes, label: int) -> Chosen:
    """A weight of the last layer, at first that of the strongest unit, or one of a filter."""
    where = st.segmented_control("One weight", [LAST, FIRST], default=LAST, required=True, key="which_weight") or LAST
    with st.container(horizontal=True, gap="small"):
        if where == LAST:
            units = len(slopes.hidden[0])
            strongest = int(slopes.hidden[0].argmax())
            unit = (
                st.selectbox("From unit", range(1, units + 1), index=strongest, key=f"unit_{strongest}", width=110) - 1
            )
            digit = st.selectbox("To the logit of", range(10), index=label, key=f"logit_{label}", width=130)
            return last_layer_weight(unit, digit)
        count, _, height, width = model.convs[0].weight.shape
        by_filter = np.abs(slopes.convolved[0][0]).sum((1, 2))
        number = st.selectbox(
            "Filter", range(1, count + 1), index=int(by_filter.argmax()), key="slope_filter", width=110
        )
        row = st.selectbox("Row", range(1, height + 1), index=height // 2, key="slope_row", width=90)
        column = st.selectbox("Column", range(1, width + 1), index=width // 2, key="slope_column", width=90)
        name = f"The weight in row {row}, column {column} of filter {number}"
        return Chosen("convs.0.weight", (number - 1, 0, row - 1, column - 1), name)


def show_chain(chosen: Chosen, chain: ChainRule, slopes: Slopes, label: int) -> None:
    """Show each factor of the gradient of a weight."""
    if chosen.parameter == "fc2.weight":
        _show_last_layers_chain(chosen, chain, slopes, label)
    else:
        _show_filters_chain(chosen, chain, slopes, label)


def _show_last_layers_chain(chosen: Chosen, chain: ChainRule, slopes: Slopes, label: int) -> None:
    """Show the two factors of a weight that changes one logit."""
    digit, unit = chosen.index
    slope, value = float(chain.slopes[0, 0]), chain.inputs[0, 0]
    probability, target = float(slopes.probabilities[0, digit]), int(digit == label)
    tell(
        "How is the gradient found? By the [[chain rule]]. This weight changes one logit, and this logit changes the "
        "loss. So there are two factors.",
        f"**1.** How much the loss changes with the logit of {digit}: its probability, less "
        f"{'1, because it is the true digit' if target else '0, because it is not the true digit'}: "
        f"{probability:.4f} − {target} = {signed(slope, 4)}.",
        f"**2.** How much the logit changes with the weight: by the value of unit {unit + 1}, which the weight is "
        f"multiplied with: {value:.4f}.",
        f"The gradient is their product: {signed(slope, 4)} × {value:.4f} = **{small(float(chain.gradients[0]))}**.",
    )


def _show_filters_chain(chosen: Chosen, chain: ChainRule, slopes: Slopes, label: int) -> None:
    """Show the two factors at each place where a filter's weight is used, and their sum."""
    tell(
        "How is the gradient found? By the [[chain rule]]. This weight is used at all 28 × 28 places. At each place "
        "there are two factors: how much the loss changes with the answer there, and the pixel that the weight is "
        "multiplied with there. The products of all places are added up.",
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="times_weight"):
        show_picture(
            "Slopes of the loss",
            chain.slopes[0],
            "chain_slopes",
            "By each answer of the filter.",
            is_signed=True,
            width=196,
        )
        st.markdown("×", width="content")
        show_picture(
            "Pixels below the weight", chain.inputs[0], "chain_inputs", "The digit, shifted.", limit=1.0, width=196
        )
        st.markdown("=", width="content")
        show_picture("Products", chain.products[0], "chain_products", "Slopes times pixels.", is_signed=True, width=196)
    st.markdown(
        f"The {chain.products[0].size:,} products add up to the gradient **{small(float(chain.gradients[0]))}**."
    )
    with st.expander("Where the slopes come from"):
        tell(
            f"The same rule, layer by layer, from the end: the slopes by the ten logits (probability, less 1 for the "
            f"true digit), times the weights of the last layer: the slopes by its {slopes.by_hidden.shape[1]} inputs. "
            "Where ReLU had turned a number into 0, the slope is 0. Times the weights of the layer before, and so on. "
            "In max-pooling, only the largest of the four gets the slope, because the others changed nothing.",
        )
        show_table(
            ["Digit", "probability", "true", "slope"],
            [
                [
                    CLASS_NAMES[i],
                    f"{slopes.probabilities[0, i]:.4f}",
                    str(int(i == label)),
                    signed(float(slopes.logits[0, i]), 4),
                ]
                for i in range(len(CLASS_NAMES))
            ],
        )
        number, _, row, column = chosen.index
        at = f"filter {number + 1}, row {row + 1}, column {column + 1}"
        st.caption(f"With the slopes by the maps of both layers, this ends at {at}.")


def small(value: float) -> str:
    """Write a number that may be very small, with four digits that count: `0.1234`, `1.234 × 10⁻⁸`."""
    mantissa, _, exponent = f"{value:.4g}".partition("e")
    if not exponent:
        return true_minus(mantissa)
    return true_minus(f"{mantissa} × 10") + str(int(exponent)).translate(RAISED)
