"""Buttons that save a chart of the page as a PNG or an SVG, drawn by `pages/ui/elements/save.js`."""

from __future__ import annotations

import re
from typing import TypedDict

from pages.ui.elements.base import component


class SaveData(TypedDict):
    """What the script is told, which describes it too."""

    label: str
    target: str
    file: str


def show_save(label: str, chart: str, file: str) -> None:
    """Offers the Plotly chart of the key `chart` as files; `file` is their name, without the ending."""
    target = f"st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', chart)}"
    data: SaveData = {"label": label, "target": target, "file": file}
    component("save")(key=f"save {chart}", data=data)
