"""The image behind a point of the map of the digits, shown beside the pointer by `pages/ui/elements/peek.js`."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pages.ui.elements.base import component

COLUMNS = 100  # images in a row of the sheet, as `peek.js` knows


def show_peek(sheet: bytes) -> None:
    """Show the image of the point that is pointed at, in the chart of the container `digit_map`.

    Nothing of it is seen before. It travels once: Streamlit knows a message of the same bytes by its hash.

    Args:
        sheet: All images, as `pack_sheet` gives them; `customdata` of each point begins with its position.
    """
    component("peek")(key="peek", data=sheet, height=0)


def pack_sheet(images: NDArray[np.uint8]) -> bytes:
    """Lay images (N, 28, 28) out in rows of 100, as one grey PNG file."""
    count, height, width = images.shape
    rows = -(-count // COLUMNS)
    sheet = np.zeros((rows * COLUMNS, height, width), np.uint8)
    sheet[:count] = images
    sheet = sheet.reshape(rows, COLUMNS, height, width).transpose(0, 2, 1, 3).reshape(rows * height, COLUMNS * width)
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    return file.getvalue()
