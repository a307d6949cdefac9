"""The colours: one place for theme, figures and scripts."""

from __future__ import annotations

INK = [[0, "#faf7f0"], [1, "#1d1b18"]]
# Red positive, blue negative, white at zero (ColorBrewer's RdBu, whose ends colour-blind readers tell apart).
SIGNED = [[0, "#2166ac"], [0.25, "#92c5de"], [0.5, "#f7f7f7"], [0.75, "#f4a582"], [1, "#b2182b"]]
# The text, then lines of charts, on a light and on a dark ground: the first of the theme's chart colours.
LINES_ON_LIGHT = ["#1d1b18", "#b5651d", "#1f6f5c"]
LINES_ON_DARK = ["#ece6d9", "#e0a15e", "#6fc3ab"]
FONT = "Source Sans, Source Sans Pro, sans-serif"
