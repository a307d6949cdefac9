"""Our own elements: each a script, and perhaps a style sheet, in `pages/ui/elements/`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent
SHARED = ("ink", "element")
# What an element's script needs before it, besides the shared ones.
NEEDED = {
    **dict.fromkeys(("flow", "gallery", "spot"), ("pixel_grid",)),
    **dict.fromkeys(("kernel", "slide"), ("pixel_grid", "contrast")),
    "confusion": ("contrast",),
    "curves": ("iteration_axis", "panel_drawing"),
    "canvas": ("rubber", "key_pen"),
    "maps": ("pixel_grid", "contrast", "matrix", "follow"),
    "prediction": ("follow",),
    "link": ("texts", "frame"),
    "moments": ("pixel_grid", "sliders"),
    "redrawn": ("follow", "sliders", "preparation"),
    "reader": ("follow", "preparation", "arrange", "network"),
}
UNSHADOWED = ("prediction", "redrawn")  # not in shadow roots: the style sheet of the pages has the rules for them
# Comments that have their lines for themselves. One may not run on past its end: code after a type's cast stays.
COMMENTS = re.compile(r"^ *(//.*|/\*\*((?!\*/)[\s\S])*\*/)\n", re.MULTILINE)


def scripts(name: str) -> list[Path]:
    """Give the scripts that the page of an element gets as one, in their order: the shared ones, then its own."""
    return [HERE / f"{script}.js" for script in (*SHARED, *NEEDED.get(name, ()), name)]


def without_comments(script: str) -> str:
    """Leave out the comments that have their lines for themselves, which no browser needs."""
    return COMMENTS.sub("", script)


@cache  # Streamlit's own cache looks at its arguments' names at each call, which takes longer than all else here
def component(name: str) -> Any:
    """Give the command that mounts the element `name`, registered once a server."""
    style = HERE / f"{name}.css"
    return st.components.v2.component(
        f"digitlens_{name}",
        css=style.read_text() if style.exists() else None,
        js=without_comments("".join(script.read_text() for script in scripts(name))),
        isolate_styles=name not in UNSHADOWED,
    )
