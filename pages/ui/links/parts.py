"""A link for students may show parts of a page alone: `?show=canvas,prediction`.

What is hidden is there still, and whoever knows the address sees the whole page. It is a help to look, not a lock.
"""

from __future__ import annotations

import streamlit as st

from pages.ui import session
from pages.ui.text.say import quoted

TITLE = "[data-testid=stHeading]:has(h1)"
# Of every page the parts that a link may name, besides navigation and title, each with the keys of its containers.
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "app.py": {"digit": ("leads",), "flow": ("flow",)},
    "pages/learn.py": {"steps": (session.LESSON_KEY,), "step": ("step",), "ways": ("ways",), "teachers": ("teachers",)},
    "pages/draw.py": {
        "canvas": ("canvas", "picture"),
        "tools": ("tools", "corrections"),
        "samples": ("samples",),
        "prediction": ("prediction",),
        "layer1": ("layer1",),
        "layer2": ("layer2",),
        "pixel": ("pixel",),
        "deeper": ("look_deeper",),
    },
    "pages/train.py": {
        "transport": ("transport", "new_run"),
        "status": ("status",),
        "curves": ("curves",),
        "learning": ("learning",),
        "compare": ("compared", "comparison"),
        "files": ("files",),
        "more": ("about_run",),
    },
    "pages/filters.py": {"filters": ("filters",), "closer": ("closer_look",)},
    "pages/mistakes.py": {
        "network": ("network",),
        "score": ("score",),
        "confusion": ("confusion",),
        "images": ("behind",),
        "deeper": ("look_deeper",),
    },
    "pages/yours.py": {"digits": ("own_set",), "tuning": ("own_tuning",)},
}


def parts_of(file: str) -> list[str]:
    """List the parts of a page that a link may name, navigation and title first."""
    return ["navigation", "title", *PARTS.get(file, {})]


def hide_parts(file: str) -> str:
    """Hide what the address does not ask for.

    Args:
        file: Of the page.

    Returns:
        Rules for the page's style sheet; none where the whole page is shown.
    """
    asked = asked_parts()
    if not set(asked) & set(parts_of(file)):
        return ""
    rules = {"navigation": ".st-key-navigation", "title": TITLE}
    for name, keys in PARTS.get(file, {}).items():
        rules[name] = ", ".join(f".st-key-{key}" for key in keys)
    hidden = ", ".join(rules[name] for name in parts_of(file) if name not in asked)
    return f"{hidden} {{ display: none !important; }}\n" if hidden else ""


def unknown_part(file: str) -> str:
    """Say which part the address asks for that a page does not have; nothing if it has them all."""
    known = parts_of(file)
    unknown = [name for name in asked_parts() if name not in known]
    return f"This page has no part {quoted(unknown[0])} to show. It has {', '.join(known)}." if unknown else ""


def asked_parts() -> list[str]:
    """List the parts that the address asks for; none is the whole page."""
    return [name.strip() for name in st.query_params["show"].split(",")] if "show" in st.query_params else []
