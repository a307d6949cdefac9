"""Your own network on Train: a file is understood, confirmed and taken in, and every page reads with it."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from ocr import load_checkpoint
from ocr.network.checkpoint import SHIPPED
from ocr.runs.folder import find_run, list_runs
from tests.network.test_foreign import keras_tensors, plain
from tests.pages.apptest import check, open_page, texts
from tests.runs.test_imported import trained

pytestmark = pytest.mark.usefixtures("fresh_caches", "few_digits")


@pytest.fixture(autouse=True)
def quick_calibration(monkeypatch) -> None:
    monkeypatch.setattr("ocr.reading.calibration.DRAWN", 50)


def bring(content: bytes, name: str = "theirs.safetensors") -> AppTest:
    page = open_page("train")
    return check(page.file_uploader(key="foreign_file").set_value((name, content, "application/octet-stream")).run())


def test_a_network_with_other_names_is_taken_in_and_read_by_every_page(few):
    net = trained(few)
    page = bring(save(keras_tensors(net)))
    assert "sequential/conv2d_1/kernel" in texts(page)
    images = torch.from_numpy(few.validation.ink(slice(None)))[:, None]
    right = int((net(images).argmax(1).numpy() == few.validation.labels).sum())
    assert f"So it reads **{right} of 50** validation images right" in texts(page)
    check(page.button(key="foreign_take").click().run())
    assert [run.name for run in list_runs()] == ["imported-1"]
    assert page.selectbox(key="run").value == "imported-1"
    assert "From theirs.safetensors." in texts(page)
    assert "as it came." in texts(page)
    images = torch.from_numpy(few.test.ink(slice(None)))[:, None]
    right = int((net(images).argmax(1).numpy() == few.test.labels).sum())
    assert f"{right} of 50 test images read right" in texts(open_page("mistakes", mistakes_weights="imported-1"))
    open_page("draw", draw_weights="imported-1")
    open_page("filters", filters_left="imported-1")


def test_what_was_understood_can_be_changed(few):
    page = bring(save(keras_tensors(trained(few))))
    order = next(box for box in page.selectbox if box.label == "The last maps were flattened")
    assert order.value is True
    check(order.set_value(False).run())
    assert "Understood otherwise, it reads" in texts(page)
    check(page.button(key="foreign_take").click().run())
    assert find_run("imported-1").exists()


def test_a_size_that_no_run_has_is_said_before_anything_is_read(monkeypatch):
    monkeypatch.setattr("pages.ui.train.elsewhere.measure_guesses", pytest.fail)
    assert "the number of filters must be" in texts(bring(save(plain(300, 2, 2).state_dict())))


def test_what_reads_nothing_is_said():
    assert "It reads few digits in whatever way" in texts(bring(save(plain().state_dict())))


def test_a_checkpoint_of_ours_is_taken_as_it_is():
    page = bring(SHIPPED.read_bytes())
    check(page.button(key="foreign_take").click().run())
    there = load_checkpoint(find_run("imported-1").checkpoint_path)
    assert there.extra["temperature"] == load_checkpoint().extra["temperature"]


def test_a_pickle_and_a_name_that_is_taken_are_sentences(few, small_run, tmp_path):
    torch.save({"a": torch.zeros(2)}, tmp_path / "weights.pt")
    page = bring((tmp_path / "weights.pt").read_bytes(), "weights.pt")
    assert "may run a stranger" in page.error[0].value
    page = bring(save(plain().state_dict()))
    check(page.text_input(key="foreign_name_imported-1").set_value("small").run())
    check(page.button(key="foreign_take").click().run())
    assert "There is already a run small" in page.error[0].value
