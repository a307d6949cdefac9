"""Digits drawn here: their templates, the hand that deforms them, and their share of a batch."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage

from ocr import Trainer, preset
from ocr.data.split import Data, Split
from ocr.data.synthetic.digit_templates import DIGITS
from ocr.data.synthetic.digits import POINTS, Hand, deform, draw_digits, draw_templates, parse, spline
from ocr.ink.strokes import draw, ink_segments

STEADY = Hand().scaled(0)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_spline_of_two_points_is_the_line_between_them():
    steps = torch.linspace(0, 1, POINTS)
    torch.testing.assert_close(spline([0, 1]), torch.stack([1 - steps, steps], 1))


def test_a_spline_starts_and_ends_at_its_points_and_goes_straight_between_corners():
    torch.testing.assert_close(spline([0, 3])[[0, -1]], torch.eye(4)[[0, 3]])
    ((points, basis),) = parse("00 90! 99")
    line = basis @ points
    assert bool(((line[:, 1] == 0) | (line[:, 0] == 1)).all())


def test_a_template_lifts_the_pen_at_each_slash():
    assert [points.tolist() for points, _ in parse("00 90 / 09")] == [[[0, 0], [1, 0]], [[0, 1]]]


def test_a_steady_hand_draws_the_template_itself():
    chains = deform("00 99", 2, seeded(), STEADY)
    assert chains.shape == (2, 1, POINTS, 2)
    expected = torch.linspace(-0.5, 0.5, POINTS)[:, None].expand(-1, 2)  # about the template's middle
    torch.testing.assert_close(chains, expected.expand(2, 1, -1, -1))


@pytest.mark.parametrize(
    ("template", "width", "height"), [("20 79", 9, 9), ("30 69", 6, 9), ("04 95", 4.5, 1), ("50 59", 0, 9)]
)
def test_what_fills_its_box_is_as_wide_as_high_or_twice_as_near_to_that(template, width, height):
    chains = deform(template, 3, seeded(), replace(STEADY, filled=1.0))
    sizes = (chains.amax((1, 2)) - chains.amin((1, 2))) * 9
    torch.testing.assert_close(sizes, torch.tensor([[width, height]], dtype=torch.float32).expand(3, 2))


def test_a_share_of_the_drawings_fills_its_box():
    chains = deform("30 69", 400, seeded(), replace(STEADY, filled=0.25))
    widths = chains[..., 0].amax((1, 2)) - chains[..., 0].amin((1, 2))
    assert 70 < int((widths > 0.5).sum()) < 130


def test_segments_are_inked_as_strokes_are():
    stroke = np.array([[8, 7], [20, 9], [12, 21]], np.float32)
    segments = torch.from_numpy(np.stack([stroke[:-1], stroke[1:]]))
    inked = ink_segments(segments[:1], segments[1:], torch.tensor([1.25]), torch.tensor([1.2]))
    np.testing.assert_allclose(inked[0].numpy(), draw([stroke]), atol=1e-4)


def test_every_style_can_be_drawn_and_every_digit_is_drawn_as_often():
    count = 10 * max(len(styles) for styles in DIGITS.values())
    drawn = draw_digits(count, seed=1)
    assert drawn.images.shape == (count, 28, 28)
    assert drawn.images.dtype == np.uint8
    assert np.bincount(drawn.labels).tolist() == [count // 10] * 10
    assert drawn.images.reshape(count, -1).max(1).min() > 128


def test_drawings_are_centred_by_the_mass_of_their_lines():
    for image in draw_digits(20, seed=2).images:
        assert ndimage.center_of_mass(image) == pytest.approx((13.5, 13.5), abs=2)  # ink drawn over counts once


def test_the_same_seed_gives_the_same_drawings_and_another_seed_others():
    first, again, other = (draw_digits(20, seed).images for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_labels_are_the_keys_of_the_templates():
    _, labels = draw_templates({7: ["00 90"], 4: ["00 09"]}, 5, seeded())
    assert labels.tolist() == [7, 7, 4, 4, 4]


def test_a_share_of_each_batch_is_drawn_and_stopping_changes_nothing(monkeypatch):
    monkeypatch.setattr("ocr.training.batches.SYNTHETIC_IMAGES", 40)
    digits = draw_digits(50, seed=5)
    blank = Split(np.zeros_like(digits.images), digits.labels)
    data = Data("blank", "nowhere", blank, digits, digits)
    config = preset("best", iterations=4, batch_size=8, synthetic_share=0.25)

    images, labels = Trainer(config, data, "cpu").batches.batch(0)
    assert images.shape == (8, 1, 28, 28)
    assert labels.shape == (8,)
    assert (images.flatten(1).amax(1) > 0).tolist() == [False] * 6 + [True] * 2

    whole, stopped = (Trainer(config, data, "cpu") for _ in range(2))
    list(whole.train(4))
    list(stopped.train(2))
    resumed = Trainer(config, data, "cpu")
    resumed.restore(*stopped.state())
    list(resumed.train(2))
    for name, value in whole.evaluation_model().state_dict().items():
        assert torch.equal(value, resumed.evaluation_model().state_dict()[name])
