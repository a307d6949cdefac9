"""Kernels that people make by hand, and what a window of any stride and padding makes of an image with them."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ocr.network.cnn import CNN

Array = NDArray[np.float32]

SIZE = 5  # of the kernels here, as of the network's own filters
PADDINGS = ("SAME", "VALID")  # TensorFlow's words: zeros around the image, or none
BAR = (12, 15)  # the rows, or columns, of the bars that filters are tried on: as thick as a stroke


def _kernel(rows: str, divisor: float = 1.0) -> Array:
    """Read the rows of a kernel, parted by a slash, and divide its weights."""
    return (np.array([row.split() for row in rows.split("/")], float) / divisor).astype(np.float32)


# Starts for a kernel of one's own, by what they look for.
KERNELS: dict[str, Array] = {
    "Upper edge": _kernel("-1 -1 -1 -1 -1/-1 -1 -1 -1 -1/0 0 0 0 0/1 1 1 1 1/1 1 1 1 1", 10),
    "Left edge": _kernel("-1 -1 0 1 1/-1 -1 0 1 1/-1 -1 0 1 1/-1 -1 0 1 1/-1 -1 0 1 1", 10),
    "Horizontal line": _kernel("-1 -1 -1 -1 -1/0 0 0 0 0/2 2 2 2 2/0 0 0 0 0/-1 -1 -1 -1 -1", 10),
    "Vertical line": _kernel("-1 0 2 0 -1/-1 0 2 0 -1/-1 0 2 0 -1/-1 0 2 0 -1/-1 0 2 0 -1", 10),
    "Blob": _kernel("-1 -1 -1 -1 -1/-1 1 1 1 -1/-1 1 8 1 -1/-1 1 1 1 -1/-1 -1 -1 -1 -1", 16),
    "Sharpen": _kernel("0 0 0 0 0/0 0 -1 0 0/0 -1 5 -1 0/0 0 -1 0 0/0 0 0 0 0"),
    "Mean": _kernel("1 1 1 1 1/1 1 1 1 1/1 1 1 1 1/1 1 1 1 1/1 1 1 1 1", 25),
}


def output_size(size: int, kernel: int, stride: int, padding: str) -> int:
    """Compute how many places a window has along one side of an image.

    Args:
        size: The side of the image.
        kernel: The side of the window.
        stride: How many pixels the window moves at each step.
        padding: One of `PADDINGS`.

    Returns:
        ceil(size / stride) with SAME, floor((size - kernel) / stride) + 1 with VALID.
    """
    return -(-size // stride) if padding == "SAME" else (size - kernel) // stride + 1


def first_place(size: int, kernel: int, stride: int, padding: str) -> int:
    """Compute the row (or column) of the image that the first window begins at: below 0 in the padding.

    With SAME, as many zeros as are needed lie around the image; if their number is odd, one more comes after it.

    Args:
        size: The side of the image.
        kernel: The side of the window.
        stride: How many pixels the window moves at each step.
        padding: One of `PADDINGS`.

    Returns:
        0 or less.
    """
    needed = (output_size(size, kernel, stride, padding) - 1) * stride + kernel - size
    return -(max(0, needed) // 2) if padding == "SAME" else 0


def window(image: NDArray, kernel: int, row: int, column: int) -> Array:
    """Cut out what a window lies on.

    Args:
        image: (H, W).
        kernel: The side of the window.
        row: The row of the image that it begins at, perhaps outside.
        column: Its column.

    Returns:
        float32 (kernel, kernel), with 0 outside of the image.
    """
    padded = np.pad(image, kernel)
    return padded[row + kernel : row + 2 * kernel, column + kernel : column + 2 * kernel].astype(np.float32)


def convolve(image: NDArray, kernel: NDArray, stride: int = 1, padding: str = "SAME") -> Array:
    """Slide a kernel over an image: at each place, the sum of pixels times weights.

    Args:
        image: (S, S).
        kernel: (k, k).
        stride: How many pixels the window moves at each step.
        padding: One of `PADDINGS`.

    Returns:
        float32 (n, n), n as `output_size` says.
    """
    size, side = len(image), len(kernel)
    start, places = first_place(size, side, stride, padding), output_size(size, side, stride, padding)
    after = max(0, (places - 1) * stride + side + start - size)
    values = torch.from_numpy(np.ascontiguousarray(image, np.float32))[None, None]
    weights = torch.from_numpy(np.ascontiguousarray(kernel, np.float32))[None, None]
    padded = F.pad(values, (-start, after, -start, after))
    return F.conv2d(padded, weights, stride=stride)[0, 0].numpy()


def bar_answers(model: CNN) -> Array:
    """Measure what each filter of layer 1 answers to a horizontal and to a vertical stroke.

    Args:
        model: The network.

    Returns:
        float32 (filters, 2): the sum of its map's values after ReLU, for a bar across the image and for one down it.
    """
    size = model.config.image_size
    bars = torch.zeros(2, 1, size, size)
    bars[0, :, BAR[0] : BAR[1], 5 : size - 5] = 1
    bars[1] = bars[0].transpose(1, 2)
    with torch.inference_mode():
        without = F.relu(model.convs[0](torch.zeros(1, 1, size, size)))  # what its bias alone gives
        answers = F.relu(model.convs[0](bars)) - without
    return answers.sum((2, 3)).T.numpy()
