"""A plain table of figures: selectable, read by screen readers, never wider than the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from html import escape
from itertools import chain

import streamlit as st

LONG = 24  # characters; what is longer takes several lines, so that it does not push the rest out of sight


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]], bars: Sequence[float] | None = None) -> None:
    """Show rows of texts below their heads.

    Args:
        head: Of every column.
        rows: The first text of each names the row.
        bars: Of each row, the length of a bar at its end, 0 to 1.
    """
    titles = "".join(_cell("th", text, ' scope="col"') for text in head)
    body = ""
    for i, (name, *cells) in enumerate(rows):
        bar = f'<td class="wide"><span class="bar" style="width:{100 * bars[i]:.1f}%"></span></td>' if bars else ""
        values = "".join(_cell("td", text) for text in cells)
        title = _cell("th", name, ' scope="row"')
        body += f"<tr>{title}{values}{bar}</tr>"
    last = "<td></td>" if bars else ""
    label = escape(", ".join(head))
    st.html(
        f'<div class="figures" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{titles}{last}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def offer_csv(label: str, file_name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Offer rows of texts below their heads as a CSV file, of the button's label; they are asked for at a press."""

    def write() -> str:
        file = io.StringIO()
        csv.writer(file, lineterminator="\n").writerows(chain([head], rows))
        return file.getvalue()

    st.download_button(label, write, file_name, "text/csv", on_click="ignore", key=f"csv {file_name}")


def _cell(tag: str, text: str, attributes: str = "") -> str:
    long = ' class="long"' if len(text) > LONG else ""
    return f"<{tag}{attributes}{long}>{escape(text)}</{tag}>"
