"""The terms of this field, each in one sentence, shown where a text uses it: `[[stride]]`, `[[strides|stride]]`."""

from __future__ import annotations

import re
from html import escape

import streamlit as st

TERMS = {
    "accuracy": "The share of images that are read right.",
    "Adam": "A rule for changing weights. It keeps a running mean of the gradients and of their squares, and divides "
    "one by the root of the other, so that every weight moves by about the learning rate.",
    "batch": "The images that one training step uses together, often 64.",
    "bias": "A learnt number that is added to a sum, whatever the input is.",
    "calibration": "Fitting the temperature so that of all digits that are read with 90% confidence, 90% are right.",
    "chain rule": "If A changes B and B changes C, then the slope of C by A is the product of the two slopes.",
    "confusion matrix": "A table that counts, for each true digit, what it was read as.",
    "convolution": "Sliding a small window of weights over an image; at each place, pixels times weights are added up.",
    "cross-entropy": "A number for how wrong a reading is: minus the logarithm of the probability of the true digit.",
    "distortion": "A small change of a training image (turned, shifted, thicker), so that no image is seen twice.",
    "dot product": "Multiply two lists of numbers pairwise and add up the products.",
    "dropout": "While training, some numbers are set to 0 at random, so that the network relies on no single one.",
    "epoch": "One pass through all training images.",
    "feature map": "What one filter makes of an image: one number for each place.",
    "filter": "A kernel whose weights were learnt from examples.",
    "fine-tuning": "Training a finished network a little further, on new examples.",
    "fully connected layer": "A layer in which every number depends on every number of the layer before.",
    "gradient": "The slope of the loss by a weight: how much the loss changes if the weight grows a little.",
    "iteration": "One training step: one batch is read, and all weights move a little.",
    "kernel": "The small square of weights that slides over an image.",
    "label": "What an image truly shows, as a person says it.",
    "label smoothing": "The network is told to be only about 90% sure of a label, so that it is never too sure.",
    "learning rate": "A factor for all changes of the weights: how large a training step is.",
    "linear model": "A network of one layer: each digit's score is a weighted sum of the pixels.",
    "logit": "The score of a digit before softmax. It may be any number.",
    "loss": "How wrong the network is, as one number. Training makes it smaller.",
    "max-pooling": "Keeping only the largest of every 2 × 2 numbers, so that a map gets half as high and wide.",
    "MNIST": "70,000 images of handwritten digits: 55,000 to train on, 5,000 to check with while training "
    "(validation), 10,000 for the final test.",
    "occlusion": "Erasing a patch of the image to see how much the reading depends on it.",
    "one cycle": "The learning rate rises at first and then falls to almost nothing at the end.",
    "optimiser": "The rule by which gradients move the weights: Adam, AdamW (Adam, and weights shrink a little at "
    "each step) or plain gradient descent (sgd).",
    "overfitting": "Learning the training images by heart: training accuracy is high, accuracy on new images is not.",
    "padding": "What lies around the image for a window at its edge: zeros (SAME), or nothing (VALID).",
    "parameter": "A number that training changes: a weight or a bias.",
    "pixel": "One small square of an image; here a number from 0 (blank) to 1 (full ink).",
    "receptive field": "The part of the image that one number inside the network depends on.",
    "ReLU": "max(0, x): negative numbers become 0, others stay.",
    "seed": "The number that decides everything random: the same seed gives the same network.",
    "softmax": "Turns logits into probabilities: e to the power of each, divided by the sum of all.",
    "stride": "How many pixels the window moves from one place to the next.",
    "temperature": "What the logits are divided by before softmax: above 1 makes the network less sure.",
    "test images": "Images that were never trained on and never used to choose anything; they measure the end result.",
    "validation images": "Images that are not trained on and show, while training, how well new images are read.",
    "weight": "A learnt number that a value is multiplied with.",
}
MARKED = re.compile(r"\[\[([^]|]+)(?:\|([^]]+))?\]\]")
BOLD = re.compile(r"\*\*(.+?)\*\*")


def tell(*paragraphs: str) -> None:
    """Show paragraphs in which `[[term]]` explains itself, and `**words**` are bold."""
    st.html("".join(f'<p class="prose">{explained(paragraph)}</p>' for paragraph in paragraphs))


def tell_lines(*lines: str, small: bool = False, live: bool = False) -> None:
    """Show lines one below the other, with terms as in `tell`.

    Args:
        lines: What is told.
        small: Whether in small type, as captions are.
        live: Whether screen readers say it anew when it changes.
    """
    role = ' role="status"' if live else ""
    st.html(f'<p class="prose{" small" if small else ""}"{role}>{"<br>".join(map(explained, lines))}</p>')


def explained(text: str) -> str:
    """Give the HTML of a text with terms.

    Raises:
        KeyError: A marked term is not in the list.
    """
    return MARKED.sub(_term, BOLD.sub(r"<strong>\1</strong>", escape(text, quote=False)))


def plain(text: str) -> str:
    """Give a text with the marks of its terms left out."""
    return MARKED.sub(r"\1", text)


def _meaning(name: str) -> str:
    """Look a term up, also one that begins a sentence."""
    return TERMS.get(name) or TERMS[name[0].lower() + name[1:]]


def _term(found: re.Match[str]) -> str:
    shown, name = found[1], found[2] or found[1]
    meaning = _meaning(name)
    return (
        f'<span class="term" role="button" tabindex="0" aria-description="{escape(meaning)}">{shown}'
        f'<span class="meaning" aria-hidden="true">{escape(meaning)}</span></span>'
    )
