"""python -m pytest tests/ink/test_kinds_of_pictures.py: photos, forms, paper and pages of every kind are read.

The pictures are made by `tests.measure.kinds_of_pictures`, of validation images that are read rightly when alone.
"""

from __future__ import annotations

import pytest

from tests.measure.kinds_of_pictures import KINDS
from tests.measure.pictures import read
from tests.measure.writing import Writer

PICTURES = 4


@pytest.fixture(scope="module")
def writer(mnist) -> Writer:
    return Writer(mnist.validation, seed=11)


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_this_kind_are_read_exactly(kind, writer):
    pages = [KINDS[kind](writer) for _ in range(PICTURES)]
    wrong = {page.text: text for page in pages if (text := read(page.grey)) != page.text}
    assert len(wrong) <= 1, wrong  # MNIST's own images are not all as clear when they are enlarged
