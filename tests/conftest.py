"""What tests share: data small enough to be quick, a network of a few filters, and a fence around the machine.

Run them by `make test`, or one by `.venv/bin/pytest tests/network/test_models.py -k pooling`.
"""

from __future__ import annotations

import gzip
import http.server
import os
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pooch  # noqa: F401  # it keeps the stderr that it finds when it is imported, and tests put others there
import pytest
import torch
from playwright.sync_api import Browser, Page, sync_playwright

from ocr import CNN, CNNConfig, Data, Split, TrainConfig, load_data
from ocr.data import mnist as data_module
from ocr.data.synthetic.nondigits import FITTED
from ocr.network.linear import LinearConfig
from ocr.runs import finetune
from ocr.runs.folder import create_run
from ocr.runs.process import execute
from ocr.runs.run import Run
from tests import PROJECT
from tests.journeys.browser import CHROMIUM, FLAGS, OPENING, TIMEOUT, served, settle

torch.set_num_threads(1)  # the machine runs other processes of these tests meanwhile; results stay comparable

DEVELOPERS_DATA_DIR = os.environ.get("OCR_DATA_DIR")


@pytest.fixture(autouse=True)
def runs_folder(tmp_path, monkeypatch) -> Path:
    """No test ever touches the developer's runs and digits; processes that tests start compute on one thread too."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("OCR_RUNS_DIR", str(folder))
    monkeypatch.setenv("OCR_OWN_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("OCR_CACHE_DIR", str(tmp_path / "cache"))
    return folder


@pytest.fixture(autouse=True)
def unhurried(monkeypatch) -> None:
    """In this process reports come by iterations alone, so that a busy machine's tests see the same ones."""
    monkeypatch.setattr(sys.modules["ocr.training.trainer"], "REPORT_SECONDS", float("inf"))


