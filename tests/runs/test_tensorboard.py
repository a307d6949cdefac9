"""TensorBoard's files: read back with TensorBoard's own reader, they say what the run's metrics say."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.summary.writer import event_file_writer

from ocr.network.models import build_model
from ocr.runs import folder
from ocr.runs.process import execute
from ocr.runs.run import Run
from ocr.runs.tensorboard import PIXEL, SCALARS, filters_picture
from tests import PROJECT


@pytest.fixture(autouse=True)
def counted_from_zero(monkeypatch):
    """Let this process's event files be counted from 0: of the same second, a 10th would sort before a 9th.

    A run's own processes write one file each, seconds apart.
    """
    monkeypatch.setattr(event_file_writer, "_global_uid", event_file_writer.AtomicCounter(0))


@pytest.fixture
def run(tiny):
    return folder.create_run("mine", replace(tiny, iterations=30), "tutorial")


def read(run: Run) -> EventAccumulator:
    return EventAccumulator(str(run.board_path), {"scalars": 0, "images": 0}).Reload()


def check_scalars(run: Run) -> None:
    """Each figure of each report, once, in order."""
    found = read(run)
    assert set(found.Tags()["scalars"]) == set(SCALARS)
    for tag, name in SCALARS.items():
        written = [(event.step, event.value) for event in found.Scalars(tag)]
        reports = [(each.iteration, getattr(each, name)) for each in run.metrics() if getattr(each, name) is not None]
        assert [step for step, _ in written] == [iteration for iteration, _ in reports], tag
        assert [value for _, value in written] == pytest.approx([value for _, value in reports], rel=1e-6), tag


def test_scalars_are_the_reports_and_resuming_doubles_none(run, few):
    list(execute(run, few, 12))
    check_scalars(run)
    list(execute(run, few, 8))
    check_scalars(run)
    assert len(list(run.board_path.iterdir())) == 2


def test_what_came_after_the_saved_state_counts_no_more(run, few):
    """A process killed between its event file and the state that it would go on from."""
    list(execute(run, few, 10))
    state, metrics = run.state_path.read_bytes(), (run.path / "metrics.jsonl").read_bytes()
    list(execute(run, few, 15))
    run.state_path.write_bytes(state)
    (run.path / "metrics.jsonl").write_bytes(metrics)
    list(execute(run, few, 3))
    assert run.metrics()[-1].iteration == 13
    check_scalars(run)
    assert max(event.step for event in read(run).Images("filters/layer 1")) == 10


def test_filters_are_drawn_at_the_milestones(run, few, tiny):
    list(execute(run, few, 12))
    found = read(run)
    for number, (count, channels) in enumerate(((3, 1), (4, 3)), 1):
        events = found.Images(f"filters/layer {number}")
        assert [event.step for event in events] == [0, 1, 2, 5, 10]
        assert (events[0].width, events[0].height) == (count * 6 * PIXEL, channels * 6 * PIXEL)
        initial = build_model(tiny.network, tiny.seed).convs[number - 1].weight.numpy(force=True)
        with Image.open(io.BytesIO(events[0].encoded_image_string)) as image:
            np.testing.assert_array_equal(np.asarray(image), filters_picture(initial))


def test_filters_are_red_where_positive_and_blue_where_negative():
    weights = np.zeros((2, 1, 2, 2), np.float32)
    weights[0, 0, 0, 0], weights[1, 0, 1, 1], weights[0, 0, 1, 0] = 2, -2, 1
    image = filters_picture(weights)
    assert image.shape == (3 * PIXEL, 6 * PIXEL, 3)
    assert image[0, 0].tolist() == [0xB2, 0x18, 0x2B]  # the most positive
    assert image[PIXEL, 4 * PIXEL].tolist() == [0x21, 0x66, 0xAC]  # the most negative
    assert image[PIXEL, 0].tolist() == [0xF4, 0xA5, 0x82]  # half as positive
    assert image[-1, -1].tolist() == image[0, PIXEL].tolist() == [0xF7, 0xF7, 0xF7]  # zero, and the line


def test_reset_takes_the_files_along(run, few):
    list(execute(run, few, 2))
    folder.reset_run(run)
    assert not run.board_path.exists()
    list(execute(run, few, 3))
    check_scalars(run)


def test_without_the_package_there_are_no_files(run, few, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    list(execute(run, few, 2))
    assert [report.iteration for report in run.metrics()] == [0, 1, 2]
    assert not run.board_path.exists()


def test_the_trainers_process_warns_of_nothing(run, offline):
    code = "from ocr.__main__ import main; main()"
    command = [sys.executable, "-W", "error", "-c", code, "train", "--run", "mine", "--resume", "--iterations", "2"]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=100, check=False)
    assert result.returncode == 0, result.stderr
    check_scalars(run)
