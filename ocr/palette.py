"""The colours: the one place for the theme, the pages, the scripts and the figures.

`.streamlit/config.toml` can read no Python; a test holds that it says the same.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """The colours of one theme: paper and ink.

    The accent, of what can be pressed, is neither red nor blue: those two mean the sign of a number. `positive` and
    `negative` are mixed with the ground; colour-blind readers tell them apart. `lines` are a chart's, in this order.
    """

    ground: str
    second_ground: str
    ink: str
    accent: str
    on_accent: str
    link: str
    border: str
    positive: str
    negative: str
    lines: tuple[str, ...]


LIGHT = Theme(
    ground="#faf7f0",
    second_ground="#f0ebdf",
    ink="#1d1b18",
    accent="#1f6f5c",
    on_accent="#ffffff",
    link="#1f6f5c",
    border="#d8d0c0",
    positive="#a50f28",
    negative="#145aaa",
    lines=("#1d1b18", "#b5651d", "#1f6f5c", "#7a5195", "#8a7f6d", "#5b8c2a"),
)
DARK = Theme(
    ground="#141311",
    second_ground="#211f1b",
    ink="#ece6d9",
    accent="#6fc3ab",
    on_accent="#141311",
    link="#7fcdb7",
    border="#3b372f",
    positive="#f47860",
    negative="#5aaaf5",
    lines=("#ece6d9", "#e0a15e", "#6fc3ab", "#b99ad0", "#a49a86", "#9cc56b"),
)

# What stands out on either ground: the frame around what a visitor may begin with, and the lines of a notebook's chart.
LEAD = "#2f8f78"
TRAINING, VALIDATION = "#8a8378", "#a8741a"
# Of the ten digits, in every chart, on either ground: Paul Tol's "muted" scheme, which colour-blind readers tell apart
# best among ten, brought to a middling lightness. A chart also writes the digits, since ten are many.
DIGITS = (
    "#5e60ce",
    "#3f9fd0",
    "#2a9d8f",
    "#3a8f3a",
    "#98952a",
    "#c9922e",
    "#d1606f",
    "#a8477a",
    "#b565b5",
    "#868686",
)
TRANSPARENT = "rgba(0,0,0,0)"

# Scales of figures, as Plotly takes them: shares of the way, and colours.
INK = [[0, LIGHT.ground], [1, LIGHT.ink]]
# Red positive, blue negative, white at zero (ColorBrewer's RdBu, whose ends colour-blind readers tell apart).
SIGNED = [[0, "#2166ac"], [0.25, "#92c5de"], [0.5, "#f7f7f7"], [0.75, "#f4a582"], [1, "#b2182b"]]
FONT = "Source Sans, Source Sans Pro, sans-serif"
