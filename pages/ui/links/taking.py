"""A page that is opened by a link shows what the link says, once."""

from __future__ import annotations

import streamlit as st

from ocr import OCRError
from pages.ui.links.parameters import PARAMETERS
from pages.ui.links.parts import unknown_part


def take_link(file: str) -> list[str]:
    """Show what the address of a page says, and take it out of the address.

    What was taken is a visitor's own from then on: they draw over it and choose something else, and a page that is
    loaded once more must not put the link's in its place again. What a widget is bound to, and `show`, stay.

    Args:
        file: Of the page.

    Returns:
        A sentence for each part of the address that cannot be shown.
    """
    problems = [problem] if (problem := unknown_part(file)) else []
    parameters = [one for one in PARAMETERS.get(file, ()) if one.show and one.name in st.query_params]
    texts = {one.name: st.query_params[one.name] for one in parameters}
    if texts:
        st.query_params.from_dict(
            {name: st.query_params.get_all(name) for name in st.query_params if name not in texts}
        )
    for parameter in parameters:
        assert parameter.show
        try:
            parameter.show(texts[parameter.name])
        except OCRError as error:
            problems.append(str(error))
    return problems
