"""Several processes that train as one."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from ocr import CNN, CNNConfig
from ocr.augment import Augmentation, augment
from ocr.model import drop_out


@pytest.mark.parametrize("bounds", [[0, 8], [0, 4, 8], [0, 2, 5, 8]])
def test_parts_of_a_batch_are_distorted_and_dropped_as_the_whole_would(bounds):
    images = torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    model = CNN(CNNConfig(filters=(3, 5), fc_size=7)).requires_grad_(False)  # 245 features: bytes that fill no word

    def random(run):
        torch.manual_seed(9)
        return run()

    pieces = [(images[first:last], (first, 8)) for first, last in pairwise(bounds)]
    distorted = [random(lambda p=p, x=x: augment(x, Augmentation(), torch.default_generator, p)) for x, p in pieces]
    whole = random(lambda: augment(images, Augmentation(), torch.default_generator))
    torch.testing.assert_close(torch.cat(distorted), whole)
    assert (whole - images).abs().mean() > 0.01
    values = torch.ones(8, 245)
    dropped = [random(lambda p=p, x=x: drop_out(torch.ones(len(x), 245), 0.3, p)) for x, p in pieces]
    assert torch.equal(torch.cat(dropped), random(lambda: drop_out(values, 0.3)))
    logits = [random(lambda p=p, x=x: model(x, 0.3, p)) for x, p in pieces]
    torch.testing.assert_close(torch.cat(logits), random(lambda: model(images, 0.3)))