@pytest.fixture
def offline(tmp_path, monkeypatch) -> Path:
    """An empty data folder, and no way to the mirrors, for this process and those that it starts."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("OCR_DATA_DIR", str(folder))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody answers there, and says so at once
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    return folder


@pytest.fixture(scope="session")
def digits() -> Data:
    """The bundled digits, as on a machine without MNIST."""
    return load_data(Path(__file__).parent / "no such folder")


@pytest.fixture(scope="session")
def few(digits) -> Data:
    """So few digits that an epoch takes 25 batches of 8 and validation no time."""
    splits = (digits.train, digits.validation, digits.test)
    train, validation, test = (
        Split(split.images[:count], split.labels[:count]) for split, count in zip(splits, (200, 50, 50), strict=True)
    )
    return Data("bundled digits", "a few bundled digits", train, validation, test)


@pytest.fixture(scope="session")
def tiny() -> TrainConfig:
    """A recipe whose iterations take a millisecond."""
    return TrainConfig(
        network=CNNConfig(filters=(3, 4), fc_size=8), iterations=100, batch_size=8, learning_rate=1e-3, seed=5
    )


@pytest.fixture
def small_model() -> CNN:
    """A network of 3 and 4 filters as it is before training; a test may change it."""
    torch.manual_seed(3)
    return CNN(CNNConfig(filters=(3, 4), fc_size=8)).eval().requires_grad_(False)


@pytest.fixture
def small_run(few, tiny) -> Run:
    """A finished run of 3 and 4 filters and 12 iterations, named small, with snapshots at 0, 1, 2, 5 and 10."""
    run = create_run("small", tiny, "tutorial")
    list(execute(run, few, iterations=12))
    return run


@pytest.fixture
def linear_run(few, tiny) -> Run:
    """A run of the linear baseline, named line, after 5 iterations."""
    run = create_run("line", replace(tiny, network=LinearConfig()), "linear")
    list(execute(run, few, iterations=5))
    return run


def tune_quickly(patch: pytest.MonkeyPatch) -> None:
    """Fine-tuning ends after 40 iterations of 16 images without drawn ones, and a quick calibration."""
    recipe = replace(finetune.RECIPE, iterations=40, batch_size=16, synthetic_share=0.0, learning_rate=5e-3)
    patch.setattr(finetune, "RECIPE", recipe)
    patch.setattr("ocr.reading.calibration.DRAWN", 50)


def accept_quickly(patch: pytest.MonkeyPatch) -> None:
    """Own digits are accepted as familiar in a moment, and not well."""
    few = {"few strokes": FITTED["few strokes"]}
    for name, value in {"KEPT_DIGITS": 20, "FITTED": few, "STEPS": 5}.items():
        patch.setattr(f"ocr.training.acceptance.{name}", value)


@pytest.fixture
def quick_tuning(monkeypatch) -> None:
    """For this test."""
    tune_quickly(monkeypatch)


@pytest.fixture
def quick_accepting(monkeypatch) -> None:
    """For this test."""
    accept_quickly(monkeypatch)


@pytest.fixture(scope="session")
def mnist() -> Data:
    """Real MNIST, where OCR_DATA_DIR or data/ has it; CI, which is given it, must not lose it unnoticed."""
    folder = Path(DEVELOPERS_DATA_DIR or PROJECT / "data")
    found = load_data(folder)
    if not found.is_mnist:
        reason = f"real MNIST is not in {folder}; set OCR_DATA_DIR to where it is"
        if os.environ.get("CI") == "true" and DEVELOPERS_DATA_DIR:
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def idx(array: np.ndarray) -> bytes:
    """An array of uint8 as an IDX file."""
    header = struct.pack(f">BBBB{array.ndim}i", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def small_mnist(digits, monkeypatch) -> dict[str, bytes]:
    """Four files (unzipped content by name) that this process takes for MNIST: 70 training and 30 test images."""
    import hashlib

    files = {
        "train-images-idx3-ubyte": idx(digits.train.images[:70]),
        "train-labels-idx1-ubyte": idx(digits.train.labels[:70]),
        "t10k-images-idx3-ubyte": idx(digits.test.images[:30]),
        "t10k-labels-idx1-ubyte": idx(digits.test.labels[:30]),
    }
    hashes = {
        name: tuple(hashlib.sha256(part).hexdigest() for part in (zipped(content), content))
        for name, content in files.items()
    }
    monkeypatch.setattr(data_module, "SHA256", hashes)
    monkeypatch.setattr(data_module, "VALIDATION_IMAGES", 20)
    return files


def zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


class Mirror:
    """A server of ours on 127.0.0.1: `files` by name; `requests` in the order they came."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.strip("/")
                mirror.requests.append(name)
                content = mirror.files.get(name)
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def mirrors(offline, monkeypatch):
    """Two mirrors of ours in place of the real ones."""
    pair = Mirror(), Mirror()
    monkeypatch.setattr(data_module, "MIRRORS", tuple(mirror.url for mirror in pair))
    yield pair
    for mirror in pair:
        mirror.close()


@pytest.fixture
def cli(monkeypatch, capsys):
    """Runs the command line in this process: exit code, stdout, stderr."""
    from ocr.__main__ import main

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ocr", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def fresh_caches(offline) -> Iterator[None]:
    """Pages start as on a machine without MNIST, knowing nothing of the test before."""
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def few_digits(few, monkeypatch) -> Data:
    """The pages' data are a few digits, so that reading them all takes no time."""
    monkeypatch.setattr("pages.ui.cache.load_data", lambda: few)
    return few


@pytest.fixture
def common_digits(monkeypatch) -> None:
    """All visitors share their digits, so that a test and the page that it opens are the same visitor."""
    monkeypatch.setenv("OCR_DIGITS", "common")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "there is no chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("runs")) as where:
        yield where


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page of the app; at the end it must have asked nobody but our server, and raised no error."""
    contexts, errors, strangers = [], [], []

    def open_(path: str = "", width: int = 1280, theme: str = "light", where: str = address) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((where, "data:", "blob:")) else strangers.append(request.url)
            ),
        )
        page.goto(f"{where}/{path}")
        settle(page, OPENING)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []
    assert strangers == []
