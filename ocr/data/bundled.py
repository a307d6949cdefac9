"""The digits that come with scikit-learn, for a machine without MNIST."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from ocr.data.split import Data, Split
from ocr.ink.image import place

SPLITS = (slice(0, 1_297), slice(1_297, 1_497), slice(1_497, None))  # training, validation, test: in their own order


def bundled_digits(reason: str) -> Data:
    """Give scikit-learn's 1,797 digits of 8 x 8 (UCI Optical Recognition), as images made the way MNIST was.

    Args:
        reason: Why these are in use, for people.

    Returns:
        Three splits of 1,297, 200 and 300 images.
    """
    digits = all_bundled()
    train, validation, test = (Split(digits.images[part], digits.labels[part]) for part in SPLITS)
    source = f"scikit-learn's 1,797 bundled digits; {reason}"
    return Data(name="bundled digits", source=source, train=train, validation=validation, test=test)


def all_bundled() -> Split:
    """Give all 1,797 of these digits, in their own order."""
    digits = load_digits()
    images = np.stack([place(image / 16) for image in digits.images])
    return Split(np.round(images * 255).astype(np.uint8), digits.target.astype(np.int64))
